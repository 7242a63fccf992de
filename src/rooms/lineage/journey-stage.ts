import type { JourneyFact, JourneyStage, JourneyStageName } from './journey.model.ts';

/** What decides the stage of an entry. */
export type StageFacts = Pick<JourneyFact, 'kind' | 'operation' | 'operationName' | 'reasonCode' | 'status'>;

const goesBack = /CANCEL|REFUND|RETURN/;
const isOnItsWay = /PROCESS|PACK|SHIP|DELIVER/;

/**
 * The stage that an entry belongs to. A source spells a status in any case.
 * - A row that was deleted is taken back. Of a customer, being made is the beginning, and every change a matter of service.
 * - An order or an item is ordered when it is made or changed, unless the change brings a status of the way to the customer or back. What was
 *   cancelled once keeps its status when more of it is: then the name of the operation, or the code of the reason, tells.
 * - An application event is told by its name where that speaks of the order or the payment (`ORDER_SHIPPED`, `PAYMENT_REFUNDED`).
 */
export function stageOf(facts: StageFacts): JourneyStageName {
  const { kind, operation } = facts;
  const status = facts.status?.toUpperCase() ?? null;
  if (operation === 'DELETE') return 'RETURNING';
  if (operation === 'EVENT') return stageOfName(facts.operationName?.toUpperCase() ?? '');
  if (kind === 'CUSTOMER') return operation === 'INSERT' ? 'BROWSING' : 'SUPPORT';
  if (kind === 'PAYMENT') return takesBack(status) ? 'RETURNING' : 'PAYING';
  if (operation === 'INSERT') return 'ORDERING';
  if (status === null) {
    return goesBack.test(`${facts.operationName ?? ''} ${facts.reasonCode ?? ''}`.toUpperCase()) ? 'RETURNING' : 'ORDERING';
  }
  if (takesBack(status)) return 'RETURNING';
  return status === 'PROCESSING' || status === 'SHIPPED' || status === 'DELIVERED' ? 'FULFILMENT' : 'ORDERING';
}

const takesBack = (status: string | null): boolean => status === 'CANCELLED' || status === 'REFUNDED';

function stageOfName(name: string): JourneyStageName {
  const [, subject, what = ''] = /^(ORDER|PAYMENT)_(.*)$/.exec(name) ?? [];
  if (subject === undefined) return 'SUPPORT';
  if (goesBack.test(what)) return 'RETURNING';
  if (subject === 'PAYMENT') return 'PAYING';
  return isOnItsWay.test(what) ? 'FULFILMENT' : 'ORDERING';
}

/** Stages that a journey tells at most. */
const maxStages = 50;

/** The longest runs of events of one stage, in their order; of more than fifty the newest. */
export function stagesOf(events: readonly Pick<JourneyFact, 'stage' | 'occurredAt'>[]): JourneyStage[] {
  const runs: { stage: JourneyStageName; startedAt: string; endedAt: string; eventCount: number }[] = [];
  for (const { stage, occurredAt } of events) {
    const last = runs.at(-1);
    if (last?.stage === stage) {
      last.endedAt = occurredAt;
      last.eventCount++;
    } else runs.push({ stage, startedAt: occurredAt, endedAt: occurredAt, eventCount: 1 });
  }
  return runs.map((run, i) => (i === runs.length - 1 ? { ...run, endedAt: null } : run)).slice(-maxStages);
}
