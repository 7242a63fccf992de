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
};
