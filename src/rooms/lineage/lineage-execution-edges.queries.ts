// The edges of tracked operations. An operation belongs to the run that it names. A transaction belongs to an operation that wrote its record in it,
// and to one of its own run that was running when the transaction began. Where several databases became one (a restore) transaction numbers come again:
// a record and an entry are of one transaction only within one epoch.
import { type SQL, sql } from 'drizzle-orm';
import { maxNeighbours } from './lineage.model.ts';
import { agentOf, type Branch, columnsOf, Lookups, raw } from './lineage-lookups.queries.ts';

const hub = raw(String(maxNeighbours));
const versions = raw('script_tracking.script_execution_s');
const nodeOf = (x: string): SQL => raw(`'execution', null::bigint, encode(${x}.script_execution_hk, 'hex')`);

export class ExecutionEdges extends Lookups {
  upstream(): Branch[] {
    return [
      {
        relation: 'WAS_INFORMED_BY', // the operation whose record the transaction wrote
        from: ['transaction'],
        body: sql`select ${nodeOf('s')}, t.id, t.occurred_at from ${this.begun()} cross join lateral (
            select distinct s.script_execution_hk from ${versions} s where s.xid = t.xid and ${this.ours('s')} and s.load_date >= t.since and s.load_date < t.until limit ${hub}) s
          where ${this.all(this.seen('t'))}`,
      },
      {
        relation: 'WAS_INFORMED_BY', // the operation of its run that was running
        from: ['transaction'],
        body: sql`select ${nodeOf('s')}, t.id, t.occurred_at from ${this.begun()} cross join lateral (
            select s.script_execution_hk from ${versions} s where s.run_id = t.run_id and s.load_end_date is null and ${this.ours('s')}
               and s.execution_timestamp <= t.recorded_at and (s.completed_at is null or s.completed_at >= t.recorded_at)
             order by s.execution_timestamp, s.script_execution_hk limit ${hub}) s
          where ${this.all(this.seen('t'))}`,
      },
      {
        relation: 'WAS_INFORMED_BY', // the run that it is part of
        from: ['execution'],
        body: sql`select 'run', null::bigint, x.run_id::text, null::bigint, x.occurred_at from ${this.current()} where ${this.all(this.isRun('x.run_id'), this.seenExecution('x'))}`,
      },
      {
        relation: 'WAS_ASSOCIATED_WITH',
        from: ['execution'],
        body: sql`select 'agent', null::bigint, ${agentOf('x')}, null::bigint, x.occurred_at from ${this.current()} where ${this.all(this.seenExecution('x'))}`,
      },
    ];
  }

  downstream(): Branch[] {
    const who = raw('case when s.actor is null then s.db_session_user else s.actor end');
    const told = raw('s.script_execution_hk, s.execution_timestamp as occurred_at');
    return [
      {
        relation: 'WAS_INFORMED_BY',
        from: ['execution'],
        body: sql`select 'transaction', f.id, null::text, f.id, f.occurred_at from (
            select s.xid, s.load_date from ${this.hashKey()} cross join lateral (
              select s.xid, s.load_date from ${versions} s where s.script_execution_hk = k.key and ${this.ours('s')} order by s.load_date desc limit ${hub}) s) s
          cross join lateral (select coalesce(max(b.last_entry_id_before) filter (where b.started_at <= s.load_date), 0) as low,
              coalesce(min(b.last_entry_id_before) filter (where b.started_at > s.load_date), 9223372036854775807) as high
            from audit.epoch b where b.last_entry_id_before > 0) b
          cross join lateral (select t.id, t.xid, t.occurred_at, t.recorded_at from audit.entry t where t.tenant = ${this.tenant} and (t.xid, t.id) > (s.xid, b.low) and (t.xid, t.id) <= (s.xid, b.high)
             order by t.xid, t.id limit 1) f
          where ${this.all(this.seen('f'))}`,
      },
      {
        relation: 'WAS_INFORMED_BY',
        from: ['execution'],
        body: sql`select 'transaction', e.id, null::text, e.id, e.occurred_at from ${this.current()} cross join lateral (
            select ${columnsOf('e')} from audit.entry e where e.tenant = ${this.tenant} and e.run_id = x.run_id and e.recorded_at >= x.occurred_at
               and (x.completed_at is null or e.recorded_at <= x.completed_at) order by e.id limit ${hub}) e
          cross join lateral ${this.firstOf('e')} f where f.id = e.id and ${this.all(this.seen('e'))}`,
      },
      {
        relation: 'WAS_INFORMED_BY',
        from: ['run'],
        body: sql`select ${nodeOf('s')}, null::bigint, s.occurred_at from (
            select ${told} from ${versions} s where s.run_id = case when w.kind = 'run' then w.name end and s.load_end_date is null and ${this.ours('s')}
             order by s.execution_timestamp, s.script_execution_hk limit ${hub}) s where ${this.all(this.isRun('w.name'), this.seenExecution('s'))}`,
      },
      {
        relation: 'WAS_ASSOCIATED_WITH',
        from: ['agent'],
        body: sql`select ${nodeOf('s')}, null::bigint, s.occurred_at from (
            select s.* from ${this.agentKey()} cross join lateral (
              select ${told} from ${versions} s where s.load_end_date is null and ${this.ours('s')} and (${who}) = k.key and (s.actor is null) = k.is_account
               order by s.execution_timestamp limit ${hub}) s) s where ${this.all(this.seenExecution('s'))}`,
      },
    ];
  }

  /** The first entry `t` of the transaction `w`, and between which points in time the records of its transaction were written. */
  private begun(): SQL {
    return sql`(select t.id, t.xid, t.run_id::text as run_id, t.recorded_at, t.occurred_at,
        coalesce((select max(b.started_at) from audit.epoch b where b.last_entry_id_before > 0 and b.last_entry_id_before < t.id), '-infinity') as since,
        coalesce((select min(b.started_at) from audit.epoch b where b.last_entry_id_before >= t.id), 'infinity') as until
      from audit.entry t where w.kind = 'transaction' and t.tenant = ${this.tenant} and t.id = w.id limit 1) t`;
  }

  /** The present state `x` of the operation `w`. */
  private current(): SQL {
    return sql`(select s.* from ${this.hashKey()} cross join lateral (
        select s.run_id::text as run_id, s.actor, s.db_session_user as db_user, s.execution_timestamp as occurred_at, s.completed_at from ${versions} s
         where s.script_execution_hk = k.key and s.load_end_date is null and ${this.ours('s')} limit 1) s) x`;
  }

  /** The key of the operation `w` as `k`. It is worked out apart (`offset 0`): in the comparison it would pass for a leak, and get no index. */
  private hashKey(): SQL {
    return raw(`(select decode(case when w.kind = 'execution' then w.name end, 'hex') as key offset 0) k`);
  }

  /** A run that nobody opened is one by its entries. */
  private isRun(key: string): SQL {
    return sql`(exists (select from audit.run r where r.tenant = ${this.tenant} and r.run_id = ${raw(key)})
      or exists (select from audit.entry e where e.tenant = ${this.tenant} and e.run_id = ${raw(key)}))`;
  }

  private ours(x: string): SQL {
    return sql`${raw(x)}.tenant_hk = script_tracking.tenant_key(${this.tenant})`;
  }
}
