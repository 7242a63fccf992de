import { type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { type Row, textArray } from '../../database/database.ts';
import { executionPositions, executions, executionVersions } from '../../database/tables/vault.ts';
import type { OrderTerm } from '../../shared/filter.input.ts';
import { compileFilter, type FilterTree } from '../../shared/filter.ts';
import { instantField, integerField, type Operators, spelledField, textField } from '../../shared/filter-fields.ts';
import { type SortColumn, totalOrder } from '../../shared/page-keyset.ts';
import type { PagedList } from '../../shared/page-read.ts';
import type { Period } from '../../shared/time-range.ts';
import type { ActorType } from '../audit/audit.model.ts';
import { type ExecutionStatus, namedScriptTypes, type ScriptType, type VaultExecution, type VaultSatellite } from './vault.model.ts';

export interface ExecutionFilter extends FilterTree<ExecutionFilter> {
  readonly scriptName?: Operators<string> | null;
  readonly scriptType?: ScriptType | null;
  readonly status?: Operators<ExecutionStatus> | null;
  readonly executedAt?: Operators<string> | null;
  readonly durationMs?: Operators<number> | null;
  readonly affectedObject?: Operators<string> | null;
}
export type ExecutionOrderField = 'DURATION_MS' | 'EXECUTED_AT' | 'SCRIPT_NAME';

const s = alias(executionVersions, 's');
const h = alias(executions, 'h');
const p = alias(executionPositions, 'p');

/** The current versions of one tenant, over `s`. Index: idx_script_execution_s_current. */
function currentOf(tenant: string): SQL {
  return sql`${s.tenantKey} = script_tracking.tenant_key(${tenant}) and ${s.loadEndDate} is null`;
}

function executedIn({ from, to }: Period): SQL {
  return sql`${s.executedAt} >= ${from}::text::timestamptz and ${s.executedAt} < ${to}::text::timestamptz`;
}

/** The group that a kind falls into. */
export function typeGroup(type: SQL): SQL {
  return sql`case when upper(${type}) = any(${textArray(namedScriptTypes)}::text::text[]) then upper(${type}) else 'OTHER' end`;
}

const columns = sql`${h.businessKey}, ${h.loadDate} as hub_load_date, ${s.hashKey}, ${s.scriptName}, ${s.scriptType}, ${s.status}, ${s.executedAt}, ${s.completedAt},
  ${s.durationMs}, to_jsonb(${s.affectedObjects}) as affected_objects, ${s.errorMessage}, ${s.metadata}, ${s.runId}, ${s.actor}, ${s.actorKind}, ${s.actorRole}, ${s.dbUser},
  ${s.application}, case when audit.sees_personal() then ${s.clientIp} end as client_ip, ${s.hostName}, ${s.recordSource}, ${s.requestId}, ${s.session}, ${s.sqlCommand}, ${s.traceParent}`;
const tables = sql`${executionVersions} s join ${executions} h on ${h.hashKey} = ${s.hashKey}`;

const hashKeyColumn: SortColumn = { name: 'hk', sql: sql`${s.hashKey}`, type: 'bytea', rowColumn: 'script_execution_hk' };
const sorts: Readonly<Record<ExecutionOrderField, SortColumn>> = {
  DURATION_MS: { name: 'duration', sql: sql`${s.durationMs}`, type: 'integer', nullable: true, rowColumn: 'execution_duration_ms' },
  EXECUTED_AT: { name: 'executed', sql: sql`${s.executedAt}`, type: 'timestamptz', rowColumn: 'execution_timestamp' },
  SCRIPT_NAME: { name: 'name', sql: sql`${s.scriptName}`, type: 'text', rowColumn: 'script_name' },
};

export interface ExecutionsAsked {
  readonly filter?: ExecutionFilter | null;
  readonly orderBy?: readonly OrderTerm<ExecutionOrderField>[] | null;
  readonly period?: Period;
}

/** Operations in the order asked for, ties broken by key; the newest first when none is asked for. */
export function executionList(name: string, tenant: string, { filter, orderBy, period }: ExecutionsAsked): PagedList<VaultExecution> {
  const asked = orderBy && orderBy.length > 0 ? orderBy : ([{ field: 'EXECUTED_AT', direction: 'DESC' }] as const);
  const wanted = asked.map(({ field, direction }) => ({ column: sorts[field], direction }));
  return {
    name,
    columns,
    from: tables,
    where: sql`${currentOf(tenant)} and ${period ? executedIn(period) : sql`true`} and ${matching(filter)}`,
    order: totalOrder(wanted, { column: hashKeyColumn, direction: wanted.at(-1)?.direction ?? 'DESC' }),
    toRecord: toExecution,
  };
}

/** Versions that fit, at positions above `from`, up to `to`, in order, with `sequence`: each is its operation as it was then. */
export function versionsAt(tenant: string, from: number, to: number, limit: number, filter: ExecutionFilter | null | undefined): SQL {
  return sql`/* vault.feed */ select ${p.sequence}, ${columns}
    from ${executionPositions} p join ${tables} on ${s.hashKey} = ${p.hashKey} and ${s.loadDate} = ${p.loadDate}
   where ${p.tenantKey} = script_tracking.tenant_key(${tenant}) and ${p.sequence} > ${String(from)}::text::bigint and ${p.sequence} <= ${String(to)}::text::bigint
     and ${matching(filter)} order by ${p.sequence} limit ${limit}::int`;
}

/** Over `s`. */
function matching(filter: ExecutionFilter | null | undefined): SQL {
  return compileFilter(filter, {
    scriptName: textField(sql`${s.scriptName}`),
    scriptType: (type, argument) => spelledField(sql`${s.scriptType}`, namedScriptTypes)({ eq: type }, argument),
    status: textField(sql`${s.status}`),
    executedAt: instantField(sql`${s.executedAt}`),
    durationMs: integerField(sql`${s.durationMs}`),
    affectedObject: (operators, argument) =>
      sql`exists (select 1 from unnest(${s.affectedObjects}) touched(name) where ${textField(sql`touched.name`)(operators, argument)})`,
  });
}

/** @param keys hash keys in hexadecimal. */
export function executionsByKey(tenant: string, keys: readonly string[]): SQL {
  return sql`/* vault.executions.byKey */ select ${columns} from ${tables}
    where ${currentOf(tenant)} and ${s.hashKey} = any(array(select decode(key, 'hex') from unnest(${textArray(keys)}::text::text[]) key))`;
}

/** All versions of operations, newest first, `limit` of each at most. Index: the primary key. */
export function versionsOf(tenant: string, keys: readonly string[], limit: number): SQL {
  const instant = (column: SQL) => sql`audit.instant(${column})`;
  return sql`/* vault.executions.versions */
    select wanted.key, v.* from unnest(${textArray(keys)}::text::text[]) wanted(key) cross join lateral (
      select ${s.versionNumber}, ${s.loadDate}, ${s.loadEndDate}, ${s.hashDiff}, ${s.recordSource}, jsonb_build_object('script_name', ${s.scriptName},
          'script_type', ${s.scriptType}, 'execution_status', ${s.status}, 'execution_timestamp', ${instant(sql`${s.executedAt}`)},
          'completed_at', ${instant(sql`${s.completedAt}`)}, 'execution_duration_ms', ${s.durationMs}, 'affected_objects', ${s.affectedObjects},
          'error_message', ${s.errorMessage}, 'metadata', ${s.metadata}, 'run_id', ${s.runId}) as attributes
        from ${executionVersions} s where ${s.tenantKey} = script_tracking.tenant_key(${tenant}) and ${s.hashKey} = decode(wanted.key, 'hex')
       order by ${s.loadDate} desc limit ${limit}) v
     order by wanted.key, v.version_number desc`;
}

export function toExecution(row: Row): VaultExecution {
  const scriptTypeName = row['script_type'] as string;
  const metadata = row['metadata'] as Readonly<Record<string, unknown>>;
  return {
    hashKey: (row['script_execution_hk'] as string).replace(/^\\x/, ''),
    businessKey: row['script_execution_bk'] as string,
    loadDate: row['hub_load_date'] as string,
    scriptName: row['script_name'] as string,
    scriptTypeName,
    scriptType: namedScriptTypes.find((type) => type === scriptTypeName.toUpperCase()) ?? 'OTHER',
    status: row['execution_status'] as ExecutionStatus,
    executedAt: row['execution_timestamp'] as string,
    completedAt: row['completed_at'] as string | null,
    durationMs: row['execution_duration_ms'] as number | null,
    affectedObjects: row['affected_objects'] as string[],
    errorMessage: row['error_message'] as string | null,
    metadata: Object.keys(metadata).length === 0 ? null : metadata,
    runId: row['run_id'] as string | null,
    actor: {
      key: row['actor'] as string | null,
      kind: row['actor_kind'] as ActorType | null,
      role: row['actor_role'] as string | null,
      isVerified: false,
      databaseUser: row['db_session_user'] as string,
    },
    origin: {
      application: row['application'] as string | null,
      clientIp: row['client_ip'] as string | null,
      hostName: row['host_name'] as string | null,
      recordSource: row['record_source'] as string,
      requestId: row['request_id'] as string | null,
      sessionId: row['session'] as string | null,
      statement: row['sql_command'] as string | null,
      traceParent: row['trace_parent'] as string | null,
    },
  };
}

export function toSatellite(row: Row): VaultSatellite {
  return {
    versionNumber: row['version_number'] as string,
    loadDate: row['load_date'] as string,
    loadEndDate: row['load_end_date'] as string | null,
    hashDiff: (row['hash_diff'] as string).replace(/^\\x/, ''),
    recordSource: row['record_source'] as string,
    attributes: row['attributes'] as VaultSatellite['attributes'],
  };
}
