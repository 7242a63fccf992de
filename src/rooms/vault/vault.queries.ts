import { type SQL, sql } from 'drizzle-orm';
import { json, type Row, textArray } from '../../database/database.ts';
import type { Period } from '../../shared/time-range.ts';
import { typeGroup } from './execution.queries.ts';

/** Figures of operations by bucket of ascending `bounds`, over `f`; see `script_tracking.operation_figures` (0030) for what is exact. */
function figures(bounds: SQL, by: { readonly name?: boolean; readonly type?: boolean }, percentiles: readonly number[] = []): SQL {
  const parts =
    percentiles.length > 0
      ? sql`array[${sql.join(
          percentiles.map((part) => sql`${part}::float8`),
          sql`, `,
        )}]`
      : sql`null`;
  return sql`script_tracking.operation_figures(${bounds}, ${by.name ?? false}::boolean, ${by.type ?? false}::boolean, ${parts})`;
}

const instant = (at: string) => sql`${at}::text::timestamptz`;

/** Rows (type, total, completed, failed, running, timed, total_ms) of the session's tenant, the largest first. */
export function typeCounts({ from, to }: Period): SQL {
  return sql`/* vault.dashboard */
    select ${typeGroup(sql`f.script_type`)} as type, sum(f.operations) as total, sum(f.completed) as completed, sum(f.failed) as failed,
           sum(f.running) as running, sum(f.timed) as timed, sum(f.total_ms)::float8 as total_ms
      from ${figures(sql`array[${instant(from)}, ${instant(to)}]`, { type: true })} f group by 1 order by 2 desc, 1`;
}

/**
 * Rows (script_name, count, median, p95, p99, median_before) of the session's tenant, the most frequent first; `before` is as long as the period
 * and ends where it begins.
 */
export function performanceMetrics({ from, to }: Period, limit: number): SQL {
  const begin = sql`to_timestamp(2 * extract(epoch from ${instant(from)}) - extract(epoch from ${instant(to)}))`;
  return sql`/* vault.performanceMetrics */
    with f as materialized (
      select * from ${figures(sql`array[${begin}, ${instant(from)}, ${instant(to)}]`, { name: true }, [0.5, 0.95, 0.99])})
    select f.script_name, f.timed as count, f.percentiles[1] as median, f.percentiles[2] as p95, f.percentiles[3] as p99, before.percentiles[1] as median_before
      from f left join f before on before.bucket = 1 and before.script_name = f.script_name
     where f.bucket = 2 and f.timed > 0 order by 2 desc, f.script_name collate "C" limit ${limit}::int`;
}

/** Rows (bucket, count, failed, median) of the session's tenant: buckets are counted from 0; `starts` are all but the first. */
export function executionTrend({ from, to }: Period, starts: readonly string[]): SQL {
  return sql`/* vault.executionTrend */
    select f.bucket - 1 as bucket, f.operations as count, f.failed, f.percentiles[1] as median
      from ${figures(sql`${textArray([from, ...starts, to])}::text::timestamptz[]`, {}, [0.5])} f order by 1`;
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
