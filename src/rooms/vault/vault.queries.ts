import { type SQL, sql } from 'drizzle-orm';
import { json, type Row, textArray } from '../../database/database.ts';
import { executionVersions } from '../../database/tables/vault.ts';
import type { Period } from '../../shared/time-range.ts';
import { currentOf, executedIn, s, typeGroup } from './execution.queries.ts';

/** Rows (type, total, completed, failed, running, timed, total_ms), the largest first. Index: idx_script_execution_s_current. */
export function typeCounts(tenant: string, period: Period): SQL {
  return sql`/* vault.dashboard */
    select ${typeGroup} as type, count(*) as total, count(*) filter (where ${s.status} = 'COMPLETED') as completed, count(*) filter (where ${s.status} = 'FAILED') as failed,
           count(*) filter (where ${s.status} = 'RUNNING') as running, count(${s.durationMs}) as timed, coalesce(sum(${s.durationMs}), 0)::float8 as total_ms
      from ${executionVersions} s where ${currentOf(tenant)} and ${executedIn(period)} group by 1 order by 2 desc, 1`;
}

/** Rows (script_name, count, median, p95, p99, median_before), the most frequent first; `before` is as long as the period and ends where it begins. */
export function performanceMetrics(tenant: string, period: Period, limit: number): SQL {
  const isNow = sql`${s.executedAt} >= ${period.from}::text::timestamptz`;
  const begin = sql`(2 * extract(epoch from ${period.from}::text::timestamptz) - extract(epoch from ${period.to}::text::timestamptz))`;
  const percentile = (part: number) =>
    sql`percentile_cont(${part}::float8) within group (order by ${s.durationMs}) filter (where ${isNow})`;
  return sql`/* vault.performanceMetrics */
    select ${s.scriptName}, count(*) filter (where ${isNow}) as count, ${percentile(0.5)} as median, ${percentile(0.95)} as p95, ${percentile(0.99)} as p99,
           percentile_cont(0.5) within group (order by ${s.durationMs}) filter (where not ${isNow}) as median_before
      from ${executionVersions} s
     where ${currentOf(tenant)} and ${s.durationMs} is not null and ${s.executedAt} >= to_timestamp(${begin}) and ${s.executedAt} < ${period.to}::text::timestamptz
     group by ${s.scriptName} having count(*) filter (where ${isNow}) > 0 order by 2 desc, ${s.scriptName} collate "C" limit ${limit}::int`;
}

/** Rows (bucket, count, failed, median): buckets are counted from 0; `starts` are all but the first. */
export function executionTrend(tenant: string, period: Period, starts: readonly string[]): SQL {
  return sql`/* vault.executionTrend */
    select width_bucket(${s.executedAt}, (select ${textArray(starts)}::text::timestamptz[])) as bucket, count(*) as count,
           count(*) filter (where ${s.status} = 'FAILED') as failed, percentile_cont(0.5) within group (order by ${s.durationMs}) as median
      from ${executionVersions} s where ${currentOf(tenant)} and ${executedIn(period)} group by 1 order by 1`;
}

/** Rows (check_name, status, detail) of the session's tenant. */
export const systemHealth: SQL = sql`/* vault.health */ select check_name, status, detail from script_tracking.get_system_health()`;

/** One row over all tenants: started, failed, slowest_ms, running, not_captured. Index: idx_script_execution_s_timestamp. */
export const vaultFigures: SQL = sql`/* vault.figures */ select started, failed, slowest_ms, running, not_captured from script_tracking.figures()`;

export function toVaultFigures(row: Row | undefined) {
  const value = (name: string) => Number(row?.[name]);
  return {
    ...{ started: value('started'), failed: value('failed'), running: value('running') },
    ...{ slowestSeconds: value('slowest_ms') / 1_000, notCaptured: value('not_captured') },
  };
}

export interface OperationBegun {
  readonly scriptName: string;
  readonly scriptTypeName: string;
  readonly metadata?: object | null;
  readonly runId?: string | null;
}

/** One row: the hash key of the new operation, in hexadecimal. */
export function trackOperation({ scriptName, scriptTypeName, metadata, runId }: OperationBegun): SQL {
  return sql`/* vault.trackOperation */ select encode(script_tracking.track_operation(${scriptName}, ${scriptTypeName},
    ${metadata ? json(metadata) : null}::text::jsonb, ${runId ?? null}::text), 'hex') as key`;
}

export interface OperationEnded {
  readonly hashKey: string;
  readonly isSuccess: boolean;
  readonly errorMessage?: string | null;
  readonly metadata?: object | null;
}

/** One row: whether it ran until now. */
export function completeOperation({ hashKey, isSuccess, errorMessage, metadata }: OperationEnded): SQL {
  return sql`/* vault.completeOperation */ select script_tracking.complete_operation(decode(${hashKey}, 'hex'), ${isSuccess}::boolean,
    ${errorMessage ?? null}::text, ${metadata ? json(metadata) : null}::text::jsonb) as done`;
}
