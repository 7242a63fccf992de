// What a debug bundle counts and quotes: asked by the owner, over all tenants or one, or by the server for one tenant.
import { type SQL, sql } from 'drizzle-orm';

/** Whose rows a bundle holds, and by whose rights they are read. */
export interface BundleScope {
  /** Null: of all. */
  readonly tenant: string | null;
  /** Whether the owner reads, whom row level security does not hold; else it is the server, for one tenant. */
  readonly isOwner: boolean;
}

export const beginSnapshot: SQL = sql`/* bundle.snapshot */ set transaction isolation level repeatable read, read only`;

/** Newest first, from an id down. Personal columns of rows are no part of it, those that became so later are masked. */
export function entryPage(scope: BundleScope, newest: string, limit: number): SQL {
  return sql`/* bundle.entries */ select e.id, audit.instant(e.occurred_at) as "timestamp", coalesce(e.operation_name, e.operation) as operation,
      coalesce(e.entity_key, e.record_key) as sku, coalesce(e.details ->> 'text', nullif(concat_ws(' -> ', ${image('before')}, ${image('after')}), ''), e.details::text) as details,
      coalesce(e.actor, e.db_user) as "user", e.run_id, e.tenant
    from ${entriesOf(scope)} e where ${ofTenant(scope)} and e.id <= ${newest}::text::bigint order by e.id desc limit ${limit}`;
}

/** What happened before an instant, oldest first behind an id. Personal columns of rows are no part of it, so that what is erased here is not kept there. */
export function archivePage(scope: BundleScope, last: string, before: string, limit: number): SQL {
  return sql`/* bundle.archive */ select e.id, audit.instant(e.occurred_at) as "timestamp", coalesce(e.operation_name, e.operation) as operation,
      coalesce(e.entity_key, e.record_key) as sku, coalesce(e.details ->> 'text', e.details::text) as details, coalesce(e.actor, e.db_user) as "user", e.run_id, e.tenant,
      audit.instant(e.recorded_at) as recorded_at, e.operation::text as kind, t.table_name as "table", e.record_key, (${image('before')})::text as before, (${image('after')})::text as after, e.reason,
      e.reason_code, e.reference, e.application, e.db_user as database_user, host(e.client_ip) as client_ip, e.request_id
    from ${entriesOf(scope)} e left join audit.tracked_table t on t.table_key = e.table_key
   where ${ofTenant(scope)} and e.id > ${last}::text::bigint and e.occurred_at < ${before}::text::timestamptz order by e.id limit ${limit}`;
}

/** One row (count). */
export function archiveCount(scope: BundleScope, before: string): SQL {
  return sql`/* bundle.archive.count */ select count(*) as count from ${entriesOf(scope)} e where ${ofTenant(scope)} and e.occurred_at < ${before}::text::timestamptz`;
}

/** One row (newest, count): the id up to which a bundle counts and writes, so that both tell of the same entries. */
export function entryCount(scope: BundleScope): SQL {
  return sql`/* bundle.count */ select coalesce(max(e.id), 0) as newest, count(*) as count from ${entriesOf(scope)} e where ${ofTenant(scope)}`;
}

/** The image without what has become personal since. */
function image(name: 'before' | 'after'): SQL {
  return sql.raw(
    `coalesce((select audit.masked(e.${name}, t.personal_columns) from audit.tracked_table t where t.table_key = e.table_key), e.${name})`,
  );
}

function entriesOf({ isOwner }: BundleScope): SQL {
  return isOwner ? sql`audit.entry` : sql`audit.shown_entry`;
}

function ofTenant({ tenant }: BundleScope): SQL {
  return tenant === null ? sql`true` : sql`e.tenant = ${tenant}`;
}

/**
 * Rows (name): tables of ours, and those that are tracked; partitions are counted with their parents. The server counts what row level
 * security holds for.
 */
export function tableNames({ isOwner }: BundleScope): SQL {
  return sql`/* bundle.tables */ select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p') and not c.relispartition and (n.nspname in ('audit', 'script_tracking', 'access', 'commerce', 'whence')
      or exists (select from audit.tracked_table t where t.untracked_at is null and t.schema_name = n.nspname and t.relation_name = c.relname))
     and ${isOwner ? sql`true` : sql`c.relrowsecurity and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')`} order by 1`;
}

/** @param quotedName as `tableNames` gives it. */
export function rowCount(quotedName: string): SQL {
  return sql`/* bundle.rows */ select count(*) as count from ${sql.raw(quotedName)}`;
}

/** Rows (name, table_name, and for the owner bytes, scans): figures of the whole database are no tenant's business. */
export function indexFacts({ isOwner }: BundleScope): SQL {
  return sql`/* bundle.indexes */ select schemaname || '.' || indexrelname as name, schemaname || '.' || relname as table_name
    ${isOwner ? sql`, pg_relation_size(indexrelid)::float8 as bytes, idx_scan::float8 as scans` : sql``}
  from pg_stat_user_indexes where schemaname in ('audit', 'script_tracking', 'access', 'commerce') order by 1`;
}

/** One row: version of the server, name and (for the owner) size of the database, number of the newest migration. */
export function databaseFacts({ isOwner }: BundleScope): SQL {
  return sql`/* bundle.database */ select version() as version, ${isOwner ? sql`pg_database_size(current_database())::float8` : sql`null`} as bytes,
  current_database()::text as name, (select max(number) from whence.migration) as migration`;
}
