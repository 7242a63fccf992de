// Every sentence that the product makes, in English. Another language is one more file of this shape, named in languages.ts.
// Values come in as plain text, names as people know them; a template decides their order and the small words between.

/** A row in words: the kind and its key, e.g. `{ kind: 'order item', key: '123/1' }`. `kind` null: it is not known which table. */
export interface Thing {
  readonly kind: string | null;
  readonly key: string | null;
}

/** What a sentence says about a stated reason; names are names to show. */
export interface ReasonWords {
  readonly text: string;
  readonly code: string | null;
  readonly reference: string | null;
  readonly approvedBy: string | null;
}

const thing = ({ kind, key }: Thing): string => (kind === null ? 'a row' : key === null ? kind : `${kind} ${key}`);

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

/** `"Spring offer" (code PROMOTION, reference PRC-468), approved by Ada Brandt`. */
function quoted({ text, code, reference, approvedBy }: ReasonWords): string {
  const notes = [code !== null && code !== text && `code ${code}`, reference !== null && `reference ${reference}`].filter(Boolean);
  return `"${text}"${notes.length > 0 ? ` (${notes.join(', ')})` : ''}${approvedBy === null ? '' : `, approved by ${approvedBy}`}`;
}

/** The two largest units: `6 days 3 hours`. */
function duration(milliseconds: number): string {
  const units: readonly [string, number][] = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1_000],
  ];
  const first = units.findIndex(([, length]) => milliseconds >= length);
  if (first < 0) return 'less than a second';
  let rest = milliseconds;
  const parts = units.slice(first, first + 2).map(([name, length]) => {
    const whole = Math.floor(rest / length);
    rest -= whole * length;
    return whole === 0 ? '' : count(whole, name);
  });
  return parts.filter(Boolean).join(' ');
}

/** At most two decimals. */
const decimal = (value: number): string => String(Number(value.toFixed(2)));

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
    beganOperation: (actor: string, name: string, type: string | null): string =>
      `${actor} began operation "${name}"${type === null ? '' : ` (${type})`}`,
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

  /** From RFC 3339 in UTC, e.g. `2026-02-11 10:04:37 UTC`. */
  instant: (utc: string): string => `${utc.slice(0, 10)} ${utc.slice(11, 19)} UTC`,
  duration,
  /** `competitor Northgate Electronics, price 1189.00`. */
  details: (details: readonly (readonly [name: string, value: string])[]): string => details.map((pair) => pair.join(' ')).join(', '),

  why: {
    heading: { change: 'What happened', reason: 'Why', causes: 'What it was caused by', impact: 'What followed', earlier: 'Before that' },
    happened: (clause: string, when: string): string => `${clause} on ${when}.`,
    createdWith: (actor: string, what: Thing, values: string): string => `${actor} created ${thing(what)} with ${values}`,
    valueOf: (field: string, value: string): string => `${field} ${value}`,
    reasonGiven: (reason: ReasonWords): string => `The reason given: ${quoted(reason)}.`,
    reasonLater: (actor: string, when: string, reason: ReasonWords): string =>
      `The reason was given later, by ${actor} on ${when}: ${quoted(reason)}.`,
    reasonOfRun: (run: string, reason: ReasonWords): string => `It was part of ${run}, which was done for this reason: ${quoted(reason)}.`,
    reasonUnknown: 'The reason is unknown: none was given with the change, added later, or stated for a run.',
    declared: (clause: string, when: string, details: string): string =>
      `It was declared to be caused by this: ${clause} on ${when}${details === '' ? '' : ` (${details})`}.`,
    openedRun: (clause: string, when: string, details: string): string =>
      `It belonged to a run: ${clause} on ${when}${details === '' ? '' : ` (${details})`}.`,
    copiedFrom: (field: string, what: Thing, clause: string, when: string): string =>
      `The value was the ${field} of ${thing(what)}, which had it because ${clause} on ${when}.`,
    /** Introduces the same sentences about a cause further back. */
    furtherBack: (degree: number, sentence: string): string => `${degree} steps back: ${sentence}`,
    sameTransaction: (clauses: readonly string[], others: number): string =>
      `Earlier in the same transaction: ${clauses.join('; ')}${others === 0 ? '' : `; and ${count(others, 'other change')}`}.`,
    soldAround: (days: number, before: string, after: string): string =>
      `In the ${days === 1 ? 'day' : `${days} days`} before this change orders took ${before} units a day that were neither cancelled nor refunded, in the ${days === 1 ? 'day' : `${days} days`} after it ${after}.`,
    earlier: (clause: string, when: string, reason: ReasonWords | null): string =>
      `Before that, ${clause} on ${when}; ${reason === null ? 'the reason is unknown' : `reason: ${quoted(reason)}`}.`,
    earlierNotTold: (number: number): string => `${count(number, 'earlier change')} of it ${number === 1 ? 'is' : 'are'} not told here.`,
    neverHad: (field: string, what: Thing, value: string, looked: number): string =>
      `No change gave ${field} of ${thing(what)} the value ${value}${looked === 0 ? ': the log holds no change of it' : `; what its newest ${looked === 1 ? 'change' : `${looked} changes`} gave it is something else`}.`,
    noChange: (field: string | null, what: Thing): string =>
      `The log holds no change ${field === null ? '' : `of ${field} `}of ${thing(what)}: what it holds is older than the log.`,
  },

  how: {
    heading: 'Step by step',
    createdWith: (actor: string, what: Thing, values: string, when: string): string =>
      `${actor} created ${thing(what)}${values === '' ? '' : ` with ${values}`} on ${when}`,
    first: (clause: string, when: string): string => `${clause} on ${when}`,
    after: (elapsed: string, clause: string): string => `After ${elapsed} ${clause}`,
    next: (clause: string): string => `Then ${clause}`,
    unexpected: 'The declared state machine does not allow this step.',
    earlierSteps: 'Earlier steps are not told here.',
    total: (steps: number, elapsed: string): string => `From the first to the last of these ${steps} steps it took ${elapsed}.`,
    noStep: (field: string | null, what: Thing): string =>
      `The log holds no change ${field === null ? '' : `of ${field} `}of ${thing(what)}: what it holds is older than the log.`,
  },

  where: {
    heading: { origin: 'Where the values come from', copies: 'Copies', older: 'Older than the log' },
    wrote: (fields: readonly string[], what: Thing, actor: string, when: string, origin: string): string =>
      `${english.list(fields)} of ${thing(what)} ${fields.length === 1 ? 'was' : 'were'} written by ${actor} on ${when}, ${origin}.`,
    /** Each part is null where the log does not hold it. */
    origin: (parts: {
      application: string | null;
      host: string | null;
      address: string | null;
      session: string | null;
      source: string;
    }): string => {
      const { application, host, address, session, source } = parts;
      const place = host === null ? address : address === null ? host : `${host} (${address})`;
      const told = [
        application !== null && `by the program ${application}`,
        place !== null && `from ${place}`,
        session !== null && `in session ${session}`,
      ];
      return [...told.filter(Boolean), `source system ${source}`].join(', ');
    },
    copied: (field: string, value: string, what: Thing, sourceField: string, source: Thing): string =>
      `${field} of ${thing(what)}, ${value}, was copied from ${sourceField} of ${thing(source)}.`,
    older: (fields: readonly string[], what: Thing, firstSeen: string | null): string =>
      `${english.list(fields)} of ${thing(what)} ${fields.length === 1 ? 'has a value that is' : 'have values that are'} older than the log, ${firstSeen === null ? 'which holds no change of it' : `whose first change of it is of ${firstSeen}`}.`,
  },

  /** Departures from the usual pattern. Instants come as `2026-01-22 23:47`, in UTC. */
  anomaly: {
    rateSpike: (actor: string, entries: number, hour: string, usual: number): string =>
      `${actor} wrote ${entries} entries in the hour from ${hour} UTC, where ${decimal(usual)} ${usual === 1 ? 'is' : 'are'} usual.`,
    offHours: (actor: string, at: string, away: number): string =>
      `${actor} changed data at ${at} UTC, ${away} hours away from the usual hours of this person.`,
    priceJump: (actor: string, what: Thing, before: string, after: string, factor: number, usual: number): string =>
      `${actor} changed price of ${thing(what)} from ${before} to ${after}, by a factor of ${decimal(factor)} where ${decimal(usual)} is usual.`,
    bulkChange: (actor: string, rows: number, at: string, usual: number): string =>
      `${actor} changed ${rows} rows in one transaction at ${at} UTC, where ${decimal(usual)} ${usual === 1 ? 'is' : 'are'} usual.`,
    forbiddenStep: (actor: string, what: Thing, from: string, to: string): string =>
      `${actor} moved ${thing(what)} from ${from} to ${to}, a step that is not declared.`,
    rareStep: (actor: string, what: Thing, from: string, to: string, tail: number, total: number): string =>
      `${actor} moved ${thing(what)} from ${from} to ${to}; only ${tail} of ${total} steps from ${from} are as rare.`,
    /** `address` null: it may not be told; `application` null: it is not known. */
    origin: (actor: string, address: string | null, application: string | null, at: string, tail: number, total: number): string =>
      `${actor} made changes from ${address ?? 'an address'}${application === null ? '' : ` (${application})`} at ${at} UTC; origins as rare as this have ${tail} of ${total} hours of work.`,
    program: (actor: string, application: string, at: string, tail: number, total: number): string =>
      `${actor} made changes with ${application} at ${at} UTC; programs as rare as this have ${tail} of ${total} hours of work.`,
  },
};
