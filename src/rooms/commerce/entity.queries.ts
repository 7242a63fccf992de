import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import { getTableConfig, PgArray, type PgColumn } from 'drizzle-orm/pg-core';
import { type Row, textArray } from '../../database/database.ts';
import { personalColumns } from '../../database/tables/commerce.ts';
import { DomainError } from '../../shared/errors.ts';
import type { OrderTerm } from '../../shared/filter.input.ts';
import { compileFilter, type FilterFields, type FilterTree } from '../../shared/filter.ts';
import { mask } from '../../shared/mask.ts';
import type { PageRequest } from '../../shared/page.ts';
import { orderBy, type SortColumn, type SortTerm, totalOrder } from '../../shared/page-keyset.ts';
import type { PagedList } from '../../shared/page-read.ts';
import { isWhole, type Moment, type ShopTable, type Wanted } from './moment.model.ts';
import { namedFor, rowsOf } from './moment.queries.ts';

/** How one kind of entity is read. */
export interface EntityTable<T> {
  readonly table: ShopTable;
  readonly toRecord: (row: Row) => T;
}

/** A kind of entity that callers list: what they may filter and order by. */
export interface EntityList<T, F extends FilterTree<F>, O extends string> extends EntityTable<T> {
  readonly filters: FilterFields<F>;
  readonly sorts: Readonly<Record<O, SortColumn>>;
}

/** What a caller may say about a list. */
export interface ListRequest<F, O extends string> {
  readonly filter?: F | null;
  readonly orderBy?: readonly OrderTerm<O>[] | null;
}

/** The rows of one tenant that fit a filter, in the order asked for; by id when none is. Ties are broken by id, in the last direction. */
export function entityList<T, F extends FilterTree<F>, O extends string>(
  entity: EntityList<T, F, O>,
  tenant: string,
  request: ListRequest<F, O> & PageRequest,
  moment: Moment | null,
  wantedAt: Wanted = 'ALL',
): PagedList<T> {
  const { table } = entity;
  const wanted = (request.orderBy ?? []).map(({ field, direction }) => ({ column: entity.sorts[field], direction }));
  const order = namedOrder(moment, totalOrder(wanted, { column: idOf(table), direction: wanted.at(-1)?.direction ?? 'ASC' }));
  return {
    name: nameOf(entity),
    ...readFrom(moment, table, wantedAt === 'ALL' ? { inOrder: orderBy(order, typeof request.last === 'number') } : wantedAt),
    columns: namedFor(moment, columnsOf(table)),
    counted: readFrom(moment, table, isFiltered(request) ? 'ALL' : 'KEYS'),
    where: namedFor(moment, sql`${table.tenant} = ${tenant} and ${compileFilter(request.filter, entity.filters)}`),
    order,
    toRecord: entity.toRecord,
  };
}

/** What a page of a list looks at: in order of ids no more rows than it shows, unless many may not fit. */
export async function wantedBy(
  { filter, orderBy: terms, last }: ListRequest<object, string> & PageRequest,
  table: ShopTable,
  moment: Moment | null,
): Promise<Wanted> {
  if (!moment || (terms ?? []).length > 0) return 'ALL';
  if (isFiltered({ filter }) && (await moment.hasFewChanges(table))) return 'ALL';
  return typeof last === 'number' ? 'BY_ID_DOWN' : 'BY_ID';
}

function isFiltered({ filter }: ListRequest<object, string>): boolean {
  return filter != null && Object.keys(filter).length > 0;
}

function readFrom(moment: Moment | null, table: ShopTable, wanted: Wanted): Pick<PagedList<unknown>, 'with' | 'from'> {
  const from = rowsOf(moment, table, wanted);
  return moment && isWhole(wanted) ? { with: moment.with(table, wanted), from } : { from };
}

/** Rows of one tenant with these ids, in no order. */
export function entitiesById<T>(entity: EntityTable<T>, tenant: string, ids: readonly string[], moment: Moment | null): SQL {
  const { table } = entity;
  const wanted = sql`${textArray(ids)}::text::bigint[]`;
  const rows = rowsOf(moment, table, { ids: wanted });
  return namedFor(
    moment,
    sql`${comment(entity, 'byId')} select ${columnsOf(table)} from ${rows} where ${table.tenant} = ${tenant} and ${table.id} = any(${wanted})`,
  );
}

/** Rows of one tenant by a text column, one for each value: the oldest when the column is not unique. */
export function entitiesBy<T>(
  entity: EntityTable<T>,
  tenant: string,
  column: PgColumn,
  values: readonly string[],
  moment: Moment | null,
): SQL {
  const { table } = entity;
  const wanted = sql`${textArray(values)}::text::text[]`;
  const rows = rowsOf(moment, table, { column, values: wanted });
  return namedFor(
    moment,
    sql`${comment(entity, `by_${column.name}`)} select distinct on (${column}) ${columnsOf(table)} from ${rows} where ${table.tenant} = ${tenant} and ${column} = any(${wanted}) order by ${column}, ${table.id}`,
  );
}

/**
 * Named columns, without the tenant: it is known, and answers never hold it. Arrays go as JSON, which both drivers read alike; personal
 * values are masked for who may not see them, as in the trail.
 */
export function columnsOf(table: ShopTable): SQL {
  const columns = Object.values(getTableColumns(table)).filter((column) => column !== table.tenant);
  const shown = (column: PgColumn) => {
    const name = sql.identifier(column.name);
    if (column instanceof PgArray) return sql`to_jsonb(${column}) as ${name}`;
    return personalColumns.has(column)
      ? sql`case when ${column} is null or audit.sees_personal() then ${column} else ${mask}::text end as ${name}`
      : sql`${column}`;
  };
  return sql.join(columns.map(shown), sql`, `);
}

/** The terms of an order, as statements for a moment spell them. */
export function namedOrder(moment: Moment | null, order: readonly SortTerm[]): SortTerm[] {
  return order.map((term) => ({ ...term, column: { ...term.column, sql: namedFor(moment, term.column.sql) } }));
}

/**
 * A row that history gave.
 * @throws DomainError `HISTORY_UNAVAILABLE` when it lacks a column that every entity of the kind has.
 */
export function requireWhole(table: ShopTable, row: Row): Row {
  for (const column of Object.values(getTableColumns(table))) {
    if (column === table.tenant || !column.notNull || (row[column.name] ?? null) !== null) continue;
    throw new DomainError('HISTORY_UNAVAILABLE', `The log does not hold the column ${column.name} of this version.`, {
      column: column.name,
    });
  }
  return row;
}

/** Name of the statements about an entity and kind of its cursors, e.g. `commerce.products`. */
function nameOf<T>(entity: EntityTable<T>): string {
  const { schema, name } = getTableConfig(entity.table);
  return `${schema}.${name}`;
}

export function comment<T>(entity: EntityTable<T>, part: string): SQL {
  return sql.raw(`/* ${nameOf(entity)}.${part} */`);
}

/** The tie breaker of every order. */
export function idOf(table: ShopTable): SortColumn {
  return { name: 'id', sql: sql`${table.id}`, type: 'bigint', rowColumn: 'id' };
}

/** An order by one column; null where the column allows it. */
export function sortBy(column: PgColumn, type: SortColumn['type']): SortColumn {
  return { name: column.name, sql: sql`${column}`, type, nullable: !column.notNull, rowColumn: column.name };
}
