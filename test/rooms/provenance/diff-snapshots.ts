// What two snapshots of a history differ in, worked out from whole rows.
import { isDeepStrictEqual } from 'node:util';
import { fieldsOf, type Happened, type History } from './history-model.ts';
import { type FieldSpec, type Row, shown, type TableName } from './history-tables.ts';

/** Which entries lie at or before a point. */
export type Holds = (entry: Happened) => boolean;

export interface PromisedDiff {
  readonly kind: 'ADDED' | 'MODIFIED' | 'REMOVED';
  readonly changes: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
  readonly entries: readonly number[];
}

/** The newest change of a record that lies at or before a point, by its place among the record's changes; -1 before all. */
function stateAt(changes: readonly Happened[], holds: Holds): number {
  return changes.findLastIndex(holds);
}

/** What a record became from one point to another; null where it is the same. */
export function promisedDiff(history: History, table: TableName, key: string, from: Holds, to: Holds): PromisedDiff | null {
  const changes = history.entries.filter((one) => one.table === table && one.key === key && one.operation !== 'EVENT');
  const [a, b] = [stateAt(changes, from), stateAt(changes, to)];
  const [before, after] = [changes[a]?.after ?? null, changes[b]?.after ?? null];
  if (!before && !after) return null;
  const between = changes.slice(Math.min(a, b) + 1, Math.max(a, b) + 1);
  const kind = !before ? 'ADDED' : !after ? 'REMOVED' : 'MODIFIED';
  const told = fieldsOf(table).filter((spec) => kind !== 'MODIFIED' || differs(spec, before, after, between));
  if (told.length === 0) return null;
  return {
    kind,
    changes: told.map((spec) => ({ field: spec.field, before: shown(spec, before), after: shown(spec, after) })),
    entries: between.map(({ serial }) => serial),
  };
}

/** A mask hides whether a value came back: a change between is told. Whole rows (made anew) tell of none. */
function differs(spec: FieldSpec, before: Row | null, after: Row | null, between: readonly Happened[]): boolean {
  if (!isDeepStrictEqual(shown(spec, before), shown(spec, after))) return true;
  if (spec.shape !== 'masked' || shown(spec, before) === null) return false;
  const deletion = between.findIndex(({ operation }) => operation === 'DELETE');
  const creation = between.findLastIndex(({ operation }) => operation === 'INSERT');
  return between.some(
    (entry, place) =>
      entry.operation === 'UPDATE' &&
      !isDeepStrictEqual(entry.before?.[spec.column], entry.after?.[spec.column]) &&
      ((entry.before?.[spec.column] !== null && (deletion < 0 || place < deletion)) ||
        (entry.after?.[spec.column] !== null && place > creation)),
  );
}
