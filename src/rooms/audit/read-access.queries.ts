import { type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { json, type Row } from '../../database/database.ts';
import { readAccessEntities, readAccesses } from '../../database/tables/audit.ts';
import type { SortColumn } from '../../shared/page-keyset.ts';
import type { PagedList } from '../../shared/page-read.ts';
import type { Period } from '../../shared/time-range.ts';
import type { EntityType } from '../commerce/commerce.model.ts';
import type { EntityRead, ReadAccess } from './read-access.model.ts';

const a = alias(readAccesses, 'a');
/** What an access read, where one entity is looked for. */
const r = alias(readAccessEntities, 'r');

const columns = sql`${a.id}, ${a.occurredAt}, ${a.actor}, ${a.actorRole}, ${a.actorVerified}, ${a.operationName}, to_jsonb(${a.fields}) as fields,
  ${a.entityType}, ${a.entityKey}, ${a.rowCount}, ${a.isAllowed}, ${a.purpose}, ${a.session}, ${a.application}, ${a.clientIp}, ${a.requestId}`;

/** Newest first. Indexes: read_access_occurred; with an entity the primary key of read_access_entity. */
export function readAccessList(tenant: string, entity: EntityRead | null, period: Period | null): PagedList<ReadAccess> {
  const [time, id] = entity ? [sql`${r.occurredAt}`, sql`${r.accessId}`] : [sql`${a.occurredAt}`, sql`${a.id}`];
  const occurredAt: SortColumn = { name: 'occurredAt', sql: time, type: 'timestamptz', rowColumn: 'occurred_at' };
  const byId: SortColumn = { name: 'id', sql: id, type: 'bigint', rowColumn: 'id' };
  const ofEntity =
    entity &&
    sql`${r.tenant} = ${tenant} and ${r.entityType} = ${entity.entityType} and ${r.entityKey} = ${entity.entityKey} and ${a.id} = ${r.accessId} and `;
  const within = period && sql` and ${time} >= ${period.from}::text::timestamptz and ${time} < ${period.to}::text::timestamptz`;
  return {
    name: 'audit.readAccesses',
    columns,
    from: entity ? sql`${readAccessEntities} r cross join ${readAccesses} a` : sql`${readAccesses} a`,
    where: sql`${ofEntity ?? sql``}${a.tenant} = ${tenant}${within ?? sql``}`,
    order: [
      { column: occurredAt, direction: 'DESC' },
      { column: byId, direction: 'DESC' },
    ],
    toRecord: toReadAccess,
  };
}

/** One access of this tenant. */
export function readAccessById(tenant: string, id: string): SQL {
  return sql`/* audit.readAccesses.byId */ select ${columns} from ${readAccesses} a where ${a.tenant} = ${tenant} and ${a.id} = ${id}::text::bigint`;
}

/** What `audit.write_reads` takes: see drizzle/0015_read_accesses.sql. */
export interface GivenRead {
  readonly age_ms: number;
  readonly tenant: string;
  readonly actor: string;
  readonly actor_role: string | null;
  readonly actor_verified: boolean;
  readonly operation_name: string | null;
  readonly fields: readonly string[];
  readonly entity_type: string | null;
  readonly table_key: number | null;
  readonly keys: readonly string[];
  readonly row_count: number;
  readonly is_allowed: boolean;
  readonly purpose: string | null;
  readonly session: string | null;
  readonly application: string | null;
  readonly client_ip: string | null;
  readonly request_id: string;
}

/** Writes reads of any tenants. */
export function writeReads(reads: readonly GivenRead[]): SQL {
  return sql`/* audit.writeReads */ select audit.write_reads(${json(reads)}::text::jsonb)::text as written`;
}

export function toReadAccess(row: Row): ReadAccess {
  return {
    id: row['id'] as string,
    occurredAt: row['occurred_at'] as string,
    actorKey: row['actor'] as string,
    actorRole: row['actor_role'] as string | null,
    actorVerified: row['actor_verified'] as boolean,
    operationName: row['operation_name'] as string | null,
    fields: row['fields'] as string[],
    entityType: row['entity_type'] as EntityType | null,
    entityKey: row['entity_key'] as string | null,
    rowCount: row['row_count'] as number,
    isAllowed: row['is_allowed'] as boolean,
    purpose: row['purpose'] as string | null,
    sessionId: row['session'] as string | null,
    application: row['application'] as string | null,
    clientIp: row['client_ip'] as string | null,
    requestId: row['request_id'] as string | null,
  };
}
