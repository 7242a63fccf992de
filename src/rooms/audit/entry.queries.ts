import { type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { type Row, textArray } from '../../database/database.ts';
import { entries, positions, verifiedActors } from '../../database/tables/audit.ts';
import type { Period } from '../../shared/time-range.ts';
import type { ActorType, AuditEntry, AuditOperation, Image, ReasonSource } from './audit.model.ts';

/** The trail in every statement about entries: `from ${entries} e`. */
export const e = alias(entries, 'e');

/** A client's address is personal, like `Origin.clientIp`; anomalies alone look at it for everybody, and do not tell it. */
const shownIp = sql`case when audit.sees_personal() then ${e.clientIp} end as client_ip`;

const columns = [
  sql`${e.xid}::text as transaction_id`,
  ...[e.id, e.occurredAt, e.recordedAt, e.tableKey, e.recordKey, e.entityKey, e.operation, e.operationName, e.actor, e.actorKind],
  ...[e.actorRole, e.actorVerified, e.dbUser, e.session, shownIp, e.application, e.recordSource, e.hostName, e.statement, e.requestId],
  ...[e.traceParent, e.reason, e.reasonCode, e.reasonSource, e.reference, e.approvedBy, e.causeId, e.reasonFor, e.runId, e.schemaVersion],
  ...[e.details, e.before, e.after, e.personalBefore, e.personalAfter],
];

/** What `toEntry` reads. */
export const entryColumns: SQL = sql.join(
  columns.map((column) => sql`${column}`),
  sql`, `,
);

/** Entries that happened in a period. Index: idx_audit_log_timestamp. */
export function occurredIn({ from, to }: Period): SQL {
  return sql`${e.occurredAt} >= ${from}::text::timestamptz and ${e.occurredAt} < ${to}::text::timestamptz`;
}

/** Entries of one tenant by id, in no order. */
export function entriesById(tenant: string, ids: readonly string[]): SQL {
  return sql`/* audit.entries.byId */ select ${entryColumns} from ${entries} e where ${e.tenant} = ${tenant} and ${e.id} = any(${textArray(ids)}::text::bigint[])`;
}

/** Positions of entries of one tenant, in no order; those that have none yet are left out. Index: position_entry. */
export function sequencesOf(tenant: string, ids: readonly string[]): SQL {
  return sql`/* audit.entries.sequences */ select ${positions.entryId}, ${positions.sequence} from ${positions}
    where ${positions.tenant} = ${tenant} and ${positions.entryId} = any(${textArray(ids)}::text::bigint[])`;
}

/** Those of the entries whose transaction proved their actor. */
export function provenAmong(tenant: string, ids: readonly string[]): SQL {
  const v = alias(verifiedActors, 'v');
  return sql`/* audit.entries.proven */ select ${e.id} from ${entries} e join ${verifiedActors} v
      on ${v.tenant} = ${e.tenant} and ${v.xid} = ${e.xid} and ${v.actor} = ${e.actor}
     and ${e.id} >= ${v.firstEntry} and (${v.lastEntry} is null or ${e.id} <= ${v.lastEntry})
   where ${e.tenant} = ${tenant} and ${e.id} = any(${textArray(ids)}::text::bigint[])`;
}

/** Reasons that were added to entries later: for each the oldest `limit`, oldest first. Index: entry_reason_for. */
export function reasonsAddedTo(tenant: string, ids: readonly string[], limit: number): SQL {
  return sql`/* audit.entries.reasonsAdded */
    select added.* from unnest(${textArray(ids)}::text::bigint[]) as wanted(id)
     cross join lateral (
       select ${entryColumns} from ${entries} e where ${e.tenant} = ${tenant} and ${e.reasonFor} = wanted.id order by ${e.id} limit ${limit}) added
     order by added.reason_for, added.id`;
}

export function toEntry(row: Row): AuditEntry {
  return {
    id: row['id'] as string,
    transactionId: row['transaction_id'] as string,
    occurredAt: row['occurred_at'] as string,
    recordedAt: row['recorded_at'] as string,
    tableKey: row['table_key'] as number | null,
    recordKey: row['record_key'] as string | null,
    businessKey: row['entity_key'] as string | null,
    operation: row['operation'] as AuditOperation,
    operationName: row['operation_name'] as string | null,
    actorKey: row['actor'] as string | null,
    actorKind: row['actor_kind'] as ActorType | null,
    actorRole: row['actor_role'] as string | null,
    actorVerified: row['actor_verified'] as boolean,
    databaseUser: row['db_user'] as string,
    sessionId: row['session'] as string | null,
    clientIp: row['client_ip'] as string | null,
    application: row['application'] as string | null,
    recordSource: row['record_source'] as string | null,
    hostName: row['host_name'] as string | null,
    statement: row['statement'] as string | null,
    requestId: row['request_id'] as string | null,
    traceParent: row['trace_parent'] as string | null,
    reasonText: row['reason'] as string | null,
    reasonCode: row['reason_code'] as string | null,
    reasonSource: row['reason_source'] as ReasonSource | null,
    reasonReference: row['reference'] as string | null,
    approvedBy: row['approved_by'] as string | null,
    causeId: row['cause_id'] as string | null,
    reasonFor: row['reason_for'] as string | null,
    runId: row['run_id'] as string | null,
    schemaVersion: row['schema_version'] as number | null,
    details: row['details'] as Image | null,
    before: merged(row['before'], row['personal_before']),
    after: merged(row['after'], row['personal_after']),
  };
}

/** Personal columns lie apart so that they can be erased; an erased one is simply gone. */
function merged(open: unknown, personal: unknown): Image | null {
  if (open === null && personal === null) return null;
  return { ...(open as Image | null), ...(personal as Image | null) };
}
