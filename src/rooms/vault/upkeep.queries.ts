// What the owner asks of the whole database: whence doctor, cleanup, uninstall.
import { type SQL, sql } from 'drizzle-orm';
import { textArray } from '../../database/database.ts';

/** One row: how many rows were removed; of all tenants when none is named. */
export function cleanUp(tenant: string, days: number): SQL {
  return sql`/* vault.cleanUp */ select script_tracking.cleanup_old_data(${days}::int) as rows from (select set_config('app.tenant', ${tenant}, true) offset 0) s`;
}

/** One row: version, current time, who is connected and what they may be. */
export const server: SQL = sql`/* doctor.server */ select current_setting('server_version') as version, extract(epoch from clock_timestamp())::float8 * 1000 as clock_ms,
  session_user::text as account, pg_has_role(session_user, 'whence_owner', 'member') as is_owner, (select rolsuper from pg_roles where rolname = session_user) as is_superuser`;

export const eventTriggerNames = [
  'whence_ddl',
  'whence_drop',
  'whence_rewrite',
  'et_ddl_command_start',
  'et_ddl_command_end',
  'et_sql_drop',
] as const;

/** Rows (name, state): our event triggers; state null where one is missing. */
export const eventTriggers: SQL = sql`/* doctor.event_triggers */ select wanted as name, e.evtenabled::text as state
  from unnest(${textArray(eventTriggerNames)}::text::text[]) wanted left join pg_event_trigger e on e.evtname = wanted order by 1`;

/** Rows (table_name, is_capturing) of the tables that are tracked. */
export const captured: SQL = sql`/* doctor.captured */ select table_name, audit.is_capturing(table_key) as is_capturing
  from audit.tracked_table where untracked_at is null order by table_name`;

/** Rows (name, is_valid, scans, bytes): indexes of the trail and the vault, those never used first. */
export const indexes: SQL = sql`/* doctor.indexes */ select s.schemaname || '.' || s.indexrelname as name, i.indisvalid as is_valid, s.idx_scan::float8 as scans,
    pg_relation_size(s.indexrelid)::float8 as bytes
  from pg_stat_user_indexes s join pg_index i using (indexrelid) where s.schemaname in ('audit', 'script_tracking') order by s.idx_scan, 1`;

/** One row: seconds since the worker last looked for what is new; null where no worker has been here. */
export const workerLag: SQL = sql`/* doctor.worker */ select case when to_regclass('audit.feed_tick') is null then null else
  (xpath('/row/lag/text()', query_to_xml('select extract(epoch from now() - max(taken_at)) as lag from audit.feed_tick', false, true, '')))[1]::text::float8 end as lag`;

export function dropEventTrigger(name: string): SQL {
  return sql`drop event trigger if exists ${sql.identifier(name)}`;
}

export function untrack(tableName: string): SQL {
  return sql`/* uninstall.untrack */ select audit.untrack(${tableName})::text as done`;
}

const schemas = ['script_tracking', 'audit_capture', 'access', 'sources', 'commerce', 'audit', 'whence'];
export const dropWrappers: SQL = sql`drop function if exists auth.login_user_tracking(varchar, text, bytea), auth.register_user_tracking(jsonb),
  auth.tracked_call(text, jsonb, regprocedure, text, text, text, bytea, jsonb)`;
/** Everything that migrations made, the trail and the shop included; the roles belong to the cluster and stay. */
export const dropSchemas: SQL = sql`drop schema if exists ${sql.join(
  schemas.map((name) => sql.identifier(name)),
  sql`, `,
)} cascade`;
