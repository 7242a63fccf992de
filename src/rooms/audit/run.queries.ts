import { type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { type Row, textArray } from '../../database/database.ts';
import { entries, runs } from '../../database/tables/audit.ts';
import type { ActorType } from './audit.model.ts';
import type { Run, RunEntries, RunStatus } from './run.model.ts';

export const r = alias(runs, 'r');

export const runColumns: SQL = sql`${r.name}, ${r.status}, ${r.startedAt}, ${r.finishedAt}, ${r.actor}, ${r.actorKind}, ${r.reason}, ${r.reasonCode}, ${r.reference}`;

/** Opened runs by id. */
export function runsById(tenant: string, runIds: readonly string[]): SQL {
  return sql`/* audit.runs.byId */ select ${r.runId}, ${runColumns} from ${runs} r where ${r.tenant} = ${tenant} and ${r.runId} = any(${textArray(runIds)}::text::text[])`;
}

/** What the entries say of each run: it reads all entries of these runs. Index: idx_audit_log_run_id. */
export function entriesOfRuns(tenant: string, runIds: readonly string[]): SQL {
  return sql`/* audit.runs.entries.summary */
    select wanted.run_id, s.*, f.* from unnest(${textArray(runIds)}::text::text[]) as wanted(run_id)
     cross join lateral ${entriesSummary(tenant, sql`${entries.runId} = wanted.run_id`)} s
     cross join lateral (
       select ${entries.id} as first_id, ${entries.actor}, ${entries.actorKind}, ${entries.actorRole}, ${entries.actorVerified}, ${entries.dbUser} from ${entries}
        where ${entries.tenant} = ${tenant} and ${entries.runId} = wanted.run_id order by ${entries.id} limit 1) f
     where s.count > 0`;
}

/** One row about the entries that fit: count, first_at, last_at, has_start, has_end. */
export function entriesSummary(tenant: string, condition: SQL): SQL {
  return sql`(select count(*) as count, min(${entries.occurredAt}) as first_at, max(${entries.occurredAt}) as last_at,
      coalesce(bool_or(${entries.operation} = 'EVENT' and ${entries.operationName} like '%\\_START'), false) as has_start,
      coalesce(bool_or(${entries.operation} = 'EVENT' and ${entries.operationName} like '%\\_END'), false) as has_end
      from ${entries} where ${entries.tenant} = ${tenant} and ${condition})`;
}

export function toRun(row: Row): Run {
  const name = row['name'] as string | null;
  return {
    key: row['run_id'] as string,
    opened:
      name === null
        ? null
        : {
            name,
            status: row['status'] as RunStatus,
            startedAt: row['started_at'] as string,
            finishedAt: row['finished_at'] as string | null,
            actor: row['actor'] as string | null,
            actorKind: row['actor_kind'] as ActorType | null,
            reason: row['reason'] as string | null,
            reasonCode: row['reason_code'] as string | null,
            reference: row['reference'] as string | null,
          },
  };
}

export function toRunEntries(row: Row): RunEntries {
  return {
    count: Number(row['count']),
    firstAt: row['first_at'] as string,
    lastAt: row['last_at'] as string,
    actor: {
      key: row['actor'] as string | null,
      kind: row['actor_kind'] as ActorType | null,
      role: row['actor_role'] as string | null,
      isVerified: row['actor_verified'] as boolean,
      saidBy: { entryId: row['first_id'] as string },
      databaseUser: row['db_user'] as string,
    },
    hasStart: row['has_start'] as boolean,
    hasEnd: row['has_end'] as boolean,
  };
}
