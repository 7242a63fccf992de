// What a debug bundle holds; asked by the owner, over all tenants or one.
import { type SQL, sql } from 'drizzle-orm';

/** Newest first, before an id; tenant null: of all. Personal columns of rows are no part of it, those that became so later are masked. */
export function entryPage(tenant: string | null, before: string | null, limit: number): SQL {
  return sql`/* bundle.entries */ select e.id, audit.instant(e.occurred_at) as "timestamp", coalesce(e.operation_name, e.operation) as operation,
      coalesce(e.entity_key, e.record_key) as sku, coalesce(e.details ->> 'text', nullif(concat_ws(' -> ', ${image('before')}, ${image('after')}), ''), e.details::text) as details,
      coalesce(e.actor, e.db_user) as "user", e.run_id, e.tenant
    from audit.entry e where ${ofTenant(tenant)} and (${before}::text is null or e.id < ${before}::text::bigint) order by e.id desc limit ${limit}`;
}

export function entryCount(tenant: string | null): SQL {
  return sql`/* bundle.count */ select count(*) as count from audit.entry e where ${ofTenant(tenant)}`;
}

/** The image without what has become personal since. */
function image(name: 'before' | 'after'): SQL {
  return sql.raw(
    `coalesce((select audit.masked(e.${name}, t.personal_columns) from audit.tracked_table t where t.table_key = e.table_key), e.${name})`,
  );
}

function ofTenant(tenant: string | null): SQL {
  return tenant === null ? sql`true` : sql`e.tenant = ${tenant}`;
}

/** Rows (name): tables of ours, and those that are tracked; partitions are counted with their parents. */
export const tableNames: SQL = sql`/* bundle.tables */ select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p') and not c.relispartition and (n.nspname in ('audit', 'script_tracking', 'access', 'commerce', 'whence')
      or exists (select from audit.tracked_table t where t.untracked_at is null and t.schema_name = n.nspname and t.relation_name = c.relname)) order by 1`;

/** @param quotedName as `tableNames` gives it. */
export function rowCount(quotedName: string): SQL {
  return sql`/* bundle.rows */ select count(*) as count from ${sql.raw(quotedName)}`;
}

/** Rows (name, table_name, bytes, scans). */
export const indexFacts: SQL = sql`/* bundle.indexes */ select schemaname || '.' || indexrelname as name, schemaname || '.' || relname as table_name,
  pg_relation_size(indexrelid)::float8 as bytes, idx_scan::float8 as scans from pg_stat_user_indexes
  where schemaname in ('audit', 'script_tracking', 'access', 'commerce') order by 1`;

/** One row: version of the server, size of the database, number of the newest migration, name of the database. */
export const databaseFacts: SQL = sql`/* bundle.database */ select version() as version, pg_database_size(current_database())::float8 as bytes,
  current_database()::text as name, (select max(number) from whence.migration) as migration`;
