import { type SQL, sql } from 'drizzle-orm';
import { entries, rollups, trackedTables as t } from '../../database/tables/audit.ts';
import { e, occurredIn } from '../audit/entry.queries.ts';
import type { Counted } from './group-key.queries.ts';
import type { WholeDays } from './whole-days.ts';

/** Entries behind the rollup that are counted one by one; with more, the whole period is quicker. */
export const mostUncounted = 10_000;

/**
 * The entries of a period, those of whole days counted already: `e` with what filters and group keys of days read, and `n`, how many a row
 * stands for, from `e.occurred_at` to `e.last_at`, which are of one day. Beside it the column `uncounted`: above `mostUncounted` some are missing.
 * Both are read under one snapshot, so that an entry is counted once at the moment when the rollup takes it.
 */
export function entriesByDay(
  { tenant, where, period }: Counted,
  days: WholeDays,
): { readonly with: SQL; readonly from: SQL; readonly uncounted: SQL } {
  const [begin, end] = [days.from, days.to].map((day) => `${day}T00:00:00.000000Z`) as [string, string];
  const one = sql`${e.tenant}, ${e.tableKey}, ${e.operation}::text, ${e.actor}, ${e.dbUser}, ${e.occurredAt}, ${e.occurredAt} as last_at, 1::bigint as n`;
  const edges = [
    { from: period.from, to: begin },
    { from: end, to: period.to },
  ].filter(({ from, to }) => from < to);
  return {
    with: sql`with late as materialized (select id from audit.uncounted(${tenant}, ${mostUncounted + 1}::int) id)`,
    from: sql`(
        select ${rollups.tenant}, nullif(${rollups.tableKey}, 0) as table_key, ${rollups.operation},
               case when ${rollups.isNamed} then ${rollups.actor} end as actor, ${rollups.actor} as db_user,
               ${rollups.firstAt} as occurred_at, ${rollups.lastAt} as last_at, ${rollups.entries} as n
          from ${rollups} where ${rollups.tenant} = ${tenant} and ${rollups.day} >= ${days.from}::text::date and ${rollups.day} < ${days.to}::text::date
        ${sql.join(
          edges.map((edge) => sql`union all select ${one} from ${entries} e where ${e.tenant} = ${tenant} and ${occurredIn(edge)}`),
          sql` `,
        )}
        union all select ${one} from late join ${entries} e on ${e.tenant} = ${tenant} and ${e.id} = late.id where ${occurredIn({ from: begin, to: end })}) e
      left join ${t} on ${t.tableKey} = ${e.tableKey}
     where ${where}`,
    uncounted: sql`(select count(*) from late) as uncounted`,
  };
}
