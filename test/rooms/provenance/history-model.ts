// What happened, kept by hand beside the database, and what the explanations promise to say about it.
import { isDeepStrictEqual } from 'node:util';
import { copyRules, type FieldSpec, type Row, shown, type TableName, type TableSpec, tables } from './history-tables.ts';

/** Who, when and why: what a transaction says about all of its entries. */
export interface Circumstances {
  readonly tx: number;
  readonly at: string;
  readonly actor: string | null;
  readonly actorKind: 'USER' | 'SERVICE' | null;
  readonly reason: string | null;
  readonly code: string | null;
  readonly reference: string | null;
  readonly approvedBy: string | null;
  readonly runId: string | null;
  readonly cause: number | null;
}

/** One entry that the log must hold; `serial` is its place among those of its tenant. */
export interface Happened extends Circumstances {
  readonly serial: number;
  readonly operation: 'INSERT' | 'UPDATE' | 'DELETE' | 'EVENT';
  readonly table: TableName | null;
  readonly key: string | null;
  readonly businessKey: string | null;
  /** Whole rows. */
  readonly before: Row | null;
  readonly after: Row | null;
  readonly operationName: string | null;
  readonly details: Row | null;
  readonly reasonFor: number | null;
}

export interface OpenedRun {
  readonly name: string;
  readonly reason: string | null;
  readonly code: string | null;
  readonly reference: string | null;
  readonly actor: string | null;
  readonly opening: number;
}

export interface Change {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface Cause {
  readonly serial: number;
  readonly degree: number;
  readonly relation: string;
}

interface FoundCause {
  readonly entry: Happened;
  readonly relation: string;
  readonly field: string | null;
}

export interface Copied {
  readonly of: TableName;
  readonly key: string;
  readonly column: string;
  readonly value: unknown;
  readonly writer: Happened;
}

const strongestFirst = ['WROTE_VALUE', 'DECLARED', 'VALUE_COPIED', 'TRIGGERED', 'SAME_RUN', 'SAME_TRANSACTION'];

export class History {
  entries: Happened[] = [];
  rows = new Map<string, Row>();
  runs = new Map<string, OpenedRun>();

  /** The state to come back to when a transaction is rolled back. */
  keep(): () => void {
    const { entries, rows, runs } = this;
    [this.entries, this.rows, this.runs] = [[...entries], new Map(rows), new Map(runs)];
    return () => {
      [this.entries, this.rows, this.runs] = [entries, rows, runs];
    };
  }

  row(table: TableName, key: string): Row | null {
    return this.rows.get(`${table} ${key}`) ?? null;
  }

  /** A row becomes another, or comes, or goes. An update that changes nothing leaves no entry. */
  put(circumstances: Circumstances, table: TableName, before: Row | null, after: Row | null): void {
    const row = after ?? before;
    if (!row || isDeepStrictEqual(before, after)) return;
    const spec = tables[table];
    const key = spec.keyOf(row);
    if (after) this.rows.set(`${table} ${key}`, after);
    else this.rows.delete(`${table} ${key}`);
    const operation = !before ? 'INSERT' : after ? 'UPDATE' : 'DELETE';
    this.add(circumstances, { operation, table, key, businessKey: spec.businessKeyOf(row), before, after });
  }

  add(circumstances: Circumstances, what: Partial<Happened> & Pick<Happened, 'operation'>): void {
    const nothing = { table: null, key: null, businessKey: null, before: null, after: null, operationName: null, details: null };
    this.entries.push({ ...circumstances, ...nothing, reasonFor: null, ...what, serial: this.entries.length });
  }

  /** Every row that ever was. */
  records(): { table: TableName; key: string }[] {
    const names = new Set(this.entries.flatMap(({ table, key, after }) => (table && key && after ? [`${table} ${key}`] : [])));
    return [...names].map((name) => ({
      table: name.slice(0, name.indexOf(' ')) as TableName,
      key: name.slice(name.indexOf(' ') + 1),
    }));
  }

  /** Fields that an entry changed. */
  changes(entry: Happened): Change[] {
    const { table, operation, before, after } = entry;
    if (!table || operation === 'EVENT') return [];
    return fieldsOf(table).flatMap((spec): Change[] => {
      const change = { field: spec.field, before: shown(spec, before), after: shown(spec, after) };
      const columns = spec.shape === 'money' ? [spec.column, 'currency'] : [spec.column];
      const differs = columns.some((column) => !isDeepStrictEqual(before?.[column], after?.[column]));
      return operation !== 'UPDATE' || differs ? [change] : [];
    });
  }

  changeIn(entry: Happened, field: string): Change | null {
    return this.changes(entry).find((change) => change.field === field) ?? null;
  }

  /** Changes of a row since it was last created, oldest first; with its deletion when it is gone. */
  life(table: TableName, key: string): Happened[] {
    const changes = this.entries.filter((entry) => entry.table === table && entry.key === key && entry.operation !== 'EVENT');
    return changes.slice(changes.findLastIndex(({ operation }) => operation === 'INSERT'));
  }

  /** The row as it is; of a deleted one as it was last. */
  lastImage(table: TableName, key: string): Row | null {
    const last = this.life(table, key).at(-1);
    return last?.after ?? last?.before ?? null;
  }

  /** The entry that gave a field the value it has. */
  writer(table: TableName, key: string, field: string): Happened | null {
    return this.life(table, key).findLast((entry) => entry.operation !== 'DELETE' && this.changeIn(entry, field)) ?? null;
  }

  changeCount(table: TableName, key: string, field: string): number {
    return this.life(table, key).filter((entry) => entry.operation === 'UPDATE' && this.changeIn(entry, field)).length;
  }

  /** Newest first. A new row's field without a value is no change. */
  changesOf(table: TableName, key: string, field: string): Happened[] {
    return this.life(table, key)
      .filter((entry) => {
        const change = entry.operation === 'DELETE' ? null : this.changeIn(entry, field);
        return change && !(entry.operation === 'INSERT' && change.after === null);
      })
      .reverse();
  }

  /** Own, else the oldest one added later, else the run's; with the entry that states it. */
  reason(entry: Happened): { text: string; code: string | null; reference: string | null; statedIn: Happened } | null {
    const own = ({ reason, code, reference }: Pick<Happened, 'reason' | 'code' | 'reference'>, statedIn: Happened) => {
      const text = reason ?? code;
      return text === null ? null : { text, code, reference, statedIn };
    };
    const added = this.entries.find(({ reasonFor }) => reasonFor === entry.serial);
    const run = entry.runId === null ? undefined : this.runs.get(entry.runId);
    return own(entry, entry) ?? (added ? own(added, added) : null) ?? (run ? own(run, this.entries[run.opening] as Happened) : null);
  }

  /** The cell that an entry copied a value of a field from, when it held that value right before. */
  copiedFrom(entry: Happened, field: string): Copied | null {
    const rule = copyRules.find((one) => one.of === entry.table && one.field === field);
    const spec = rule && fieldsOf(rule.from).find((one) => one.field === rule.source);
    const key = rule && entry.after?.[rule.through];
    if (!rule || !spec || key === null || key === undefined) return null;
    const earlier = new History();
    earlier.entries = this.entries.slice(0, entry.serial);
    const source = earlier.life(rule.from, String(key)).at(-1);
    const writer = earlier.writer(rule.from, String(key), rule.source);
    const copied = shown(spec, source?.after ?? null);
    const made = this.changeIn(entry, field)?.after ?? null;
    if (!writer || made === null || !isDeepStrictEqual(made, copied)) return null;
    return { of: rule.from, key: String(key), column: spec.column, value: copied, writer };
  }

  /** From the entry that wrote a value back, degree by degree: strongest first, then newest first. */
  causes(first: Happened, field: string | null): Cause[] {
    const steps: (FoundCause & { degree: number })[] = [{ entry: first, relation: 'WROTE_VALUE', field, degree: 0 }];
    let nearest = steps;
    for (let degree = 1; nearest.length > 0; degree++) {
      const found = new Map<number, FoundCause>();
      for (const cause of nearest.flatMap((step) => this.behind(step))) {
        const known = found.get(cause.entry.serial);
        if (steps.some(({ entry }) => entry.serial === cause.entry.serial)) continue;
        if (!known || strength(cause) < strength(known)) found.set(cause.entry.serial, cause);
      }
      nearest = [...found.values()]
        .sort((a, b) => strength(a) - strength(b) || b.entry.serial - a.entry.serial)
        .map((cause) => ({ ...cause, degree }));
      steps.push(...nearest);
    }
    return steps.map(({ entry, degree, relation }) => ({ serial: entry.serial, degree, relation }));
  }

  private behind({ entry, relation, field }: FoundCause): FoundCause[] {
    const link = (cause: Happened | undefined, name: string, copied: string | null = null): FoundCause[] =>
      cause ? [{ entry: cause, relation: name, field: copied }] : [];
    const run = entry.runId === null ? undefined : this.runs.get(entry.runId);
    const isSameRow = (other: Happened) => other.operation !== 'EVENT' && other.table === entry.table && other.key === entry.key;
    // What merely shared a transaction leads to no more of it; other changes of the same row are told as its own.
    const sharing = this.entries.filter((other) => other.tx === entry.tx && other.serial < entry.serial && !isSameRow(other));
    const written = entry.operation === 'INSERT' || entry.operation === 'UPDATE' ? this.changes(entry) : [];
    return [
      ...(entry.cause === null ? [] : link(this.entries[entry.cause], 'DECLARED')),
      ...(run && run.opening < entry.serial ? link(this.entries[run.opening], 'SAME_RUN') : []),
      ...(relation === 'SAME_TRANSACTION' ? [] : sharing.slice(-10).flatMap((other) => link(other, 'SAME_TRANSACTION'))),
      ...written.flatMap((change) => {
        const copied = field === null || field === change.field ? this.copiedFrom(entry, change.field) : null;
        return copied
          ? link(copied.writer, 'VALUE_COPIED', (copyRules.find((rule) => rule.of === entry.table) as { source: string }).source)
          : [];
      }),
    ];
  }
}

function strength({ relation }: { relation: string }): number {
  return strongestFirst.indexOf(relation);
}

export function fieldsOf(table: TableName): readonly FieldSpec[] {
  return (tables[table] as TableSpec).fields;
}

export function isDeclared(table: TableName, from: unknown, to: unknown): boolean {
  const { transitions } = tables[table] as TableSpec;
  return transitions === null || transitions.some(([one, other]) => one === from && other === to);
}

export function millisBetween(from: { at: string }, to: { at: string }): number {
  return Date.parse(to.at) - Date.parse(from.at);
}
