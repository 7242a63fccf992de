import { type SQL, sql } from 'drizzle-orm';
import { entries, runs } from '../../database/tables/audit.ts';
import { compileFilter, type FilterTree } from '../../shared/filter.ts';
import { instantField, type Operators, textField } from '../../shared/filter-fields.ts';
import type { PageWindow } from '../../shared/page.ts';
import type { RunStatus } from './run.model.ts';
import { entriesSummary, r, runColumns } from './run.queries.ts';

export interface RunFilter extends FilterTree<RunFilter> {
  readonly runId?: Operators<string> | null;
  readonly name?: Operators<string> | null;
  readonly startedAt?: Operators<string> | null;
  readonly status?: RunStatus | null;
}

/** Newest first is by run id, descending: it begins with the time, and its form is fixed. */
export function pageOfRuns(tenant: string, filter: RunFilter | null | undefined, window: PageWindow): SQL {
  const limit = window.limit + 1;
  const direction = window.backward ? sql`asc` : sql`desc`;
  return sql`/* audit.runs */ ${keysOf(tenant, window)}
    select found.* from (
      select key.run_id, ${runColumns} from key${joinsOf(tenant, filter)} where key.run_id is not null and ${conditionOf(filter)} limit ${limit}) found
     order by found.run_id ${direction}`;
}

export function countRuns(tenant: string, filter: RunFilter | null | undefined): SQL {
  return sql`/* audit.runs.count */ ${keysOf(tenant, null)}
    select count(*) as count from key${joinsOf(tenant, filter)} where key.run_id is not null and ${conditionOf(filter)}`;
}

/** Whether there is a run on a side of a key; with `includes` the key itself counts. */
export function anyRun(tenant: string, filter: RunFilter | null | undefined, key: string, side: 'newer' | 'older', includes: boolean): SQL {
  const window: PageWindow = {
    limit: 1,
    backward: side === 'newer',
    after: side === 'older' ? [key] : null,
    before: side === 'newer' ? [key] : null,
  };
  return sql`/* audit.runs.any */ ${keysOf(tenant, window, includes)}
    select exists (select 1 from key${joinsOf(tenant, filter)} where key.run_id is not null and ${conditionOf(filter)}) as found`;
}

/**
 * The run ids of a tenant, one after the other: each step is one probe of idx_audit_log_run_id and one of the runs' primary key, however many entries a
 * run has. The limit of whoever reads it ends the recursion; it gives its rows in the order it finds them.
 */
function keysOf(tenant: string, window: PageWindow | null, includes = false): SQL {
  const backward = window?.backward ?? false;
  const [beyond, direction, extreme] = backward ? [sql`>`, sql`asc`, sql`min`] : [sql`<`, sql`desc`, sql`max`];
  const start = backward ? window?.before : window?.after;
  const end = backward ? window?.after : window?.before;
  const next = (bound: SQL) => sql`(select ${extreme}(candidate.run_id) as run_id from (
      (select ${entries.runId} from ${entries} where ${entries.tenant} = ${tenant} and ${entries.runId} is not null${bound} order by ${entries.runId} ${direction} limit 1)
      union all
      (select ${runs.runId} from ${runs} where ${runs.tenant} = ${tenant}${bound} order by ${runs.runId} ${direction} limit 1)) candidate(run_id))`;
  const first = start ? sql` and run_id ${beyond}${includes ? sql.raw('=') : sql``} ${start[0] ?? ''}` : sql``;
  const isWithin = end ? sql` and key.run_id ${backward ? sql`<` : sql`>`} ${end[0] ?? ''}` : sql``;
  return sql`with recursive all_keys(run_id) as (
      ${next(first)}
      union all
      select step.run_id from all_keys cross join lateral ${next(sql` and run_id ${beyond} all_keys.run_id`)} step where all_keys.run_id is not null
    ), key(run_id) as (select key.run_id from all_keys key where true${isWithin})`;
}

/** The opened run, when there is one; for a filter also what the entries say of a run that nobody opened. */
function joinsOf(tenant: string, filter: RunFilter | null | undefined): SQL {
  const opened = sql` left join lateral (select * from ${runs} where ${runs.tenant} = ${tenant} and ${runs.runId} = key.run_id offset 0) r on true`;
  if (!filter) return opened;
  return sql`${opened} left join lateral ${entriesSummary(tenant, sql`r.run_id is null and ${entries.runId} = key.run_id`)} s on true`;
}

function conditionOf(filter: RunFilter | null | undefined): SQL {
  return compileFilter(filter, {
    runId: textField(sql`key.run_id`),
    name: textField(sql`${r.name}`),
    startedAt: instantField(sql`coalesce(${r.startedAt}, s.first_at)`),
    status: (status) => sql`coalesce(${r.status}, case when s.has_start and not s.has_end then 'RUNNING' else 'SUCCEEDED' end) = ${status}`,
  });
}
