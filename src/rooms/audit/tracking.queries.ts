// Statements that begin and end the capture of a table; they run as the owner.
import { type SQL, sql } from 'drizzle-orm';
import { json, textArray } from '../../database/database.ts';
import type { TruncatePolicy } from './audit.model.ts';

/** What can be said about a table; lists left out are empty. */
export interface TrackingOptions {
  readonly tableName: string;
  readonly tenantColumn?: string | null;
  /** Whose rows they all are, instead of a column. */
  readonly tenant?: string | null;
  readonly ignoredColumns?: readonly string[] | null;
  readonly maskedColumns?: readonly string[] | null;
  readonly personalColumns?: readonly string[] | null;
  readonly reasonRequiredColumns?: readonly string[] | null;
  readonly truncatePolicy?: TruncatePolicy | null;
  readonly statusColumn?: string | null;
  readonly transitions?: readonly { readonly from: string; readonly to: string }[] | null;
}

/**
 * Gives the table's key. What a table is to the shop (kind of entity, business key, columns that make one value) is kept when it is tracked
 * again: it is no option.
 */
export function track(options: TrackingOptions): SQL {
  const columns = (names: readonly string[] | null | undefined) => sql`${textArray(names ?? [])}::text::text[]`;
  return sql`/* audit.track */ select audit.track(table_name => ${options.tableName}::text,
      tenant_column => ${options.tenantColumn ?? null}::text, tenant => ${options.tenant ?? null}::text,
      ignored_columns => ${columns(options.ignoredColumns)}, masked_columns => ${columns(options.maskedColumns)},
      personal_columns => ${columns(options.personalColumns)}, reason_required_columns => ${columns(options.reasonRequiredColumns)},
      truncate_policy => ${options.truncatePolicy ?? 'KEEP_ROWS'}::text, status_column => ${options.statusColumn ?? null}::text,
      transitions => ${options.transitions ? json(options.transitions) : null}::text::jsonb,
      entity_type => coalesce(known.entity_type, 'RECORD'), entity_key_column => known.entity_key_column,
      column_groups => coalesce(known.column_groups, '[]'), keeps_statement => coalesce(known.keeps_statement, false)) as table_key
    from (select 1) one left join ${known(options.tableName)} known on true`;
}

export function untrack(tableName: string): SQL {
  return sql`/* audit.untrack */ select audit.untrack(${tableName}::text)::text as done`;
}

/** (table_key, tenant, is_tracked) of a table that is, or once was, tracked; no row for any other. `tenant` null: rows of several. */
export function knownTable(tableName: string): SQL {
  return sql`/* audit.knownTable */ select known.table_key, known.tenant, known.untracked_at is null as is_tracked from ${known(tableName)} known`;
}

export function tenantOfTable(tableKey: number): SQL {
  return sql`/* audit.tenantOfTable */ select tenant from audit.tracked_table where table_key = ${tableKey}::int`;
}

/** Do not queue behind a long transaction for long: every writer of the table would queue behind us. */
export const shortLockWait: SQL = sql`/* audit.lockWait */ set local lock_timeout = '5s'`;

function known(tableName: string): SQL {
  return sql`(select t.* from audit.tracked_table t where t.table_name = ${tableName}::text or exists (
      select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.oid = to_regclass(${tableName}::text) and n.nspname = t.schema_name and c.relname = t.relation_name)
     order by t.untracked_at nulls first limit 1)`;
}

/** Every table that is captured now, of all tenants, by name: for the command line, which is the owner. */
export const trackedNow: SQL = sql`/* audit.trackedNow */ select t.table_name, to_jsonb(t.key_columns) as key_columns, t.tenant_column, t.tenant, t.entity_type,
    to_jsonb(t.ignored_columns) as ignored_columns, to_jsonb(t.masked_columns) as masked_columns, to_jsonb(t.personal_columns) as personal_columns,
    to_jsonb(t.reason_required_columns) as reason_required_columns, t.truncate_policy, t.status_column, t.transitions,
    audit.instant(t.tracked_since) as tracked_since, audit.is_capturing(t.table_key) as is_capturing
  from audit.tracked_table t where t.untracked_at is null order by t.table_name`;
