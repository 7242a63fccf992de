import { type SQL, sql } from 'drizzle-orm';
import { textArray } from '../../database/database.ts';
import { entries, trackedTables as t } from '../../database/tables/audit.ts';
import type { Period } from '../../shared/time-range.ts';
import { e, occurredIn } from '../audit/entry.queries.ts';

/**
 * Rows (status_before, status_after, table_keys, count, median_ms, p95_ms), the most frequent first: steps of the status of rows of these
 * tables. The time in the old status ends with the step and began with the row's latest step into it, which may lie before the period; a
 * beginning that the log does not hold, or that another clock puts after the end, counts in no time.
 */
export function statusTransitions(tenant: string, tableKeys: readonly number[], period: Period, limit: number): SQL {
  const [before, after] = [sql`(${e.before} ->> ${t.statusColumn})`, sql`(${e.after} ->> ${t.statusColumn})`];
  const isStep = sql`${after} is not null and ${after} is distinct from ${before}`;
  const stepsInto = sql`${entries} e join ${t} on ${t.tableKey} = ${e.tableKey}
     where ${e.tenant} = ${tenant} and ${e.operation} in ('INSERT', 'UPDATE') and ${isStep}`;
  return sql`/* analytics.statusTransitions */
    with step as (
      select ${e.id}, ${e.tableKey}, ${e.recordKey}, ${e.occurredAt}, ${before} as status_before, ${after} as status_after
        from ${stepsInto} and ${e.tableKey} = any(${textArray(tableKeys)}::text::int[]) and ${e.recordKey} is not null and ${occurredIn(period)}),
    told as (
      select step.*, lag(step.occurred_at) over earlier as last_at, lag(step.status_after) over earlier as last_status
        from step window earlier as (partition by step.table_key, step.record_key order by step.id)),
    timed as (
      select told.*, case when told.status_before is null then null when told.last_status = told.status_before then told.last_at else (
          select ${e.occurredAt} from ${stepsInto} and ${e.tableKey} = told.table_key and ${e.recordKey} = told.record_key
            and ${e.id} < told.id and ${after} = told.status_before order by ${e.id} desc limit 1) end as since
        from told),
    lasted as (
      select timed.*, case when timed.since <= timed.occurred_at then (extract(epoch from timed.occurred_at - timed.since) * 1000)::float8 end as ms from timed)
    select lasted.status_before, lasted.status_after, to_jsonb(array_agg(distinct lasted.table_key)) as table_keys, count(*) as count,
           ${percentile(0.5)} as median_ms, ${percentile(0.95)} as p95_ms
      from lasted group by 1, 2
     order by count(*) desc, lasted.status_before collate "C" nulls first, lasted.status_after collate "C" limit ${limit}::int`;
}

/** In milliseconds with microseconds as decimals: between two values it would have more. */
function percentile(share: number): SQL {
  return sql`round((percentile_cont(${share}::float8) within group (order by lasted.ms))::numeric, 3)::float8`;
}
