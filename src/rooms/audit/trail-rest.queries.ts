// The trail in the shapes that users of get_audit_log and get_batch_operations know (drizzle/0006_sql_api.sql).
import { type SQL, sql } from 'drizzle-orm';
import { entries as e, trackedTables } from '../../database/tables/audit.ts';

/** Columns audit_id, timestamp, operation, sku, details, user, run_id; table_key and record_key tell the log of reads whose they are. */
const eventColumns = sql`${e.id} as audit_id, audit.instant(${e.occurredAt}) as "timestamp", coalesce(${e.operationName}, ${e.operation}) as operation,
  coalesce(${e.entityKey}, ${e.recordKey}) as sku,
  coalesce(${e.details} ->> 'text', nullif(concat_ws(' -> ', ${e.before}, ${e.after}), ''), ${e.details}::text) as details,
  coalesce(${e.actor}, ${e.dbUser}) as "user", ${e.runId} as run_id, ${e.tableKey}, ${e.recordKey}`;

export interface LogAsked {
  readonly sku: string | null;
  readonly operation: string | null;
  readonly runId: string | null;
  readonly from: string | null;
  readonly to: string | null;
  /** Only entries with a smaller id: where the page before ended. */
  readonly before: string | null;
  readonly limit: number;
  readonly offset: number;
}

/** Newest first. Indexes: entry_entity, entry_record, idx_audit_log_run_id, else the primary key backwards. */
export function auditLog(tenant: string, { sku, operation, runId, from, to, before, limit, offset }: LogAsked): SQL {
  const parts = [sql`${e.tenant} = ${tenant}`];
  if (sku !== null) parts.push(ofKey(sku));
  if (operation !== null)
    parts.push(sql`(${e.operationName} = ${operation} or (${e.operationName} is null and ${e.operation} = ${operation}))`);
  if (runId !== null) parts.push(sql`${e.runId} = ${runId}`);
  if (from !== null) parts.push(sql`${e.occurredAt} >= ${from}::text::timestamptz`);
  if (to !== null) parts.push(sql`${e.occurredAt} < ${to}::text::timestamptz`);
  if (before !== null) parts.push(sql`${e.id} < ${before}::text::bigint`);
  return sql`/* audit.rest.log */ select ${eventColumns} from ${e} where ${sql.join(parts, sql` and `)} order by ${e.id} desc limit ${limit} offset ${offset}`;
}

/** Of the business key, else of the record's: its index begins with the table, so it is looked up in each. */
function ofKey(sku: string): SQL {
  return sql`(${e.entityKey} = ${sku} or (${e.entityKey} is null and ${e.tableKey} is null and ${e.recordKey} = ${sku})
    or (${e.entityKey} is null and ${e.tableKey} = any (array(select ${trackedTables.tableKey} from ${trackedTables})) and ${e.recordKey} = ${sku}))`;
}

/** One row: event_count, start_time, end_time, duration_seconds over all entries of a run. Index: idx_audit_log_run_id. */
export function runSummary(tenant: string, runId: string): SQL {
  return sql`/* audit.rest.run */ select count(*) as event_count, audit.instant(min(${e.occurredAt})) as start_time, audit.instant(max(${e.occurredAt})) as end_time,
    coalesce(round(extract(epoch from max(${e.occurredAt}) - min(${e.occurredAt})), 6), 0)::float8 as duration_seconds
    from ${e} where ${e.tenant} = ${tenant} and ${e.runId} = ${runId}`;
}

/** Oldest first. */
export function runEvents(tenant: string, runId: string, limit: number): SQL {
  return sql`/* audit.rest.run.events */ select ${eventColumns} from ${e} where ${e.tenant} = ${tenant} and ${e.runId} = ${runId} order by ${e.id} limit ${limit}`;
}

/** One row: the id of the new entry. */
export function logEvent(operation: string, details: string, sku: string | null, actor: string, runId: string | null): SQL {
  return sql`/* audit.rest.logEvent */ select audit.log_event(${operation}, ${details}, ${sku}::text, ${actor}::text, ${runId}::text) as id`;
}
