// What the log tells of one order, in sentences. Pure; nothing is said that no entry supports.
import type { Language } from '../../shared/language/languages.ts';
import { moneyOf } from '../../shared/money.ts';
import type { AuditEntry, Image } from '../audit/audit.model.ts';
import { millisecondsBetween } from '../audit/duration.ts';
import type { NarrativeSentence } from '../audit/narrative.ts';
import { asClause, clauseOf, fieldName, type SummaryFacts, shownInWords, thingOf } from '../audit/summary.ts';
import type { JourneyFact } from './journey.model.ts';

/** An event with its entry and what sentences about it are made of. */
export interface ToldEvent {
  readonly event: JourneyFact;
  readonly entry: AuditEntry;
  readonly facts: SummaryFacts;
}

export interface ToldOrder {
  readonly number: string;
  /** Oldest first. */
  readonly events: readonly ToldEvent[];
  /** Names of the products of its items, by their ids. */
  readonly products: ReadonlyMap<string, string>;
}

const hourMs = 3_600_000;

/** How the order was placed and went, then everything else that befell it, by the time of each. `period` is added to what is not recorded. */
export function orderStory(order: ToldOrder, period: string, language: Language): NarrativeSentence[] {
  const placed = order.events.find(({ event }) => event.kind === 'ORDER' && event.operation === 'INSERT');
  const items = itemsOf(order, placed);
  const steps = order.events.filter(({ event }) => event.kind === 'ORDER' && event.operation === 'UPDATE' && event.status !== null);
  const toldAbove = new Set([placed, ...items, ...steps.filter((step) => !isTaken(step) && totalChange(step) === null)]);
  const rest = order.events.filter((told) => !toldAbove.has(told));
  return [
    { ...placement(order, placed, items, steps, period, language), heading: language.journey.aboutOrder(order.number) },
    ...deedsOf(rest).flatMap((deed) => deedStory(deed, order, language)),
  ];
}

/** One sentence about an event by itself. Changed fields are named without their values, which may be personal. */
export function eventSentence({ event, entry, facts }: ToldEvent, language: Language): NarrativeSentence {
  const fields = facts.changes.map(({ field }) => fieldName(field, facts.table, language));
  const clause =
    event.operation === 'UPDATE' && fields.length > 0
      ? language.entry.changedFields(facts.actor, language.list(fields), thingOf(entry, facts.table, language))
      : clauseOf({ ...facts, changes: [] }, language);
  return because(language.journey.dated(clause, dayOf(event)), facts.reason, [event.id], language);
}

export const dayOf = ({ occurredAt }: Pick<JourneyFact, 'occurredAt'>): string => occurredAt.slice(0, 10);

/** Those that came with the order; where none did, all that are recorded. */
function itemsOf({ events }: ToldOrder, placed: ToldEvent | undefined): ToldEvent[] {
  if (!placed) return [];
  const all = events.filter(({ event }) => event.kind === 'ORDER_ITEM' && event.operation === 'INSERT');
  const along = all.filter(({ event }) => event.transactionId === placed.event.transactionId);
  return along.length > 0 ? along : all;
}

function placement(
  { number }: ToldOrder,
  placed: ToldEvent | undefined,
  items: readonly ToldEvent[],
  steps: readonly ToldEvent[],
  period: string,
  language: Language,
): NarrativeSentence {
  const { journey: say } = language;
  const evidence = [placed, ...items, ...steps].flatMap((told) => (told ? [told.event.id] : []));
  const delivered = steps.find(({ event }) => event.status?.toUpperCase() === 'DELIVERED');
  const reached = steps.map((step) => {
    const after = placed && step === delivered ? timeBetween(placed.event, step.event, language) : '';
    return say.step(step.event.status ?? '', dayOf(step.event), after);
  });
  const how = reached.length > 0 ? say.steps(language.list(reached)) : say.noStep;
  if (!placed) return { text: language.sentence(`${say.notPlaced(number, period)}${reached.length > 0 ? how : ''}`, null), evidence };
  const pieces = items.reduce((sum, { entry }) => sum + (quantityIn(entry.after) ?? 0), 0);
  const total = placed.event.total === null ? say.unknownAmount : shownInWords(placed.event.total, language);
  const begun = say.placed(number, dayOf(placed.event), placed.facts.actor, say.items(items.length, pieces), total);
  return { text: language.sentence(`${begun}${how}`, null), evidence };
}

function timeBetween(placed: JourneyFact, delivered: JourneyFact, language: Language): string {
  const hours = Math.floor(millisecondsBetween(placed.occurredAt, delivered.occurredAt) / hourMs);
  return hours < 0 ? '' : language.journey.after(Math.floor(hours / 24), hours % 24);
}

/** What was done at once for one reason: a cancellation with its items, a changed item with the new total. */
function deedsOf(events: readonly ToldEvent[]): ToldEvent[][] {
  const deeds = new Map<string, ToldEvent[]>();
  for (const told of events) {
    const key = JSON.stringify([told.event.transactionId, told.event.operationName, told.facts.reason]);
    const deed = deeds.get(key);
    if (deed) deed.push(told);
    else deeds.set(key, [told]);
  }
  return [...deeds.values()];
}

function deedStory(deed: readonly ToldEvent[], order: ToldOrder, language: Language): NarrativeSentence[] {
  const payments = deed.filter(({ event }) => event.kind === 'PAYMENT' && event.operation !== 'DELETE' && event.operation !== 'EVENT');
  const changes = deed.filter(({ event }) => event.kind !== 'PAYMENT' && event.operation === 'UPDATE');
  const others = deed.filter((told) => !payments.includes(told) && !changes.includes(told));
  return [
    ...changesStory(changes, payments, order, language),
    ...payments.flatMap((told) => paymentStory(told, order, language)),
    ...others.map((told) => eventSentence(told, language)),
  ];
}

function changesStory(
  changes: readonly ToldEvent[],
  payments: readonly ToldEvent[],
  order: ToldOrder,
  language: Language,
): NarrativeSentence[] {
  const { journey: say } = language;
  const taken = changes.filter(isTaken);
  const ofOrder = taken.find(({ event }) => event.kind === 'ORDER' && event.status !== null);
  const items = taken.filter(({ event }) => event.kind === 'ORDER_ITEM');
  const totals = changes.filter((told) => totalChange(told) !== null);
  const [first, last] = [totals[0] && totalChange(totals[0]), totals.at(-1) && totalChange(totals.at(-1)!)];
  const { event, facts } = changes[0] ?? {};
  if (!event || !facts) return [];
  const ids = (some: readonly ToldEvent[]) => some.map((told) => told.event.id);
  const along = first && last ? say.withTotal(first.before, last.after) : '';
  if (ofOrder) {
    const clause = say.orderTaken(order.number, tookOf(ofOrder, language), dayOf(ofOrder.event), items.length);
    return [because(`${clause}${along}`, facts.reason, ids([ofOrder, ...items, ...totals.filter((told) => told !== ofOrder)]), language)];
  }
  if (items.length > 0) {
    return items.map((item, i) => {
      const isLast = i === items.length - 1;
      const clause = `${itemClause(item, order, language)}${isLast ? along : ''}`;
      return because(clause, facts.reason, ids([item, ...(isLast ? totals : [])]), language);
    });
  }
  if (first && last) {
    const clause = say.totalChanged(order.number, dayOf(event), first.before, last.after, facts.actor);
    const amounts = payments.filter((told) => told.event.status === null);
    return [because(clause, facts.reason, ids([...changes, ...amounts]), language)];
  }
  return changes.map((told) => eventSentence(told, language));
}

function itemClause(item: ToldEvent, order: ToldOrder, language: Language): string {
  const { journey: say } = language;
  const { event, entry } = item;
  const earlier = order.events.filter((told) => told.event.recordKey === event.recordKey && told.event.kind === 'ORDER_ITEM');
  const made = earlier.find((told) => told.event.operation === 'INSERT')?.entry.after ?? null;
  const known = earlier.slice(0, earlier.indexOf(item)).map((told) => quantityIn(told.entry.after));
  const had = quantityIn(entry.before) ?? known.findLast((quantity) => quantity !== null) ?? null;
  const left = quantityIn(entry.after);
  const pieces = had === null ? '' : say.pieces(had - (left ?? 0), left === null ? null : had);
  const line = made?.['line'];
  const name = typeof line === 'number' ? say.item(String(line)) : `${language.kind('ORDER_ITEM')} ${entry.businessKey ?? event.recordKey}`;
  const product = order.products.get(String(made?.['product_id'])) ?? null;
  return say.itemTaken(order.number, name, product, tookOf(item, language), dayOf(event), pieces);
}

/** Payments are told when they end: the ways between are none of the story's. */
function paymentStory({ event, entry, facts }: ToldEvent, order: ToldOrder, language: Language): NarrativeSentence[] {
  const { paid } = language.journey;
  const status = event.status?.toUpperCase();
  if (status !== 'SETTLED' && status !== 'FAILED' && status !== 'REFUNDED' && status !== 'CANCELLED') return [];
  const own = order.events.filter((told) => told.event.kind === 'PAYMENT' && told.event.recordKey === event.recordKey);
  const images = own.slice(0, own.findIndex((told) => told.event === event) + 1);
  const priced = images.findLast((told) => typeof told.entry.after?.['amount'] === 'string');
  const made = images.find((told) => told.event.operation === 'INSERT');
  const amount = priced ? moneyIn(priced.entry.after, 'amount') : null;
  const method = made?.entry.after?.['method'];
  const key = entry.businessKey ?? event.recordKey;
  const clause = language.journey.payment(key, amount, typeof method === 'string' ? method : null, paid[status], dayOf(event));
  const evidence = [...new Set([event.id, ...(made ? [made.event.id] : []), ...(priced ? [priced.event.id] : [])])];
  return [because(clause, event.operation === 'INSERT' ? null : facts.reason, evidence, language)];
}

function isTaken({ event }: ToldEvent): boolean {
  return event.stage === 'RETURNING' && event.operation === 'UPDATE' && event.kind !== 'PAYMENT';
}

function tookOf({ event }: ToldEvent, { journey: { took } }: Language): string {
  const how = `${event.status ?? ''} ${event.operationName ?? ''} ${event.reasonCode ?? ''}`.toUpperCase();
  return how.includes('CANCEL') ? took.CANCELLED : how.includes('REFUND') ? took.REFUNDED : took.RETURNED;
}

function totalChange({ event, entry }: ToldEvent): { readonly before: string; readonly after: string } | null {
  if (event.kind !== 'ORDER' || event.operation !== 'UPDATE') return null;
  const [before, after] = [moneyIn(entry.before, 'total'), moneyIn(entry.after, 'total')];
  return before === null || after === null || before === after ? null : { before, after };
}

function moneyIn(image: Image | null, column: string): string | null {
  const [amount, currency] = [image?.[column], image?.['currency']];
  if (typeof amount !== 'string' || typeof currency !== 'string') return null;
  const money = moneyOf(amount, currency);
  return `${money.amount} ${money.currency}`;
}

function quantityIn(image: Image | null): number | null {
  const quantity = image?.['quantity'];
  return typeof quantity === 'number' ? quantity : null;
}

function because(clause: string, reason: string | null, evidence: readonly string[], language: Language): NarrativeSentence {
  return { text: language.sentence(clause, reason === null ? null : asClause(reason)), evidence };
}
