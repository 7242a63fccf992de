import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import { getTableConfig, type PgColumn } from 'drizzle-orm/pg-core';
import { json } from '../../database/database.ts';
import { entries } from '../../database/tables/audit.ts';
import { isWhole, type ShopTable, type Wanted, type WholeTable } from '../commerce/moment.model.ts';
import { entriesAround, highestId } from './between-points.queries.ts';
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

/** The rows of a table as they were, for a FROM clause, under the table's own name; of a whole table behind `changesOfTable`. */
export function rowsAt(at: TableAt, wanted: Wanted): SQL {
  const name = sql.identifier(getTableConfig(at.table).name);
  if (isWhole(wanted)) return sql`(${wanted === 'KEYS' ? keysAtOnce(at) : allAtOnce(at, wanted)}) ${name}`;
  if (wanted === 'BY_ID' || wanted === 'BY_ID_DOWN') return sql`(${rebuilt(at, allInOrder(at, wanted))}) ${name}`;
  return sql`(${rebuilt(at, withPresent(at, 'ids' in wanted ? sql`select unnest(${wanted.ids})` : everHeld(at, wanted)))}) ${name}`;
}

/** With its schema, as the trail names it. */
export function nameOfTable(table: ShopTable): string {
  const { schema, name } = getTableConfig(table);
  return `${schema}.${name}`;
}

/** One row: how many records of the table changed since, at most `most`. */
export function changesSince(at: TableAt, most: number): SQL {
  return sql`/* audit.shop.changes */ select count(*) as count from (select from (${entriesSince(at, sql`e.id`)}) changed limit ${most}::int) few`;
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
     select audit.row_at(${tenant}, ${tableKey}::int, k.id::text, ${rowOf(at)}, ${names}::text::jsonb, k.present, ${unplacedDeletions(at)}) as image offset 0) a
   cross join lateral jsonb_populate_record(null::${relation(at)}, a.image) t
   where a.image is not null`;
}

/**
 * What became of the rows of a table since, as `since` (its changes) and `changed` (id, kind): a row that was only updated, one that was made, one
 * that ended, or another, whose story is longer.
 */
export function changesOfTable(at: TableAt, wanted: WholeTable): SQL {
  const { tenant, tableKey } = at;
  const only = (operation: string) => sql`filter (where not s.is_before and s.operation = ${sql.raw(`'${operation}'`)})`;
  const after = sql`filter (where not s.is_before)`;
  const former = wanted === 'KEYS' ? sql`` : sql`, e.schema_version, e.before || coalesce(e.personal_before, '{}') as before`;
  return sql`with since as materialized (${entriesSince(at, sql`e.record_key, e.id, e.operation${former}`)}),
    changed as materialized (
      select c.record_key::bigint as id, case
          when not c.is_plain or ended.oldest < c.first_id or ended.newest is distinct from coalesce(c.ended_by, ended.newest) or ended.oldest < ended.newest then 'OTHER'
          when c.updates = c.changes then 'UPDATED'
          when c.updates < c.changes - 1 then 'OTHER'
          when c.ended_by = c.last_id then 'ENDED'
          when c.made_by is distinct from c.first_id or exists (
            select from ${entries} x where x.tenant = ${tenant} and x.table_key = ${tableKey}::int and x.record_key = c.record_key and x.id < c.first_id) then 'OTHER'
          else 'MADE' end as kind
        from (
          select s.record_key, min(s.id) ${after} as first_id, max(s.id) ${after} as last_id, count(*) ${after} as changes, count(*) ${only('UPDATE')} as updates,
                 min(s.id) ${only('INSERT')} as made_by, max(s.id) ${only('DELETE')} as ended_by,
                 bool_and(s.is_sure and (s.operation <> 'DELETE' or not s.is_before)) and min(s.id) ${after} > coalesce(max(s.id) filter (where s.is_before), 0) as is_plain
            from since s group by 1 having bool_or(not s.is_before)) c
        left join (
          select d.record_key, min(d.entry_id) as oldest, max(d.entry_id) as newest from audit.deletion d
           where d.tenant = ${tenant} and d.table_key = ${tableKey}::int group by 1) ended using (record_key))`;
}

/**
 * Every row, when the whole table is asked. What did not change since is as it is now. A row that was only updated since is what its changes say was
 * before, oldest first, and else as it is, and so is one that ended; one that was made since was not there. The few that are neither are worked out one by one.
 */
function allAtOnce(at: TableAt, wanted: WholeTable): SQL {
  const name = sql.identifier(getTableConfig(at.table).name);
  const order = typeof wanted === 'object' ? sql` order by ${wanted.inOrder}` : sql``;
  const columns = (alias: SQL) =>
    sql.join(
      columnsOf(at).map((column) => sql`${alias}.${column}`),
      sql`, `,
    );
  const names = sql`${at.formerNames ? json(at.formerNames) : null}::text::jsonb`;
  return sql`(select ${columns(sql`${name}`)} from ${relation(at)} ${name}
        where ${name}.tenant = ${at.tenant} and ${name}.id not in (select id from changed)${order})
    union all
    select ${columns(sql`t`)} from (
        select s.record_key::bigint as id, jsonb_object_agg(coalesce(${names} -> s.schema_version::text ->> v.key, v.key), v.value order by s.id desc) as former
          from since s cross join lateral jsonb_each(s.before) v where not s.is_before and s.record_key::bigint in (select id from changed where kind in ('UPDATED', 'ENDED')) group by 1) c
      left join ${relation(at)} p on p.tenant = ${at.tenant} and p.id = c.id
     cross join lateral jsonb_populate_record(p, c.former) t
    union all ${rebuilt(at, withPresent(at, others))}`;
}

/** The keys of the same rows. */
function keysAtOnce(at: TableAt): SQL {
  return sql`select p.tenant, p.id from ${present(at)} and p.id not in (select id from changed where kind <> 'UPDATED')
    union all select ${at.tenant}::text, id from changed where kind = 'ENDED'
    union all select k.tenant, k.id from (${rebuilt(at, withPresent(at, others))}) k`;
}

const others = sql`select id from changed where kind = 'OTHER'`;

function rowOf({ tenant, point }: TableAt): SQL {
  const { kind } = point;
  if (kind === 'LOG')
    return sql`row('LOG', null, null, null, ${point.sequence}::text::bigint, ${point.highestId}::text::bigint)::audit.point`;
  const at = kind === 'CAPTURE' ? null : point.timestamp;
  return sql`row(${sql.raw(`'${kind}'`)}, ${at}::text::timestamptz, ${point.pin.snapshot}::text::pg_snapshot, ${point.pin.epoch}::text::int, null, ${highestId(tenant, point)})::audit.point`;
}

/** Every row that is, or was, by key. The legs have an order of their own, so that they are merged and not sorted. */
function allInOrder(at: TableAt, order: 'BY_ID' | 'BY_ID_DOWN'): SQL {
  const way = sql.raw(order === 'BY_ID' ? 'asc' : 'desc');
  return sql`(select p.id, to_jsonb(p) as present from ${present(at)} order by p.id ${way})
    union all ${goneSince(at, way)}`;
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
  return sql`select distinct e.record_key::bigint as id from (${entriesSince(at, sql`e.record_key`)}) e where not e.is_before`;
}

/** Keys of rows that were there at the point, maybe, and are no more: those whose deletion has a position come in order. Index: deletion_row. */
function goneSince(at: TableAt, way: SQL): SQL {
  const { tenant, tableKey } = at;
  const ofTable = sql`d.tenant = ${tenant} and d.table_key = ${tableKey}::int`;
  return sql`(select gone.id, null::jsonb as present from (select distinct d.row_id as id from audit.deletion d where ${ofTable} and d.row_id is not null) gone
        where not exists (select from ${present(at)} and p.id = gone.id) order by gone.id ${way})
    union all select distinct e.record_key::bigint, null::jsonb from unnest(${unplacedDeletions(at)}) u join ${entries} e on e.tenant = ${tenant} and e.id = u
        where not exists (select from ${present(at)} and p.id = e.record_key::bigint)
          and not exists (select from audit.deletion d where ${ofTable} and d.record_key = e.record_key)`;
}

/** Ids of deletions that no position has made known yet. */
function unplacedDeletions({ tenant, tableKey }: TableAt): SQL {
  return sql`array(select e.id from audit.uncounted(${tenant}, 2147483647) u join ${entries} e on e.tenant = ${tenant} and e.id = u
      where e.table_key = ${tableKey}::int and e.operation = 'DELETE')`;
}

/** The changes `e` of the table since the point, with those around. */
function entriesSince({ tenant, point, tableKey }: TableAt, columns: SQL): SQL {
  const changes = sql`e.table_key = ${tableKey}::int and e.operation in ('INSERT', 'UPDATE', 'DELETE')`;
  return entriesAround(tenant, point, null, changes, columns) ?? sql``;
}
