// What a logical backup reads.
import { type SQL, sql } from 'drizzle-orm';
import type { Row } from '../../database/database.ts';
import type { BundleScope } from './bundle.queries.ts';

/** A table as a backup writes it. Names are quoted. */
export interface BackupTable extends Row {
  readonly name: string;
  /** Made by migrations; else tracked, and made again by the backup. */
  readonly is_ours: boolean;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly is_required: boolean }[];
  /** Of the primary key, in its order; empty: this table cannot be read page by page, and is left out. */
  readonly key: readonly { readonly name: string; readonly type: string; readonly nth: number }[];
  /** Column of the tenant; null: rows of all. */
  readonly tenant_column: string | null;
  /** Whose the whole table is; null: it has such a column, or is nobody's. */
  readonly only_tenant: string | null;
  readonly is_readable: boolean;
  /** Column whose numbers the database gives. */
  readonly identity: string | null;
}

// Secrets, keys of callers, what is worked out of entries again, and what is empty between transactions.
const leftOut = sql`'audit.setting', 'audit.actor_secret', 'audit.feed_tick', 'audit.feed_batch', 'audit.feed_head', 'audit.position', 'audit.rollup',
  'audit.execution_placed', 'audit.execution_head', 'audit.execution_position', 'audit.execution_counted', 'audit.execution_rollup', 'audit.health_state',
  'audit.clock_day', 'audit.clock_span', 'audit.entry_value', 'audit.entry_word', 'audit.deletion', 'audit.kept_row',
  'audit.later_entry'`;

/** Rows as above, ours first. Generated columns are no part of it; a type that is not built in is text. */
export function backupTables({ isOwner }: BundleScope): SQL {
  return sql`/* backup.tables */
    select format('%I.%I', n.nspname, c.relname) as name, t.table_key is null or n.nspname = 'commerce' as is_ours, columns.list as columns,
        coalesce((select jsonb_agg(jsonb_build_object('name', format('%I', a.attname), 'type', format_type(a.atttypid, a.atttypmod), 'nth', a.nth - 1) order by k.nth)
          from pg_index i cross join lateral unnest(i.indkey) with ordinality k (attnum, nth)
          join (select *, row_number() over (order by attnum) as nth from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '') a
            on a.attnum = k.attnum where i.indrelid = c.oid and i.indisprimary), '[]') as key,
        coalesce(case when t.tenant_column is not null then format('%I', t.tenant_column) end,
          (select format('%I', attname) from pg_attribute where attrelid = c.oid and attname in ('tenant', 'tenant_hk') and not attisdropped)) as tenant_column,
        t.tenant as only_tenant,
        has_schema_privilege(n.oid, 'usage') and (has_table_privilege(c.oid, 'select') or c.oid = 'audit.entry'::regclass)
          and (${isOwner}::boolean or c.relrowsecurity) as is_readable,
        (select format('%I', attname) from pg_attribute where attrelid = c.oid and attidentity <> '' limit 1) as identity
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      left join audit.tracked_table t on t.untracked_at is null and t.schema_name = n.nspname and t.relation_name = c.relname
      cross join lateral (select jsonb_agg(jsonb_build_object('name', format('%I', a.attname), 'is_required', a.attnotnull,
          'type', case when y.oid < 16384 then format_type(a.atttypid, a.atttypmod) when y.typcategory = 'A' then 'text[]' else 'text' end) order by a.attnum) as list
        from pg_attribute a join pg_type y on y.oid = a.atttypid where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
          and (${isOwner}::boolean or c.oid <> 'audit.entry'::regclass or a.attname in (select attname from pg_attribute where attrelid = 'audit.shown_entry'::regclass))) columns
     where c.relkind in ('r', 'p') and not c.relispartition and (t.table_key is not null
        or n.nspname in ('audit', 'script_tracking', 'commerce', 'sources')) and n.nspname || '.' || c.relname not in (${leftOut})
     order by 2 desc, 1`;
}

/** Rows (cells): every column as PostgreSQL prints it, in the order of the primary key, behind a key. */
export function backupPage(table: BackupTable, scope: BundleScope, after: readonly (string | null)[] | null, limit: number): SQL {
  const { columns, key } = table;
  const list = (parts: SQL[]) => sql.join(parts, sql`, `);
  const keys = list(key.map(({ name }) => sql.raw(name)));
  const behind = after
    ? sql`(${keys}) > (${list(key.map(({ type, nth }) => sql`${after[nth] ?? null}::text::${sql.raw(type)}`))})`
    : sql`true`;
  const from = sql.raw(!scope.isOwner && table.name === 'audit.entry' ? 'audit.shown_entry' : table.name);
  return sql`/* backup.rows */ select jsonb_build_array(${list(columns.map(({ name }) => sql`${sql.raw(name)}::text`))}) as cells
    from ${from} where ${ofTenant(table, scope)} and ${behind} order by ${keys} limit ${limit}`;
}

export function backupCount(table: BackupTable, scope: BundleScope): SQL {
  const from = sql.raw(!scope.isOwner && table.name === 'audit.entry' ? 'audit.shown_entry' : table.name);
  return sql`/* backup.count */ select count(*) as count from ${from} where ${ofTenant(table, scope)}`;
}

/** The catalogue of tracked tables also holds those of nobody in particular. */
function ofTenant({ name, tenant_column }: BackupTable, { tenant }: BundleScope): SQL {
  if (tenant === null || tenant_column === null) return sql`true`;
  const column = sql.raw(tenant_column);
  if (tenant_column === 'tenant_hk') return sql`${column} = script_tracking.tenant_key(${tenant})`;
  return name === 'audit.tracked_table' ? sql`(${column} is null or ${column} = ${tenant})` : sql`${column}::text = ${tenant}`;
}

/** One row: the newest id of the trail, and the number of the newest migration. */
export function backupFacts({ isOwner }: BundleScope): SQL {
  return sql`/* backup.facts */ select coalesce((select max(id) from ${isOwner ? sql`audit.entry` : sql`audit.shown_entry`}), 0) as newest,
    (select max(number) from whence.migration)::int as migration`;
}

/** One row: what is in the way of a restore. */
export const notEmpty: SQL = sql`/* restore.empty */ select (select count(*) from audit.entry) as entries, (select count(*) from commerce.products) as products,
  (select count(*) from audit.tracked_table where schema_name <> 'commerce') as tables`;
