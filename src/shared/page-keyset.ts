import { type SQL, sql } from 'drizzle-orm';
import type { CursorScope, CursorValue } from './cursor.ts';

/** One column that a list can be ordered by. */
export interface SortColumn {
  /** Name in cursors; never shown. */
  readonly name: string;
  /** What is ordered, qualified: an output column of the same name would be sorted as text. */
  readonly sql: SQL;
  /** PostgreSQL type that the text of a cursor is cast to. */
  readonly type: 'bigint' | 'bytea' | 'integer' | 'numeric' | 'timestamptz' | 'text';
  readonly nullable?: boolean;
  /** Name of the column in the rows that hold the value as PostgreSQL prints it. */
  readonly rowColumn: string;
}

export type Direction = 'ASC' | 'DESC';

export interface SortTerm {
  readonly column: SortColumn;
  readonly direction: Direction;
}

/** Terms that no two rows share: what was asked for, without repeats, ties broken by `tieBreaker`. */
export function totalOrder(wanted: readonly SortTerm[], tieBreaker: SortTerm): SortTerm[] {
  const terms: SortTerm[] = [];
  for (const term of [...wanted, tieBreaker]) {
    if (!terms.some((earlier) => earlier.column.name === term.column.name)) terms.push(term);
  }
  const end = terms.findIndex((term) => term.column.name === tieBreaker.column.name);
  return terms.slice(0, end + 1); // nothing after a unique column can matter
}

/** The cursors of one list in one order. */
export function cursorScope(kind: string, order: readonly SortTerm[], version = 1): CursorScope {
  return { kind, version, order: order.map((term) => `${term.column.name}:${term.direction.toLowerCase()}`).join(',') };
}

/** The position of a row, as it goes into its cursor. */
export function positionOf(row: Record<string, unknown>, order: readonly SortTerm[]): CursorValue[] {
  return order.map(({ column }) => {
    const value = row[column.rowColumn];
    return value === null || value === undefined ? null : String(value);
  });
}

/**
 * `order by` terms. Nulls stand where PostgreSQL puts them by itself (last when ascending, first when descending), so that a plain
 * index serves both ways. Text is ordered by code point: the same on every installation, and after an upgrade of its C library.
 */
export function orderBy(order: readonly SortTerm[], backward = false): SQL {
  return sql.join(
    order.map(({ column, direction }) => (isAscending(direction, backward) ? sql`${keyOf(column)} asc` : sql`${keyOf(column)} desc`)),
    sql`, `,
  );
}

/** Rows strictly after the position in the given order; with `before`, strictly before it. */
export function beyond(order: readonly SortTerm[], position: readonly CursorValue[], side: 'after' | 'before'): SQL {
  const keys = order.map((term, index) => ({
    column: term.column,
    ascending: isAscending(term.direction, side === 'before'),
    value: position[index] ?? null,
  }));
  const first = keys[0];
  if (!first) throw new Error('An order needs at least one column.');
  if (keys.every((key) => !key.column.nullable && key.ascending === first.ascending)) {
    // A row comparison is one index condition.
    const columns = sql.join(
      keys.map((key) => keyOf(key.column)),
      sql`, `,
    );
    const values = sql.join(
      keys.map((key) => parameterOf(key)),
      sql`, `,
    );
    return first.ascending ? sql`(${columns}) > (${values})` : sql`(${columns}) < (${values})`;
  }
  const ways = keys.map((key, index) => {
    const tied = keys.slice(0, index).map(sameKey);
    return sql`(${sql.join([...tied, furtherKey(key)], sql` and `)})`;
  });
  return sql`(${notNearer(first)} and (${sql.join(ways, sql` or `)}))`;
}

interface Key {
  readonly column: SortColumn;
  readonly ascending: boolean;
  readonly value: CursorValue;
}

/** Null counts as greater than every value, as PostgreSQL sorts it. */
function furtherKey(key: Key): SQL {
  const column = keyOf(key.column);
  if (key.value === null) return key.ascending ? sql`false` : sql`${column} is not null`;
  if (!key.ascending) return sql`${column} < ${parameterOf(key)}`;
  return key.column.nullable ? sql`(${column} > ${parameterOf(key)} or ${column} is null)` : sql`${column} > ${parameterOf(key)}`;
}

function sameKey(key: Key): SQL {
  return key.value === null ? sql`${keyOf(key.column)} is null` : sql`${keyOf(key.column)} = ${parameterOf(key)}`;
}

/** Says nothing new, but gives the index of the first column a bound, which an `or` does not. */
function notNearer(key: Key): SQL {
  const column = keyOf(key.column);
  if (key.value === null) return key.ascending ? sql`${column} is null` : sql`true`;
  if (!key.ascending) return sql`${column} <= ${parameterOf(key)}`;
  return key.column.nullable ? sql`(${column} >= ${parameterOf(key)} or ${column} is null)` : sql`${column} >= ${parameterOf(key)}`;
}

function keyOf(column: SortColumn): SQL {
  return column.type === 'text' ? sql`${column.sql} collate "C"` : column.sql;
}

function parameterOf(key: Key): SQL {
  return sql`${key.value}::text::${sql.raw(key.column.type)}`;
}

function isAscending(direction: Direction, reversed: boolean): boolean {
  return (direction === 'ASC') !== reversed;
}
