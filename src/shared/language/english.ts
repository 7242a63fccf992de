// Every sentence that the product makes, in English. Another language is one more file of this shape, named in languages.ts.
// Values come in as plain text, names as people know them; a template decides their order and the small words between.

/** A row in words: the kind and its key, e.g. `{ kind: 'order item', key: '123/1' }`. `kind` null: it is not known which table. */
export interface Thing {
  readonly kind: string | null;
  readonly key: string | null;
}

const thing = ({ kind, key }: Thing): string => (kind === null ? 'a row' : key === null ? kind : `${kind} ${key}`);

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
    recorded: (actor: string, event: string): string => `${actor} recorded ${event}`,
    recordedFor: (actor: string, event: string, what: Thing): string => `${actor} recorded ${event} for ${thing(what)}`,
    changedColumns: (actor: string, table: string): string => `${actor} changed the columns of ${table}`,
    read: (actor: string, what: Thing): string => `${actor} read ${thing(what)}`,
    erased: (actor: string, what: Thing): string => `${actor} erased personal data of ${thing(what)}`,
    security: (actor: string, event: string): string => `${actor}: ${event}`,
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
