import type { Database, Transaction } from '../../../database/database.ts';
import { beginStep, demoSource, hasEnded, importOperations, isOccupied, newestStep, statementOf } from './demo-shop.queries.ts';
import { operations } from './operations.ts';
import { planDemoShop } from './plan.ts';
import { dayOfSeason, seasonDays } from './season.ts';
import type { Step } from './step.model.ts';
import { closingRunId } from './story.ts';
import { instantText } from './time.ts';

interface FillProgress {
  /** 1 to `days`. */
  readonly day: number;
  readonly days: number;
}

export interface FillOptions {
  /** Called when a day begins. */
  readonly progress?: (progress: FillProgress) => void;
  /** Ends the fill after the step under way; the next fill goes on from there. */
  readonly stop?: AbortSignal;
}

/** `filled`: all steps are done now; `already`: they were before; `occupied`: the tenant has rows of its own, so nothing was done. */
export type FillOutcome = 'filled' | 'already' | 'occupied' | 'stopped';

/**
 * Fills the demo shop through the tracked tables, each step in a transaction of its own with the time at which it is said to have happened.
 * The number of a step is its request id: killed at any point, the next fill goes on after the last step that was committed.
 * `source` is a database under the role whence_source.
 */
export async function fillDemoShop(source: Database, tenant: string, { progress, stop }: FillOptions = {}): Promise<FillOutcome> {
  const [closing] = await source.read<{ ended: boolean }>(tenant, hasEnded(tenant, closingRunId));
  if (closing?.ended) return 'already';
  let done = await stepsDone(source, tenant);
  if (done === 0) {
    const [found] = await source.read<{ occupied: boolean }>(tenant, isOccupied(tenant));
    if (found?.occupied) return 'occupied';
    await source.write({ tenant, actor: 'system', recordSource: demoSource }, (tx) => tx.run(importOperations(operations())));
  }
  const steps = planDemoShop();
  for (let day = 0; done < steps.length; ) {
    const step = steps[done];
    if (!step || stop?.aborted) return 'stopped';
    if (dayOfSeason(step.at) > day) {
      day = dayOfSeason(step.at);
      progress?.({ day, days: seasonDays });
    }
    done = await write(source, tenant, step, done);
  }
  return 'filled';
}

/** Does the next step; gives how many are done then, which is more than one further when another process fills as well. */
function write(source: Database, tenant: string, step: Step, done: number): Promise<number> {
  const { at, context, cause } = step;
  const whole = { ...context, tenant, occurredAt: instantText(at), recordSource: demoSource, requestId: requestIdOf(done + 1) };
  return source.write(whole, async (tx) => {
    await tx.run(beginStep(tenant, cause));
    // The embedded database has one user; elsewhere another server may fill at the same time.
    const doneByNow = source.kind === 'pglite' ? done : numberOf(await tx.run(newestStep(tenant)));
    if (doneByNow > done) return doneByNow;
    await carryOut(tx, tenant, step);
    return done + 1;
  });
}

/** The statements of a step, in a transaction that knows its context. */
export async function carryOut(tx: Transaction, tenant: string, { actions, context }: Step): Promise<void> {
  for (const action of actions) await tx.run(statementOf(tenant, action, context));
}

async function stepsDone(source: Database, tenant: string): Promise<number> {
  return numberOf(await source.read(tenant, newestStep(tenant)));
}

const requestIdOf = (step: number): string => `demo-${String(step).padStart(5, '0')}`;

function numberOf([newest]: readonly { request_id?: unknown }[]): number {
  return newest ? Number(String(newest.request_id).slice('demo-'.length)) : 0;
}
