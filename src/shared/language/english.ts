// Every sentence that the product makes, in English. Another language is one more file of this shape, named in languages.ts.
// Values come in as plain text, names as people know them; a template decides their order and the small words between.

/** A row in words: the kind and its key, e.g. `{ kind: 'order item', key: '123/1' }`. `kind` null: it is not known which table. */
export interface Thing {
  readonly kind: string | null;
  readonly key: string | null;
}

const thing = ({ kind, key }: Thing): string => (kind === null ? 'a row' : key === null ? kind : `${kind} ${key}`);

export const english = {
  tag: 'en',

  /** `order item`, `stock quantity`: the names of kinds and fields of the shop, from those of the API. */
  kind: (entityType: string): string => entityType.toLowerCase().replaceAll('_', ' '),
  field: (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
  nothing: 'nothing',
  aTable: 'a table',
  anEvent: 'an event',
  list: (items: readonly string[]): string => (items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`),
  otherFields: (count: number): string => `${count} other ${count === 1 ? 'field' : 'fields'}`,
  run: (name: string): string => `run "${name}"`,

  /** A sentence of a clause and, where one is known, its reason. */
  sentence: (clause: string, reason: string | null): string => `${clause}${reason === null ? '' : `: ${reason}`}.`,

  /** One clause per kind of entry. */
  entry: {
    created: (actor: string, what: Thing): string => `${actor} created ${thing(what)}`,
    changedField: (actor: string, field: string, what: Thing, before: string, after: string): string =>
      `${actor} changed ${field} of ${thing(what)} from ${before} to ${after}`,
    changedFields: (actor: string, fields: string, what: Thing): string => `${actor} changed ${fields} of ${thing(what)}`,
    changed: (actor: string, what: Thing): string => `${actor} changed ${thing(what)}`,
    deleted: (actor: string, what: Thing): string => `${actor} deleted ${thing(what)}`,
    emptied: (actor: string, table: string, rows: number | null): string =>
      `${actor} emptied ${table}${rows === null ? '' : ` (${rows} ${rows === 1 ? 'row' : 'rows'})`}`,
    gaveReason: (actor: string, what: Thing): string => `${actor} gave a reason for ${thing(what)}`,
    startedRun: (actor: string, run: string): string => `${actor} started ${run}`,
    endedRun: (actor: string, run: string): string => `${actor} ended ${run}`,
    recorded: (actor: string, event: string): string => `${actor} recorded ${event}`,
    recordedFor: (actor: string, event: string, what: Thing): string => `${actor} recorded ${event} for ${thing(what)}`,
    changedColumns: (actor: string, table: string): string => `${actor} changed the columns of ${table}`,
    read: (actor: string, what: Thing): string => `${actor} read ${thing(what)}`,
    erased: (actor: string, what: Thing): string => `${actor} erased personal data of ${thing(what)}`,
    security: (actor: string, event: string): string => `${actor}: ${event}`,
  },

  /** The story of a customer. Dates are days, `2026-02-11`; amounts come with their currency. */
  journey: {
    aboutCustomer: 'The customer',
    aboutOrder: (number: string): string => `Order ${number}`,
    aboutContact: 'Contact',
    aPeriod: (from: string, to: string | null): string => (to === null ? ` since ${from}` : ` from ${from} to ${to}`),

    entered: (name: string, key: string, date: string, actor: string): string =>
      `${name} has been customer ${key} since ${date}, entered by ${actor}`,
    notEntered: (name: string, key: string, entries: number, first: string): string =>
      `How ${name} became customer ${key} is not recorded; the first of ${entries} ${entries === 1 ? 'entry' : 'entries'} is of ${first}`,
    known: (name: string, key: string, entries: number, period: string): string =>
      `The log holds ${entries} ${entries === 1 ? 'entry' : 'entries'} about ${name} (customer ${key})${period}`,
    nothingKnown: (name: string, key: string, period: string): string => `The log holds nothing about ${name} (customer ${key})${period}`,
    orders: (count: number, first: string, last: string, worth: string, told: number): string =>
      `${count} ${count === 1 ? 'order was' : 'orders were'} placed ${first === last ? `on ${first}` : `between ${first} and ${last}`}, worth ${worth} when placed${told < count ? `; the newest ${told} are told here` : ''}`,
    noOrder: (period: string): string => `The log holds no order that was placed${period}`,

    placed: (number: string, date: string, actor: string, items: string, total: string): string =>
      `Order ${number} was placed on ${date} by ${actor}, ${items}, for ${total}`,
    notPlaced: (number: string, period: string): string => `That order ${number} was placed is not recorded${period}`,
    items: (count: number, pieces: number): string =>
      count === 0
        ? 'its items are not recorded'
        : `with ${count} ${count === 1 ? 'item' : 'items'} (${pieces} ${pieces === 1 ? 'piece' : 'pieces'})`,
    unknownAmount: 'an amount that is not recorded',
    steps: (steps: string): string => `; it became ${steps}`,
    step: (status: string, date: string, after: string): string => `${status} on ${date}${after}`,
    after: (days: number, hours: number): string => {
      const [count, unit] = days > 0 ? [days, 'day'] : [hours, 'hour'];
      return ` (${count === 0 ? 'less than an hour' : `${count} ${unit}${count === 1 ? '' : 's'}`} after it was placed)`;
    },
    noStep: '; no other status of it is recorded',

    took: { CANCELLED: 'was cancelled', REFUNDED: 'was refunded', RETURNED: 'was taken back' },
    orderTaken: (number: string, took: string, date: string, items: number): string =>
      `Order ${number} ${took} on ${date}${items === 0 ? '' : ` with ${items} ${items === 1 ? 'item' : 'items'}`}`,
    itemTaken: (number: string, item: string, product: string | null, took: string, date: string, pieces: string): string =>
      `Of order ${number}, ${item}${product === null ? '' : ` (product ${product})`} ${took} on ${date}${pieces}`,
    item: (line: string): string => `item ${line}`,
    pieces: (count: number, of: number | null): string =>
      `, ${of === null || of === count ? count : `${count} of ${of}`} ${(of ?? count) === 1 ? 'piece' : 'pieces'}`,
    withTotal: (before: string, after: string): string => `, and the total of the order went from ${before} to ${after}`,
    totalChanged: (number: string, date: string, before: string, after: string, actor: string): string =>
      `${actor} changed the total of order ${number} from ${before} to ${after} on ${date}`,
    payment: (key: string, amount: string | null, method: string | null, what: string, date: string): string =>
      `Payment ${key}${amount === null ? '' : ` of ${amount}`}${method === null ? '' : ` (${method})`} ${what} on ${date}`,
    paid: { SETTLED: 'was settled', FAILED: 'failed', REFUNDED: 'was refunded', CANCELLED: 'was cancelled' },
    dated: (clause: string, date: string): string => `${clause} on ${date}`,
  },
};
