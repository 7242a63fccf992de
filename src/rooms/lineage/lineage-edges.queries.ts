// The edges of the lineage graph, one relation at a time, as the bodies of lateral joins over nodes `w(kind, id, name)`. Each gives the neighbour
// (kind, id, name) and the entry behind the edge (entry, at). What stands under `upstream` and under `downstream` are the same edges, read from
// either end. Those of tracked operations stand in a file of their own.
import { type SQL, sql } from 'drizzle-orm';
import { maxNeighbours, type NodeKind, type Way } from './lineage.model.ts';
import { ExecutionEdges } from './lineage-execution-edges.queries.ts';
import { agentOf, type Branch, columnsOf, type EdgeScope, Lookups, raw } from './lineage-lookups.queries.ts';

/** Entries of a transaction that say who did it and in which run: all say the same, unless a program changes its mind within one. */
const sayersOfTransaction = 1_000;

const isVersion = (x: string): SQL => raw(`${x}.operation in ('INSERT', 'UPDATE') and ${x}.record_key is not null`);
const isChange = (x: string): SQL => raw(`${x}.operation in ('INSERT', 'UPDATE', 'DELETE') and ${x}.record_key is not null`);

/** All edges towards (`UPSTREAM`) or from (`DOWNSTREAM`) `w`, which is of one of these kinds, as one lateral body with the column `relation`. */
export function edgesOf(way: Way, scope: EdgeScope, kinds: ReadonlySet<NodeKind>): SQL {
  const end = way === 'UPSTREAM' ? 'upstream' : 'downstream';
  const branches = [...new EntryEdges(scope)[end](), ...(scope.seesExecutions ? new ExecutionEdges(scope)[end]() : [])];
  const isWanted = ({ relation, from }: Branch) => (scope.relations?.includes(relation) ?? true) && from.some((kind) => kinds.has(kind));
  const wanted = branches.filter(isWanted); // planning what cannot be found costs more than finding the rest
  if (wanted.length === 0)
    return sql`select null::text as relation, null::text as kind, null::bigint as id, null::text as name, null::bigint as entry, null::timestamptz as at where false`;
  return sql.join(
    wanted.map(
      ({ relation, body }) => sql`select ${raw(`'${relation}'`)}::text as relation, n.* from (${body}) n (kind, id, name, entry, at)`,
    ),
    sql`
      union all `,
  );
}

class EntryEdges extends Lookups {
  upstream(): Branch[] {
    const version = sql`audit.entry e where w.kind = 'version' and e.tenant = ${this.tenant} and e.id = w.id`;
    const e = sql`(select ${columnsOf('e')} from ${version}) e`;
    const wrote = this.all(this.seen('e'), this.touches('e'));
    return [
      {
        relation: 'WAS_GENERATED_BY',
        from: ['version'],
        body: sql`select 'transaction', f.id, null::text, e.id, e.occurred_at from ${e} cross join lateral ${this.firstOf('e')} f where ${wrote}`,
      },
      {
        relation: 'WAS_ATTRIBUTED_TO',
        from: ['version'],
        body: sql`select 'agent', null::bigint, ${agentOf('e')}, e.id, e.occurred_at from ${e} where ${wrote}`,
      },
      {
        relation: 'WAS_DERIVED_FROM', // the version before
        from: ['version'],
        body: sql`select ${versionOrBase('p', 'e')}, e.id, e.occurred_at from ${e} left join lateral ${this.changeBefore('e')} p on true
          where e.operation = 'UPDATE' and ${this.all(this.kept('e'), wrote)}`,
      },
      {
        relation: 'WAS_DERIVED_FROM', // the cause that was named; of a deletion what it ended (a row that got another key)
        from: ['version'],
        body: sql`select ${versionOrBase('s', 'c')}, e.id, e.occurred_at from ${e} cross join lateral ${this.causeOf('e')} c
          left join lateral ${this.changeBefore('c')} p on c.operation = 'DELETE'
          cross join lateral (select case when c.operation = 'DELETE' then p.id else c.id end as id, case when c.operation = 'DELETE' then p.operation else c.operation end as operation) s
          where ${isVersion('e')} and ${isChange('c')} and ${this.all(this.kept('c'), wrote)}`,
      },
      {
        relation: 'WAS_DERIVED_FROM', // the row that a foreign key refers to, as it was then
        from: ['version'],
        body: sql`select case when p.id is null then 'base' else 'version' end, coalesce(p.id, r.parent), case when p.id is null then k.key end, e.id, e.occurred_at
          from ${e} join ${this.references()} on r.child = e.table_key and e.after ? r.column_name
          cross join lateral (select e.after ->> r.column_name as key offset 0) k -- kept apart: ->> is not leakproof, and would get no index
          left join lateral ${this.lastChange('r.parent', 'k.key', 'e.id')} p on true
          left join lateral ${this.nextChange('r.parent', 'k.key', '0')} o on p.id is null
          where ${isVersion('e')} and k.key is not null and (p.operation in ('INSERT', 'UPDATE') or (p.id is null and o.operation is distinct from 'INSERT'))
            and ${this.all(this.keptTable('r.parent'), this.seen('e'))}`,
      },
      {
        relation: 'WAS_ASSOCIATED_WITH',
        from: ['transaction'],
        body: sql`select 'agent', null::bigint, ${agentOf('m')}, m.id, m.occurred_at from ${this.members(sayersOfTransaction)} where ${this.all(this.seen('m'))}`,
      },
      {
        relation: 'WAS_ASSOCIATED_WITH', // whoever wrote the first entry of a run
        from: ['run'],
        body: sql`select 'agent', null::bigint, ${agentOf('x')}, x.id, x.occurred_at from (
            select ${columnsOf('x')} from audit.entry x where w.kind = 'run' and x.tenant = ${this.tenant} and x.run_id = w.name order by x.id limit 1) x where ${this.all(this.seen('x'))}`,
      },
      {
        relation: 'WAS_INFORMED_BY', // the run that it was part of
        from: ['transaction'],
        body: sql`select 'run', null::bigint, m.run_id::text, m.id, m.occurred_at from ${this.members(sayersOfTransaction)} where m.run_id is not null and ${this.all(this.seen('m'))}`,
      },
      {
        relation: 'WAS_INFORMED_BY', // the transaction of an event that was named as the cause
        from: ['transaction'],
        body: sql`select 'transaction', f.id, null::text, m.id, m.occurred_at from ${this.members()} cross join lateral ${this.causeOf('m')} c
          cross join lateral ${this.firstOf('c')} f where ${informs('c', 'm')} and f.id <> w.id and ${this.all(this.seen('m'))}`,
      },
      {
        relation: 'WAS_INVALIDATED_BY',
        from: ['transaction'],
        body: sql`select ${versionOrBase('p', 'm')}, m.id, m.occurred_at from ${this.members()} left join lateral ${this.changeBefore('m')} p on true
          where m.operation = 'DELETE' and m.record_key is not null and ${this.all(this.kept('m'), this.seen('m'))}`,
      },
      {
        relation: 'USED', // a version that was named as the cause of an event or a deletion
        from: ['transaction'],
        body: sql`select 'version', c.id, null::text, m.id, m.occurred_at from ${this.members()} cross join lateral ${this.causeOf('m')} c
          where not (${isVersion('m')}) and ${isVersion('c')} and ${this.all(this.kept('c'), this.seen('m'))}`,
      },
    ];
  }

  downstream(): Branch[] {
    const hub = raw(String(maxNeighbours));
    return [
      {
        relation: 'WAS_DERIVED_FROM',
        from: ['version', 'base'],
        body: sql`select 'version', n.id, null::text, n.id, n.occurred_at from ${this.followed()} where n.operation = 'UPDATE' and ${this.all(this.kept('n'), this.seen('n'), this.touches('n'))}`,
      },
      {
        relation: 'WAS_INVALIDATED_BY',
        from: ['version', 'base'],
        body: sql`select 'transaction', f.id, null::text, n.id, n.occurred_at from ${this.followed()} cross join lateral ${this.firstOf('n')} f where n.operation = 'DELETE' and ${this.all(this.seen('n'))}`,
      },
      {
        relation: 'WAS_DERIVED_FROM', // what it was named as the cause of, itself or by its deletion
        from: ['version', 'base'],
        body: sql`select 'version', x.id, null::text, x.id, x.occurred_at from ${this.followed()} cross join lateral (
            select ${columnsOf('x')} from audit.entry x where x.tenant = ${this.tenant} and x.cause_id = k.entry and x.id > k.entry
            union all select ${columnsOf('x')} from audit.entry x where n.operation = 'DELETE' and x.tenant = ${this.tenant} and x.cause_id = n.id and x.id > n.id) x
          where ${isVersion('x')} and ${this.all(this.kept('x'), this.seen('x'), this.touches('x'))} limit ${hub}`,
      },
      {
        relation: 'USED',
        from: ['version'],
        body: sql`select 'transaction', f.id, null::text, x.id, x.occurred_at from audit.entry x cross join lateral ${this.firstOf('x')} f
          where w.kind = 'version' and x.tenant = ${this.tenant} and x.cause_id = w.id and x.id > w.id and not (${isVersion('x')}) and ${this.all(this.seen('x'))} limit ${hub}`,
      },
      {
        relation: 'WAS_DERIVED_FROM', // rows that refer to it, since they said so while it stood
        from: ['version', 'base'],
        body: sql`select 'version', x.id, null::text, x.id, x.occurred_at from ${this.followed()} join ${this.references()} on r.parent = k.table_key
          cross join lateral (
            select s.id from audit.stated_reference s where s.tenant = ${this.tenant} and s.column_name = r.column_name and s.refers_to = k.record_key and s.table_key = r.child
               and s.id > k.entry and s.id <= coalesce(n.id, 9223372036854775807) order by s.id limit ${hub}) s
          cross join lateral (select ${columnsOf('x')} from audit.entry x where x.tenant = ${this.tenant} and x.id = s.id limit 1) x
          where (w.kind = 'version' or n.operation is distinct from 'INSERT') and ${this.all(this.kept('x'), this.seen('x'))} limit ${hub}`,
      },
      {
        relation: 'WAS_GENERATED_BY',
        from: ['transaction'],
        body: sql`select 'version', m.id, null::text, m.id, m.occurred_at from ${this.members()} where ${isVersion('m')} and ${this.all(this.kept('m'), this.seen('m'), this.touches('m'))}`,
      },
      {
        relation: 'WAS_INFORMED_BY',
        from: ['transaction'],
        body: sql`select 'transaction', f.id, null::text, x.id, x.occurred_at from ${this.members()} cross join lateral (
            select ${columnsOf('x')} from audit.entry x where not (${isVersion('m')}) and x.tenant = ${this.tenant} and x.cause_id = m.id and x.id > m.id order by x.id limit ${hub}) x
          cross join lateral ${this.firstOf('x')} f where ${informs('m', 'x')} and f.id <> w.id and ${this.all(this.seen('x'))} limit ${hub}`,
      },
      {
        relation: 'WAS_INFORMED_BY',
        from: ['run'],
        body: sql`select 'transaction', f.id, null::text, x.id, x.occurred_at from (
            select ${columnsOf('x')} from audit.entry x where w.kind = 'run' and x.tenant = ${this.tenant} and x.run_id = w.name order by x.id limit ${hub}) x
          cross join lateral ${this.firstOf('x')} f where ${this.all(this.seen('x'))}`,
      },
      {
        relation: 'WAS_ATTRIBUTED_TO',
        from: ['agent'],
        body: sql`select 'version', x.id, null::text, x.id, x.occurred_at from ${this.doneBy()} where ${isVersion('x')} and ${this.all(this.kept('x'), this.seen('x'), this.touches('x'))}`,
      },
      {
        relation: 'WAS_ASSOCIATED_WITH',
        from: ['agent'],
        body: sql`select 'transaction', f.id, null::text, x.id, x.occurred_at from ${this.doneBy()} cross join lateral ${this.firstOf('x')} f where ${this.all(this.seen('x'))}`,
      },
      {
        relation: 'WAS_ASSOCIATED_WITH',
        from: ['agent'],
        body: sql`select 'run', null::bigint, x.run_id::text, x.id, x.occurred_at from ${this.doneBy()}
          cross join lateral (select o.id from audit.entry o where o.tenant = ${this.tenant} and o.run_id = x.run_id order by o.id limit 1) o
          where o.id = x.id and ${this.all(this.seen('x'))}`,
      },
    ];
  }
}

/** Columns (kind, id, name) of the version that the change `p` left behind; where there is none, of the row of `x` before the log. */
function versionOrBase(p: string, x: string): SQL {
  const found = `${p}.operation in ('INSERT', 'UPDATE')`;
  return raw(
    `case when ${found} then 'version' else 'base' end, case when ${found} then ${p}.id else ${x}.table_key::bigint end, case when ${found} then null else ${x}.record_key end`,
  );
}

/** A cause `c` that joins transactions, because it or its effect `x` is no version; what two versions share is told between them. */
function informs(c: string, x: string): SQL {
  return sql`case when ${isVersion(x)} then not (${isChange(c)}) else not (${isVersion(c)}) end`;
}
