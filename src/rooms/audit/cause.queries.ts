import { type SQL, sql } from 'drizzle-orm';
import { textArray } from '../../database/database.ts';
import { entries } from '../../database/tables/audit.ts';
import type { AuditEntry } from './audit.model.ts';

/** Causes, and effects, of one entry at most. */
export const maxLinks = 100;
const maxOfTransaction = maxLinks - 2; // room for the named cause and for the event that opened the run

// A restore gives transaction ids anew: only entries behind the newest boundary can share a transaction.
const boundary = sql`(select max(last_entry_id_before) from audit.epoch)`;

type Linked = Pick<AuditEntry, 'id' | 'transactionId' | 'causeId' | 'runId'>;

/**
 * Links (of, id, relation): the entry that was named as the cause, the event that opened the run, and the nearest earlier entries of the
 * transaction. An entry can be linked in several ways. Indexes: the primary key, idx_audit_log_run_id, entry_transaction.
 */
export function causesOf(tenant: string, of: readonly Linked[]): SQL {
  return sql`/* audit.entries.causes */
    with wanted as materialized (select * from ${wantedRows(of)})
    select w.id as "of", link.id, link.relation from wanted w cross join lateral (
      (select ${entries.id} as id, 'DECLARED' as relation from ${entries} where ${entries.tenant} = ${tenant} and ${entries.id} = w.cause_id and ${entries.id} <> w.id)
      union all
      (select opening.id, 'SAME_RUN' from lateral ${openingOf(tenant, sql`w.run_id`)} opening where opening.is_opening and opening.id < w.id)
      union all
      (select ${entries.id}, 'SAME_TRANSACTION' from ${entries}
        where ${entries.tenant} = ${tenant} and ${entries.xid} = w.xid and ${entries.id} < w.id and ${entries.id} > ${boundary}
        order by ${entries.id} desc limit ${maxOfTransaction})
    ) link`;
}

/** The mirror of `causesOf`. Indexes: entry_cause, entry_transaction, idx_audit_log_run_id. */
export function effectsOf(tenant: string, of: readonly Linked[]): SQL {
  return sql`/* audit.entries.effects */
    with wanted as materialized (select * from ${wantedRows(of)})
    select distinct w.id as "of", link.id from wanted w cross join lateral (
      (select ${entries.id} as id from ${entries} where ${entries.tenant} = ${tenant} and ${entries.causeId} = w.id and ${entries.id} <> w.id
        order by ${entries.id} limit ${maxLinks})
      union all
      (select ${entries.id} from ${entries} where ${entries.tenant} = ${tenant} and ${entries.runId} = w.run_id and ${entries.id} > w.id
          and exists (select 1 from ${openingOf(tenant, sql`w.run_id`)} opening where opening.is_opening and opening.id = w.id)
        order by ${entries.id} limit ${maxLinks})
      union all
      (select ${entries.id} from ${entries}
        where ${entries.tenant} = ${tenant} and ${entries.xid} = w.xid and ${entries.id} > w.id and w.id > ${boundary}
        order by ${entries.id} limit ${maxLinks})
    ) link`;
}

/** (run_id, id) of the events that opened runs. Index: idx_audit_log_run_id. */
export function openingsOf(tenant: string, runIds: readonly string[]): SQL {
  return sql`/* audit.runs.openings */
    select wanted.run_id, opening.id from unnest(${textArray(runIds)}::text::text[]) as wanted(run_id)
     cross join lateral ${openingOf(tenant, sql`wanted.run_id`)} opening where opening.is_opening`;
}

function wantedRows(of: readonly Linked[]): SQL {
  const list = (values: readonly (string | null)[]) => textArray(values);
  return sql`unnest(${list(of.map(({ id }) => id))}::text::bigint[], ${list(of.map((entry) => entry.transactionId))}::text::xid8[],
    ${list(of.map((entry) => entry.causeId))}::text::bigint[], ${list(of.map((entry) => entry.runId))}::text::text[]) as wanted(id, xid, cause_id, run_id)`;
}

/** The first entry of a run, and whether it is the event that opened it. */
function openingOf(tenant: string, runId: SQL): SQL {
  return sql`(select ${entries.id} as id, ${entries.operation} = 'EVENT' and ${entries.operationName} like '%\\_START' as is_opening from ${entries}
    where ${entries.tenant} = ${tenant} and ${entries.runId} = ${runId} order by ${entries.id} limit 1)`;
}
