import { type SQL, sql } from 'drizzle-orm';
import type { Row } from '../../database/database.ts';
import { entries, feedHeads, feedTicks, positions, trackedTables as t } from '../../database/tables/audit.ts';
import { instantFromPostgres } from '../../shared/instant.ts';
import type { TableVersion } from './audit.model.ts';
import { e } from './entry.queries.ts';
import { newPin, seenIn } from './entry-pages.queries.ts';
import { formerNamesOf } from './known-tables.ts';
import type { KnownTable, Point } from './point.model.ts';

const unbounded = '9223372036854775807';
const mostUncounted = 10_000;

/** Whether an entry lies at or before a point. `entry` is its alias; of each record these are its first entries in capture order. */
export function atOrBefore(tenant: string, point: Point, entry: SQL = sql`e`): SQL {
  switch (point.kind) {
    case 'RECORDED':
      return sql`(${entry}.recorded_at <= ${point.timestamp}::text::timestamptz and ${seenIn(point.pin, entry)})`;
    case 'OCCURRED':
      return sql`(${entry}.occurred_at <= ${point.timestamp}::text::timestamptz and ${seenIn(point.pin, entry)})`;
    case 'CAPTURE':
      return sql`(${entry}.id <= ${point.entryId}::text::bigint and ${seenIn(point.pin, entry)})`;
    case 'LOG':
      return sql`(${entry}.id <= ${point.highestId}::text::bigint and exists (select from ${positions}
        where ${positions.tenant} = ${tenant} and ${positions.entryId} = ${entry}.id and ${positions.sequence} <= ${point.sequence}::text::bigint))`;
  }
}

/** An id that no entry at or before a point exceeds: where the reading of a busy record begins. */
export function endOf(point: Point): SQL {
  if (point.kind === 'LOG') return sql`${point.highestId}::text::bigint`;
  return point.kind === 'CAPTURE' ? sql`${point.entryId}::text::bigint` : sql.raw(unbounded);
}

/** One row: what the statement sees, for `pinFrom`. */
export function presentPin(tenant: string): SQL {
  return sql`/* audit.point.now */ select ${newPin(tenant)}`;
}

/** Tables, tracked now or once, and since when. By the sources' clock that is the first day counted, or an entry that is not counted yet. */
export function knownTables(tenant: string): SQL {
  return sql`/* audit.point.tables */
    select ${t.tableKey}, ${t.tableName}, ${t.untrackedAt}, ${t.trackedSince} as recorded_at, least(${t.trackedSince}, counted.first_at, uncounted.first_at) as occurred_at,
        (select jsonb_agg(jsonb_build_object('schemaVersion', v.schema_version, 'incarnation', v.incarnation, 'columns', v.columns) order by v.schema_version)
           from audit.table_version v where v.table_key = ${t.tableKey} having count(*) > 1) as versions
      from ${t}
      left join (select table_key, min(first_at) as first_at from audit.rollup where tenant = ${tenant} group by 1) counted
        on counted.table_key = ${t.tableKey}
      left join (select ${e.tableKey}, min(${e.occurredAt}) as first_at from audit.uncounted(${tenant}, ${mostUncounted}::int) u
                   join ${entries} e on ${e.tenant} = ${tenant} and ${e.id} = u group by 1) uncounted
        on uncounted.table_key = ${t.tableKey}
     where ${t.tenant} is null or ${t.tenant} = ${tenant}`;
}

export function toKnownTable(row: Row): KnownTable {
  return {
    tableKey: row['table_key'] as number,
    tableName: row['table_name'] as string,
    isTracked: row['untracked_at'] === null,
    recordedAt: instantFromPostgres(row['recorded_at'] as string) ?? '',
    occurredAt: instantFromPostgres(row['occurred_at'] as string) ?? '',
    formerNames: formerNamesOf((row['versions'] as TableVersion[] | null) ?? []),
  };
}

/** A row (sequence, highest, entry_id, recorded_at, newest) where the log has this position; `newest` alone where it does not. */
export function entryAt(tenant: string, sequence: string): SQL {
  return sql`/* audit.point.sequence */
    select ${placed}, coalesce((select ${feedHeads.sequence} from ${feedHeads} where ${feedHeads.tenant} = ${tenant}), 0) as newest
      from (select ${sequence}::text::bigint as wanted) asked
      left join ${positions} p on p.tenant = ${tenant} and p.sequence = asked.wanted
      left join ${entries} e on ${e.tenant} = ${tenant} and ${e.id} = p.entry_id`;
}

/** The same for an entry; without `sequence` while it has no position, without a row when there is no such entry. */
export function placeOfEntry(tenant: string, entryId: string): SQL {
  return sql`/* audit.point.entry */ select ${placed} from ${entries} e
    left join ${positions} p on p.tenant = ${tenant} and p.entry_id = ${e.id}
   where ${e.tenant} = ${tenant} and ${e.id} = ${entryId}::text::bigint`;
}

/** The same for the last entry of a run, and whether the run goes on. Index: idx_audit_log_run_id. */
export function placeOfRun(tenant: string, runId: string): SQL {
  return sql`/* audit.point.run */ select ${placed}, exists (
        select from audit.run r where r.tenant = ${tenant} and r.run_id = ${runId} and r.finished_at is null) as is_running
      from (select * from ${entries} e where ${e.tenant} = ${tenant} and ${e.runId} = ${runId} order by ${e.id} desc limit 1) e
      left join ${positions} p on p.tenant = ${tenant} and p.entry_id = ${e.id}`;
}

const placed = sql`p.sequence, coalesce(p.highest, ${unbounded}::text::bigint) as highest, ${e.id} as entry_id, ${e.recordedAt}`;

/** Whether a tick is still the one that a cursor was made behind; null when it is not kept any more. */
export function markOf(tick: string): SQL {
  return sql`/* audit.point.mark */ select ${feedTicks.mark} from ${feedTicks} where ${feedTicks.tick} = ${tick}::text::bigint`;
}
