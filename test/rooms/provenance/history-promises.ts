// The question about a record, and the answer that its history promises.
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { type Change, type Copied, fieldsOf, type Happened, type History, isDeclared, millisBetween } from './history-model.ts';
import { type FieldSpec, type Row, shown, type TableName, type TableSpec, tables } from './history-tables.ts';

const item = 'nodes { __typename auditEntry { id } occurredAt';
const said = 'reason { text }';
const told = 'narrative { text sentences { text evidence { id } } }';
const why = `{ reasons { auditEntry { id } change { field before after } reason { text code reference } } causes { degree relation auditEntry { id } } ${told} }`;
const how = `{ totalDurationMs steps { isExpected sincePreviousMs auditEntry { id } changes { field before after } } ${told} }`;
export const timelineItems = `${item}
  ... on FieldsChanged { changes { field before after } ${said} } ... on PriceChange { priceBefore { amount currency } priceAfter { amount currency } changePercent ${said} }
  ... on AmountChange { field amountBefore { amount currency } amountAfter { amount currency } ${said} } ... on StockChange { level levelBefore levelAfter ${said} }
  ... on StatusTransition { statusBefore statusAfter isExpected timeInPreviousMs } ... on ApplicationEvent { operationName details } }`;

/** The record by the name that callers use: a row of the shop by its id, any other by its key. */
export function recordInQuery(table: TableName, key: string): string {
  if (table !== 'crates') return `node(id: "${encodeGlobalId(tables[table].type, key)}")`;
  const [place, number] = JSON.parse(key) as [string, string];
  return `record(tableName: "public.crates", key: { place: ${JSON.stringify(place)}, number: ${number} })`;
}

/** Everything about one record; `fields` are also asked one by one, with a value that each of them had. */
export function question(fields: readonly string[], values: ReadonlyMap<string, unknown>): string {
  const single = fields.map((field, nth) => {
    const withValue = values.has(field) ? `value${nth}: why(field: "${field}", value: ${literal(values.get(field))}) ${why}` : '';
    return `why${nth}: why(field: "${field}") ${why} how${nth}: how(field: "${field}") ${how} ${withValue}`;
  });
  return `... on Traceable { id timeline(first: 500) { totalCount ${timelineItems} } blame { age changeCount field value auditEntry { id } }
    where { fields { field value actor { key displayName } auditEntry { id } copiedFrom { column value row { table key } } } ${told} }
    why ${why} how ${how} ${single.join(' ')} }`;
}

function literal(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([name, of]) => `${name}: ${literal(of)}`)
    .join(', ')} }`;
}

/** What a history says of one record. Entries stand as their serial numbers. */
export class Promised {
  constructor(
    readonly history: History,
    readonly table: TableName,
    readonly key: string,
  ) {}

  get fields(): readonly FieldSpec[] {
    return fieldsOf(this.table);
  }

  timeline(): Row[] {
    const entries = this.history.entries.filter(({ table, key }) => table === this.table && key === this.key);
    return entries.flatMap((entry) => this.itemsOf(entry).map((one) => ({ auditEntry: entry.serial, occurredAt: entry.at, ...one })));
  }

  blame(): Row[] {
    const { history, table, key } = this;
    const writers = this.fields.map(({ field }) => history.writer(table, key, field)?.serial ?? -1);
    const byAge = [...new Set(writers)].sort((a, b) => b - a);
    return this.fields.map((spec, place) => ({
      ...{ field: spec.field, value: shown(spec, history.lastImage(table, key)), auditEntry: writers[place] },
      ...{ age: byAge.indexOf(writers[place] as number), changeCount: history.changeCount(table, key, spec.field) },
    }));
  }

  where(): Row[] {
    const { history, table, key } = this;
    return this.fields.map((spec) => {
      const writer = history.writer(table, key, spec.field);
      const copied = writer && history.copiedFrom(writer, spec.field);
      const cells = copied ? [cell(copied)] : [];
      return {
        field: spec.field,
        value: shown(spec, history.lastImage(table, key)),
        auditEntry: writer?.serial,
        actor: writer?.actor,
        copiedFrom: cells,
      };
    });
  }

  /** Of one field, all of its changes; of a value the newest that gave it; of all fields the change that gave each its value. */
  why(field: string | null, value?: unknown): { reasons: Row[]; causes: Row[] } {
    const { history, table, key } = this;
    const written = this.written(field, value);
    const newest = field === null ? history.life(table, key).at(-1) : written[0]?.[0];
    return {
      reasons: written.map(([entry, change]) => ({ auditEntry: entry.serial, change, reason: this.reasonOf(entry) })),
      causes: newest ? history.causes(newest, field).map(({ serial, ...cause }) => ({ ...cause, auditEntry: serial })) : [],
    };
  }

  how(field: string | null): { totalDurationMs: number; steps: Row[] } {
    const { history, table, key } = this;
    const life = history.life(table, key);
    const steps = life.filter((entry) => field === null || entry.operation !== 'UPDATE' || history.changeIn(entry, field));
    const [first, last] = [steps[0], steps.at(-1)];
    return {
      totalDurationMs: first && last ? millisBetween(first, last) : 0,
      steps: steps.map((entry, place) => ({
        auditEntry: entry.serial,
        isExpected: this.isExpected(entry),
        sincePreviousMs: place === 0 ? null : millisBetween(steps[place - 1] as Happened, entry),
        changes: history.changes(entry).filter((change) => field === null || change.field === field),
      })),
    };
  }

  reasonOf(entry: Happened): Row | null {
    const reason = this.history.reason(entry);
    return reason && { text: reason.text, code: reason.code, reference: reason.reference };
  }

  private written(field: string | null, value: unknown): (readonly [Happened, Change])[] {
    const { history, table, key } = this;
    const changeOf = (entry: Happened, name: string) => [entry, history.changeIn(entry, name) as Change] as const;
    if (field !== null) {
      const changes = history.changesOf(table, key, field).map((entry) => changeOf(entry, field));
      if (value === undefined) return changes;
      const asked = JSON.stringify(value);
      return changes.filter(([, { after }]) => JSON.stringify(after) === asked).slice(0, 1);
    }
    const writers = this.fields.flatMap((spec) => {
      const writer = history.writer(table, key, spec.field);
      return writer ? [changeOf(writer, spec.field)] : [];
    });
    return writers.sort(([a], [b]) => b.serial - a.serial);
  }

  /** False only for a change of the status that is not among the declared ones; the first status follows none. */
  private isExpected(entry: Happened): boolean {
    const change = entry.operation === 'UPDATE' ? this.history.changeIn(entry, 'status') : null;
    return !change || change.before === null || isDeclared(this.table, change.before, change.after);
  }

  private itemsOf(entry: Happened): Row[] {
    const { history } = this;
    const transition = (before: unknown, after: unknown) => ({ __typename: 'StatusTransition', statusBefore: before, statusAfter: after });
    const hasStatus = (tables[this.table] as TableSpec).fields.some((spec) => spec.item === 'StatusTransition');
    if (entry.operation === 'EVENT')
      return [{ __typename: 'ApplicationEvent', operationName: entry.operationName, details: entry.details }];
    if (entry.operation === 'DELETE') return [{ __typename: 'RecordDeleted' }];
    if (entry.operation === 'INSERT') {
      const first = hasStatus ? (entry.after?.['status'] ?? null) : null;
      const items = first === null ? [] : [{ ...transition(null, first), isExpected: true, timeInPreviousMs: null }];
      return [{ __typename: 'RecordCreated' }, ...items];
    }
    const reason = this.history.reason(entry);
    const because = { reason: reason && { text: reason.text } };
    const others: Change[] = [];
    const items: { place: number; item: Row }[] = [];
    for (const [place, spec] of this.fields.entries()) {
      const change = history.changeIn(entry, spec.field);
      if (!change) continue;
      const { field, before, after } = change;
      if (spec.item === 'PriceChange') {
        items.push({
          place,
          item: { __typename: spec.item, priceBefore: before, priceAfter: after, changePercent: percent(before, after), ...because },
        });
      } else if (spec.item === 'AmountChange') {
        items.push({ place, item: { __typename: spec.item, field, amountBefore: before, amountAfter: after, ...because } });
      } else if (spec.item === 'ON_HAND' || spec.item === 'SAFETY') {
        items.push({ place, item: { __typename: 'StockChange', level: spec.item, levelBefore: before, levelAfter: after, ...because } });
      } else if (spec.item === 'StatusTransition' && after !== null) {
        const isExpected = before === null || isDeclared(this.table, before, after);
        const timeInPreviousMs = before === null ? null : this.timeBefore(entry);
        items.push({ place: -1, item: { ...transition(before, after), isExpected, timeInPreviousMs } }); // the status comes first
      } else others.push(change);
    }
    const rest = others.length > 0 ? [{ __typename: 'FieldsChanged', changes: others, ...because }] : [];
    return [...items.sort((a, b) => a.place - b.place).map((one) => one.item), ...rest];
  }

  private timeBefore(entry: Happened): number {
    const before = this.history.entries.filter(
      (other) =>
        other.serial < entry.serial && other.table === this.table && other.key === this.key && this.history.changeIn(other, 'status'),
    );
    return millisBetween(before.at(-1) as Happened, entry);
  }
}

function cell({ of, key, column, value }: Copied): Row {
  return { column, value, row: { table: tables[of].name.split('.')[1], key: { id: key } } };
}

/** To four decimals, half away from zero; null where there is nothing to compare. */
function percent(before: unknown, after: unknown): number | null {
  const [old, now] = [before, after] as { amount: string; currency: string }[];
  if (!old || !now || old.currency !== now.currency) return null;
  const units = (amount: string) => BigInt(Math.round(Number(amount) * 10_000));
  const [base, change] = [units(old.amount), units(now.amount) - units(old.amount)];
  if (base === 0n) return null;
  const size = ((change < 0n ? -change : change) * 2_000_000n + base) / (2n * base);
  return (change < 0n ? -Number(size) : Number(size)) / 10_000;
}
