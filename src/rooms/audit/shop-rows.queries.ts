import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import { getTableConfig, type PgColumn } from 'drizzle-orm/pg-core';
import { json } from '../../database/database.ts';
import { entries, positions } from '../../database/tables/audit.ts';
import type { ShopTable, Wanted } from '../commerce/moment.ts';
import type { FormerNames, Point } from './point.model.ts';
import { atOrBefore, endOf } from './point.queries.ts';

/** One table of the shop at one point. */
export interface TableAt {
  readonly tenant: string;
  readonly point: Point;
  readonly table: ShopTable;
  readonly tableKey: number;
  readonly formerNames: FormerNames | null;
}

const none = sql.raw(`'{}'::jsonb`);
const endless = sql.raw(`9223372036854775807`);
const references: readonly string[] = ['customer_id', 'order_id'];
const businessKeys: readonly string[] = ['sku', 'number', 'key'];

/**
 * The rows of a table as they were, for a FROM clause, under the table's own name.
 * @param fewChanges whether little changed since: what did not is then read from the table with its indexes.
 */
export function rowsAt(at: TableAt, wanted: Wanted, fewChanges: boolean): SQL {
  const name = sql.identifier(getTableConfig(at.table).name);
  if (wanted !== 'ALL')
    return sql`(${rebuilt(at, 'ids' in wanted ? sql`select unnest(${wanted.ids}) as id` : everHeld(at, wanted))}) ${name}`;
  if (!fewChanges) return sql`(${rebuilt(at, sql`select p.id from ${present(at)} union all ${goneSince(at)}`)}) ${name}`;
  const columns = sql.join(
    columnsOf(at).map((column) => sql`p.${column}`),
    sql`, `,
  );
  return sql`(select ${columns} from ${present(at)} and p.id not in (${changedSince(at)}) union all ${rebuilt(at, changedSince(at))}) ${name}`;
}

/** One row: how many records of the table changed since, at most `most`. */
export function changesSince(at: TableAt, most: number): SQL {
  return sql`/* audit.shop.changes */ select count(*) as count from (select from (${entriesSince(at)}) changed limit ${most}::int) few`;
}

/**
 * Rows by key. Per record: `l` is its newest entry at or before the point, `n` the next one. Without `n` the row is what it is now. Else it is
 * put together from the nearer end: from its creation `c` on by what its entries say came after, or back to the point by what they say was
 * before, from its deletion `d` or the present row. Index: entry_record, entry_deleted.
 */
function rebuilt(at: TableAt, keys: SQL): SQL {
  const { tenant, point, table, formerNames } = at;
  const { schema, name } = getTableConfig(table);
  const type = sql`${sql.identifier(schema ?? 'public')}.${sql.identifier(name)}`;
  const key = sql`k.id::text`;
  const entry = (order: 'asc' | 'desc', from: SQL, to: SQL, condition: SQL) => {
    const way = sql.raw(order);
    return sql`(select e.id, e.operation from ${entries} e where ${ofRecord(at, key, from, to)} and ${condition}
      order by e.record_key ${way}, e.id ${way} limit 1)`;
  };
  const shown = columnsOf(at).map((column) =>
    column.value === 'id' ? sql`k.id` : column.value === 'tenant' ? sql`${tenant}::text as tenant` : sql`t.${column}`,
  );
  const column = formerNames ? sql`coalesce(${json(formerNames)}::text::jsonb -> e.schema_version::text ->> v.key, v.key)` : sql`v.key`;
  return sql`select ${sql.join(shown, sql`, `)}
    from (${keys}) k
    left join ${type} p on p.tenant = ${tenant} and p.id = k.id
    left join lateral ${entry('desc', sql`0`, endOf(point), atOrBefore(tenant, point))} l on true
    left join lateral ${entry('asc', sql`coalesce(l.id, 0) + 1`, endless, sql`true`)} n on true
    left join lateral (select e.id from ${entries} e
       where ${needed} and e.tenant = ${tenant} and e.table_key = ${at.tableKey}::int and e.record_key = ${key} and e.operation = 'DELETE' and e.id >= n.id
       order by e.id limit 1) d on true
    left join lateral (select max(e.id) as id from ${entries} e
       where ${needed} and e.tenant = ${tenant} and e.table_key = ${at.tableKey}::int and e.record_key = ${key} and e.operation = 'DELETE' and e.id < l.id) o on true
    left join lateral ${entry('asc', sql`coalesce(o.id, 0) + 1`, sql`coalesce(l.id, 0)`, needed)} c on true
    left join lateral ${entry('desc', sql`0`, sql`coalesce(d.id, ${endless})`, needed)} z on true
    cross join lateral (select c.operation = 'INSERT' and (n.id is null or n.operation = 'INSERT' or l.id - c.id < z.id - l.id) is true as forward) w
    left join lateral (
      select jsonb_object_agg(${column}, v.value order by case when w.forward then e.id else -e.id end) as image
        from ${entries} e
       cross join lateral jsonb_each(case when w.forward then e.after || coalesce(e.personal_after, ${none}) else e.before || coalesce(e.personal_before, ${none}) end) v
       where ${needed} and ${ofRecord(at, key, sql`case when w.forward then c.id else n.id end`, sql`case when w.forward then l.id else coalesce(d.id, ${endless}) end`)}) m on true
    cross join lateral jsonb_populate_record(null::${type},
      case when not ${needed} then to_jsonb(p) else (case when w.forward or d.id is not null or p.id is null then ${none} else to_jsonb(p) end) || coalesce(m.image, ${none}) end) t
   where l.operation is distinct from 'DELETE' and not (l.id is null and n.operation is not distinct from 'INSERT') and coalesce(l.id, n.id, p.id) is not null`;
}

/** Something happened to the record after the point, or it is gone without a trace. */
const needed = sql.raw('(n.id is not null or p.id is null)');

/** Entries `e` of a record that change it, between two ids, ends included; compared as rows for the sake of busy records: see `stretchOf`. */
function ofRecord(at: TableAt, key: SQL, from: SQL, to: SQL): SQL {
  return sql`e.tenant = ${at.tenant} and e.table_key = ${at.tableKey}::int and (e.record_key, e.id) >= (${key}, ${from}) and (e.record_key, e.id) <= (${key}, ${to})
    and e.operation in ('INSERT', 'UPDATE', 'DELETE')`;
}

function present(at: TableAt): SQL {
  const { schema, name } = getTableConfig(at.table);
  return sql`${sql.identifier(schema ?? 'public')}.${sql.identifier(name)} p where p.tenant = ${at.tenant}`;
}

function columnsOf({ table }: TableAt) {
  return Object.values(getTableColumns(table)).map(({ name }) => sql.identifier(name));
}

/** Keys of rows that have, or once had, one of these values in a column. Indexes: entry_entity, entry_customer_id, entry_former_key and their like. */
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

/** Keys of rows that were there at the point, maybe, and are no more. Index: entry_deleted. */
function goneSince(at: TableAt): SQL {
  return sql`select e.record_key::bigint from (
      select distinct e.record_key from ${entries} e where e.tenant = ${at.tenant} and e.table_key = ${at.tableKey}::int and e.operation = 'DELETE') e
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
