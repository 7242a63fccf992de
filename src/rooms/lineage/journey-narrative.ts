// The story of a customer in sentences. Pure; nothing is said that no entry supports.
import type { Language } from '../../shared/language/languages.ts';
import { printAmount } from '../../shared/money.ts';
import type { TimeRange } from '../../shared/time-range.ts';
import { sum } from '../audit/decimal.ts';
import { maxSentences, type NarrativeSentence } from '../audit/narrative.ts';
import type { JourneyFact } from './journey.model.ts';
import { dayOf, eventSentence, orderStory, type ToldEvent, type ToldOrder } from './journey-order.ts';

/** What is told at most: orders one by one, events of the customer's own row; the newest of each. */
const maxOrders = 50;
const maxContacts = 50;

/** Everything that the story is made of, oldest first. */
export interface Story {
  /** As it may be shown to whoever reads it. */
  readonly customerName: string;
  readonly customerKey: string;
  readonly range: TimeRange | null;
  readonly events: readonly JourneyFact[];
  /** Those of the events that are told one by one: see `toldOneByOne`. */
  readonly contacts: readonly ToldEvent[];
  readonly orders: readonly ToldOrder[];
}

/** Which events are told one by one: the newest of the customer's own row and how it was made; all of the newest orders. */
export function toldOneByOne(events: readonly JourneyFact[]): { contacts: JourneyFact[]; orders: JourneyFact[][] } {
  const own = events.filter(({ kind }) => kind === 'CUSTOMER');
  const contacts = own.filter((event, i) => event.operation === 'INSERT' || i >= own.length - maxContacts);
  const orders = new Map<string, JourneyFact[]>();
  for (const event of events) {
    if (event.orderId === null) continue;
    const order = orders.get(event.orderId);
    if (order) order.push(event);
    else orders.set(event.orderId, [event]);
  }
  return { contacts, orders: [...orders.values()].slice(-maxOrders) };
}

/** Who, how many orders, each of the newest orders, then calls and changes of contact data; at most `maxSentences`, at the cost of older orders. */
export function storyOf(story: Story, language: Language): NarrativeSentence[] {
  const { journey: say } = language;
  const { range, orders } = story;
  const period = range === null ? '' : say.aPeriod(range.from.slice(0, 10), range.to?.slice(0, 10) ?? null);
  const contacts = story.contacts
    .filter(({ event }) => event.operation !== 'INSERT')
    .map((told, i) => ({ ...eventSentence(told, language), ...(i === 0 && { heading: say.aboutContact }) }));
  let room = maxSentences - 2 - contacts.length;
  const told: NarrativeSentence[][] = [];
  for (const order of orders.toReversed()) {
    const sentences = orderStory(order, period, language);
    if (sentences.length > room && told.length > 0) break;
    told.push(sentences.slice(0, room));
    room -= sentences.length;
  }
  const { customerName, customerKey, events } = story;
  if (events.length === 0) {
    return [
      { text: language.sentence(say.nothingKnown(customerName, customerKey, period), null), evidence: [], heading: say.aboutCustomer },
    ];
  }
  return [beginning(story, period, language), ordersInAll(story, told.length, period, language), ...told.toReversed().flat(), ...contacts];
}

function beginning({ customerName, customerKey, events, contacts }: Story, period: string, language: Language): NarrativeSentence {
  const { journey: say } = language;
  const heading = say.aboutCustomer;
  const made = contacts.find(({ event }) => event.operation === 'INSERT');
  if (made) {
    const clause = say.entered(customerName, customerKey, dayOf(made.event), made.facts.actor);
    return { text: language.sentence(clause, null), evidence: [made.event.id], heading };
  }
  const first = events[0]!;
  const evidence = events.map(({ id }) => id);
  const clause =
    period === ''
      ? say.notEntered(customerName, customerKey, events.length, dayOf(first))
      : say.known(customerName, customerKey, events.length, period);
  return { text: language.sentence(clause, null), evidence: period === '' ? [first.id] : evidence, heading };
}

function ordersInAll({ events }: Story, told: number, period: string, language: Language): NarrativeSentence {
  const { journey: say } = language;
  const placed = events.filter(({ kind, operation }) => kind === 'ORDER' && operation === 'INSERT');
  const [first, last] = [placed[0], placed.at(-1)];
  if (!first || !last) return { text: language.sentence(say.noOrder(period), null), evidence: [] };
  const amounts = new Map<string, string[]>();
  for (const { total } of placed) if (total) amounts.set(total.currency, [...(amounts.get(total.currency) ?? []), total.amount]);
  const worth = [...amounts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([currency, some]) => `${printAmount(sum(some))} ${currency}`);
  const clause = say.orders(placed.length, dayOf(first), dayOf(last), worth.length === 0 ? say.unknownAmount : language.list(worth), told);
  return { text: language.sentence(clause, null), evidence: placed.map(({ id }) => id) };
}
