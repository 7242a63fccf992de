import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import { getTableConfig, type PgColumn } from 'drizzle-orm/pg-core';
import { json } from '../../database/database.ts';
import { entries, positions } from '../../database/tables/audit.ts';
import type { ShopTable, Wanted } from '../commerce/moment.model.ts';
import type { FormerNames, Point } from './point.model.ts';

/** One table of the shop at one point. */
export interface TableAt {
  readonly tenant: string;
  readonly point: Point;
  readonly table: ShopTable;
  readonly tableKey: number;
  readonly formerNames: FormerNames | null;
}

const references: readonly string[] = ['customer_id', 'order_id'];
const businessKeys: readonly string[] = ['sku', 'number', 'key'];

/** The rows of a table as they were, for a FROM clause, under the table's own name. Of all rows those that did not change since are as they are. */
export function rowsAt(at: TableAt, wanted: Wanted): SQL {
  const name = sql.identifier(getTableConfig(at.table).name);
  if (wanted === 'BY_ID' || wanted === 'BY_ID_DOWN') return sql`(${rebuilt(at, allInOrder(at, wanted))}) ${name}`;
  if (wanted !== 'ALL')
    return sql`(${rebuilt(at, withPresent(at, 'ids' in wanted ? sql`select unnest(${wanted.ids})` : everHeld(at, wanted)))}) ${name}`;
  const columns = sql.join(
    columnsOf(at).map((column) => sql`p.${column}`),
    sql`, `,
  );
  return sql`(select ${columns} from ${present(at)} and p.id not in (${changedSince(at)}) union all ${rebuilt(at, withPresent(at, changedSince(at)))}) ${name}`;
}

/** With its schema, as the trail names it. */
export function nameOfTable(table: ShopTable): string {
  const { schema, name } = getTableConfig(table);
  return `${schema}.${name}`;
}

/** One row: how many records of the table changed since, at most `most`. */
export function changesSince(at: TableAt, most: number): SQL {
  return sql`/* audit.shop.changes */ select count(*) as count from (select from (${entriesSince(at)}) changed limit ${most}::int) few`;
}

/** Rows, from (id, present): each is worked out by `audit.row_at`, so that a page works out no more rows than it looks at. */
function rebuilt(at: TableAt, rows: SQL): SQL {
  const { tenant, tableKey, formerNames } = at;
  const shown = columnsOf(at).map((column) =>
    column.value === 'id' ? sql`k.id` : column.value === 'tenant' ? sql`${tenant}::text as tenant` : sql`t.${column}`,
  );
  const names = formerNames ? json(formerNames) : null;
  return sql`select ${sql.join(shown, sql`, `)} from (${rows}) k
   cross join lateral (
     select audit.row_at(${tenant}, ${tableKey}::int, k.id::text, ${rowOf(at.point)}, ${names}::text::jsonb, k.present) as image offset 0) a
   cross join lateral jsonb_populate_record(null::${relation(at)}, a.image) t
   where a.image is not null`;
}

function rowOf(point: Point): SQL {
  const { kind } = point;
  if (kind === 'LOG')
    return sql`row('LOG', null, null, null, ${point.sequence}::text::bigint, ${point.highestId}::text::bigint)::audit.point`;
  const [at, highest] = kind === 'CAPTURE' ? [null, point.entryId] : [point.timestamp, null];
  return sql`row(${sql.raw(`'${kind}'`)}, ${at}::text::timestamptz, ${point.pin.snapshot}::text::pg_snapshot, ${point.pin.epoch}::text::int, null, ${highest}::text::bigint)::audit.point`;
}

/** Every row that is, or was, by key. The legs have an order of their own, so that they are merged and not sorted. */
function allInOrder(at: TableAt, order: 'BY_ID' | 'BY_ID_DOWN'): SQL {
  const way = sql.raw(order === 'BY_ID' ? 'asc' : 'desc');
  return sql`(select p.id, to_jsonb(p) as present from ${present(at)} order by p.id ${way})
    union all (select gone.id, null from (${goneSince(at)}) gone (id) order by gone.id ${way})`;
}

/** Keys with the rows as they are now. */
function withPresent(at: TableAt, keys: SQL): SQL {
  return sql`select k.id, to_jsonb(p) as present from (${keys}) k (id) left join ${relation(at)} p on p.tenant = ${at.tenant} and p.id = k.id`;
}

function relation({ table }: TableAt): SQL {
  const { schema, name } = getTableConfig(table);
  return sql`${sql.identifier(schema ?? 'public')}.${sql.identifier(name)}`;
}

function present(at: TableAt): SQL {
  return sql`${relation(at)} p where p.tenant = ${at.tenant}`;
}

function columnsOf({ table }: TableAt) {
  return Object.values(getTableColumns(table)).map(({ name }) => sql.identifier(name));
}

/** Keys of rows that have, or once had, one of these values in a column. Index: entry_value_found. */
function everHeld(at: TableAt, { column, values }: { column: PgColumn; values: SQL }): SQL {
  const { tenant, tableKey } = at;
  const now = sql`select p.id from ${present(at)} and p.${sql.identifier(column.name)} = any(${values})`;
  const once = sql`select f.record_key::bigint from audit.former_value f
    where f.tenant = ${tenant} and f.table_key = ${tableKey}::int and f.column_name = ${sql.raw(`'${column.name}'`)} and f.value = any((${values})::text[])`;
  if (references.includes(column.name)) {
    return sql`${now} union ${once} union select e.record_key::bigint from audit.stated_reference s join ${entries} e on e.tenant = s.tenant and e.id = s.id
      where s.tenant = ${tenant} and s.table_key = ${tableKey}::int and s.column_name = ${sql.raw(`'${column.name}'`)} and s.refers_to = any((${values})::text[])`;
  }
  if (businessKeys.includes(column.name)) {
    return sql`${now} union ${once} union select e.record_key::bigint from ${entries} e
      where e.tenant = ${tenant} and e.table_key = ${tableKey}::int and e.entity_key = any(${values}) and e.record_key is not null`;
  }
  return sql`${now} union ${changedSince(at)}`;
}

/** Keys of rows that changed after the point; it may name some that did not. */
function changedSince(at: TableAt): SQL {
  return sql`select distinct e.record_key::bigint as id from (${entriesSince(at)}) e`;
}

/** Keys of rows that were there at the point, maybe, and are no more. */
function goneSince(at: TableAt): SQL {
  return sql`select e.record_key::bigint from (
      select distinct d.record_key from audit.deleted_record d where d.tenant = ${at.tenant} and d.table_key = ${at.tableKey}::int) e
    where not exists (select from ${present(at)} and p.id = e.record_key::bigint)`;
}

/** Entries of the table that lie after the point, those that were not yet committed when it was asked for included. */
function entriesSince({ tenant, point, tableKey }: TableAt): SQL {
  const ofTable = sql`e.tenant = ${tenant} and e.table_key = ${tableKey}::int and e.operation in ('INSERT', 'UPDATE', 'DELETE')`;
  if (point.kind === 'LOG') {
    return sql`select e.record_key from ${positions} s join ${entries} e on e.tenant = s.tenant and e.id = s.entry_id
        where s.tenant = ${tenant} and s.sequence > ${point.sequence}::text::bigint and ${ofTable}
      union all select e.record_key from audit.uncounted(${tenant}, 2147483647) u join ${entries} e on e.id = u where ${ofTable}`;
  }
  const later = {
    RECORDED: sql`e.recorded_at > ${point.timestamp}::text::timestamptz`,
    OCCURRED: sql`e.occurred_at > ${point.timestamp}::text::timestamptz`,
    CAPTURE: sql`e.id > ${'entryId' in point ? point.entryId : '0'}::text::bigint`,
  }[point.kind];
  return sql`select e.record_key from ${entries} e
    where ${ofTable} and (${later} or e.xid >= pg_snapshot_xmin(${point.pin.snapshot}::text::pg_snapshot))`;
}
