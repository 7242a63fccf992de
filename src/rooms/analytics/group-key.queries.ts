import { type SQL, sql } from 'drizzle-orm';
import { entries, runs, trackedTables as t } from '../../database/tables/audit.ts';
import { mask } from '../../shared/mask.ts';
import type { Period } from '../../shared/time-range.ts';
import { e } from '../audit/entry.queries.ts';
import { actorName, hasOwnReason } from '../audit/entry-filter.queries.ts';
import type { AuditGroupKey } from './analytics.model.ts';

/** Which entries are counted, and on whose clock. Index: idx_audit_log_timestamp. */
export interface Counted {
  readonly tenant: string;
  /** Tenant and filter, over `e`. */
  readonly where: SQL;
  readonly period: Period;
  readonly timeZone: string;
}

/** The value of a key for an entry, over `e` and the table `t` that it is about. */
export function groupKey(key: AuditGroupKey, { tenant, timeZone }: Pick<Counted, 'tenant' | 'timeZone'>): SQL {
  const shown = sql`(${e.occurredAt} at time zone ${timeZone}::text)`;
  switch (key) {
    case 'ACTOR':
      return sql`case when audit.sees_personal() then ${actorName} else ${mask}::text end`; // hidden ones are counted together
    case 'DAY':
      return sql`to_char(${shown}, 'YYYY-MM-DD')`;
    case 'ENTITY_TYPE':
      return sql`${t.entityType}`;
    case 'HOUR_OF_DAY':
      return sql`extract(hour from ${shown})::int`;
    case 'OPERATION':
      return sql`${e.operation}::text`;
    case 'RUN_ID':
      return sql`${e.runId}::text`;
    case 'TABLE_NAME':
      return sql`${t.tableName}`;
    case 'APPLICATION':
      return sql`${e.application}`;
    case 'ENTITY_KEY':
      return sql`case when ${e.entityKey} is null then ${e.recordKey} else ${e.entityKey} end`;
    case 'MONTH':
      return sql`to_char(${shown}, 'YYYY-MM')`;
    case 'OPERATION_NAME':
      return sql`${e.operationName}`;
    case 'REASON_CODE':
      return reasonCode(tenant);
  }
}

/** Entries with the tables that they are about. */
export const entriesWithTables: SQL = sql`${entries} e left join ${t} on ${t.tableKey} = ${e.tableKey}`;

/** Code of the reason that an entry is shown with: its own, else the oldest one added later, else its run's. */
function reasonCode(tenant: string): SQL {
  return sql`case when ${hasOwnReason} then ${e.reasonCode} else (
      select given.reason_code from (
        (select 1 as place, ${entries.reasonCode} from ${entries}
          where ${entries.tenant} = ${tenant} and ${entries.reasonFor} = ${e.id} and ${entries.reasonFor} is not null order by ${entries.id} limit 1)
        union all select 2, ${runs.reasonCode} from ${runs} where ${runs.tenant} = ${tenant} and ${runs.runId} = ${e.runId}) given
       order by given.place limit 1) end`;
}
