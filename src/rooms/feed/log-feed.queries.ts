import { type SQL, sql } from 'drizzle-orm';
import { alertHeads, feedTicks } from '../../database/tables/audit.ts';
import { executionHeads } from '../../database/tables/vault.ts';
import type { OtherHeads } from './feed.model.ts';

const heads: Readonly<Record<keyof OtherHeads, (tenant: string) => SQL>> = {
  alerts: (tenant) => sql`(select ${alertHeads.sequence} from ${alertHeads} where ${alertHeads.tenant} = ${tenant})`,
  operations: (tenant) =>
    sql`(select ${executionHeads.sequence} from ${executionHeads} where ${executionHeads.tenantKey} = script_tracking.tenant_key(${tenant}))`,
};

/** Up to where a log is not kept any more. */
const pruned: Readonly<Record<keyof OtherHeads, (tenant: string) => SQL>> = {
  alerts: (tenant) => sql`(select ${alertHeads.pruned} from ${alertHeads} where ${alertHeads.tenant} = ${tenant})`,
  operations: () => sql`null`,
};

/** One row for `toCursorFacts`, and `pruned`, about a log besides that of entries. */
export function logFacts(log: keyof OtherHeads, tenant: string, tick: number): SQL {
  return sql`/* feed.log */ select coalesce(${heads[log](tenant)}, 0) as sequence, coalesce(${pruned[log](tenant)}, 0) as pruned, 0 as own_tick, newest.tick as newest, newest.mark as newest_mark,
      (select max(epoch)::text from audit.epoch) as epoch, (select min(${feedTicks.tick}) from ${feedTicks}) as oldest,
      (select ${feedTicks.mark} from ${feedTicks} where ${feedTicks.tick} = ${String(tick)}::text::bigint) as mark
    from (select ${feedTicks.tick}, ${feedTicks.mark} from ${feedTicks} order by ${feedTicks.tick} desc limit 1) newest`;
}
