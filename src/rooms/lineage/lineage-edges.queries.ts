// The edges of the lineage graph, one relation at a time, as the bodies of lateral joins over nodes `w(kind, id, name)`. Each gives the neighbour
// (kind, id, name) and the entry behind the edge (entry, at). What stands under `upstream` and under `downstream` are the same edges, read from
// either end.
//
// Seam: an execution of a tracked operation is an activity too. Its kind joins NodeKind, its edges (it generated versions, used versions, was
// informed by a run) join the two lists.
import { type SQL, sql } from 'drizzle-orm';
import { textArray } from '../../database/database.ts';
import type { Period } from '../../shared/time-range.ts';
import type { Point } from '../audit/point.model.ts';
import { atOrBefore } from '../audit/point.queries.ts';
import { maxNeighbours, type NodeKind, type ProvRelation, type Reference, type Way } from './lineage.model.ts';

/** What is asked for, in terms of the database. */
export interface EdgeScope {
  readonly tenant: string;
  /** Only those that touch the fields that are asked for. */
  readonly references: readonly Reference[];
  /** Null for all. */
  readonly relations: readonly ProvRelation[] | null;
  /** Keys of the tables whose versions are kept; null for all. */
  readonly tables: readonly number[] | null;
  /** Columns that an edge must touch; null for any. */
  readonly columns: readonly string[] | null;
  readonly period: Period | null;
  /** Edges that later entries made are left out. */
  readonly asOf: Point | null;
}

interface Branch {
  readonly relation: ProvRelation;
  /** Kinds of node that it leads from. */
  readonly from: readonly NodeKind[];
  readonly body: SQL;
}

/** Entries of a transaction that say who did it and in which run: all say the same, unless a program changes its mind within one. */
const sayersOfTransaction = 1_000;

const isVersion = (x: string): SQL => raw(`${x}.operation in ('INSERT', 'UPDATE') and ${x}.record_key is not null`);
const isChange = (x: string): SQL => raw(`${x}.operation in ('INSERT', 'UPDATE', 'DELETE') and ${x}.record_key is not null`);
/** An actor that was named and a database account of the same spelling are two agents. */
const agentOf = (x: string): SQL =>
  raw(`case when ${x}.actor is null then 'DatabaseActor:' || ${x}.db_user else 'Actor:' || ${x}.actor end`);
const raw = (text: string): SQL => sql.raw(text);
/** What edges are made of. Personal values are no part of it: the server may not read them from the table. */
const columnsOf = (x: string): SQL =>
  raw(
    ['id', 'xid', 'occurred_at', 'recorded_at', 'table_key', 'record_key', 'operation', 'actor', 'db_user', 'run_id', 'cause_id', 'after']
      .map((name) => `${x}.${name}`)
      .join(', '),
  );

/** All edges towards (`UPSTREAM`) or from (`DOWNSTREAM`) `w`, which is of one of these kinds, as one lateral body with the column `relation`. */
export function edgesOf(way: Way, scope: EdgeScope, kinds: ReadonlySet<NodeKind>): SQL {
  const branches = new Branches(scope)[way === 'UPSTREAM' ? 'upstream' : 'downstream']();
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

class Branches {
  private readonly tenant: SQL;

  constructor(private readonly scope: EdgeScope) {
    this.tenant = sql`${scope.tenant}::text`;
  }

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

  /**
   * The first entry of an entry's transaction, which names it. After a restore transaction numbers can come again: an epoch is not left. Its ends are
   * read apart (`offset 0`): in the comparison they would pass for a leak, and get no index. Index: entry_transaction.
   */
  private firstOf(x: string): SQL {
    return sql`(select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < ${raw(`${x}.id`)}) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = ${this.tenant} and (t.xid, t.id) > (${raw(`${x}.xid`)}, b.low) and (t.xid, t.id) <= (${raw(`${x}.xid, ${x}.id`)})
         order by t.xid, t.id limit 1) t)`;
  }

  /**
   * The entry that was named as the cause of `x`. Like every look-up here it is a lateral join with a limit: a plain one would be hashed against the
   * whole log as soon as a transaction may have many entries.
   */
  private causeOf(x: string): SQL {
    return sql`(select ${columnsOf('c')} from audit.entry c where c.tenant = ${this.tenant} and c.id = ${raw(`${x}.cause_id`)} and c.id < ${raw(`${x}.id`)} limit 1)`;
  }

  /** The entries `m` of the transaction `w`, oldest first. Index: entry_transaction. */
  private members(most = maxNeighbours): SQL {
    return sql`(select ${columnsOf('m')} from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select ${columnsOf('m')} from audit.entry m where m.tenant = ${this.tenant} and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit ${raw(String(most))}) m
      where w.kind = 'transaction' and t.tenant = ${this.tenant} and t.id = w.id) m`;
  }

  private changeBefore(x: string): SQL {
    return this.lastChange(`${x}.table_key`, `${x}.record_key`, `${x}.id`);
  }

  /**
   * The last change of a record before an entry. Key and id are compared together, because the planner, told that the key is equal, expects a handful
   * of entries, and reads and sorts all of a long record. Index: entry_record.
   */
  private lastChange(table: string, key: string, before: string): SQL {
    return sql`(select x.id, x.operation from audit.entry x where x.tenant = ${this.tenant} and x.table_key = ${raw(table)} and (x.record_key, x.id) >= (${raw(key)}, 0)
        and (x.record_key, x.id) < (${raw(key)}, ${raw(before)}) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1)`;
  }

  /** The first change of a record after an entry; 0 stands before all. */
  private nextChange(table: string, key: string, after: string): SQL {
    return sql`(select ${columnsOf('x')} from audit.entry x where x.tenant = ${this.tenant} and x.table_key = ${raw(table)}
        and (x.record_key, x.id) > (${raw(key)}, ${raw(after)}) and (x.record_key, x.id) <= (${raw(key)}, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1)`;
  }

  /** The record `k(table_key, record_key, entry)` whose version `w` is, and its next change `n`, if there is one. */
  private followed(): SQL {
    return sql`(select e.table_key, e.record_key, e.id as entry from audit.entry e where w.kind = 'version' and e.tenant = ${this.tenant} and e.id = w.id
        union all select w.id::int, w.name, 0 where w.kind = 'base') k
      left join lateral ${this.nextChange('k.table_key', 'k.record_key', 'k.entry')} n on true`;
  }

  /** The entries `x` of the agent `w`, oldest first. Index: entry_actor. */
  private doneBy(): SQL {
    const who = raw('case when x.actor is null then x.db_user else x.actor end');
    return sql`(select ${columnsOf('x')} from audit.entry x where w.kind = 'agent' and x.tenant = ${this.tenant} and (${who}) = substr(w.name, strpos(w.name, ':') + 1)
        and (x.actor is null) = (w.name like 'DatabaseActor:%') order by x.id limit ${raw(String(maxNeighbours))}) x`;
  }

  private references(): SQL {
    const { references } = this.scope;
    return sql`unnest(${textArray(references.map(({ childTable }) => childTable))}::text::int[], ${textArray(references.map(({ column }) => column))}::text::text[],
      ${textArray(references.map(({ parentTable }) => parentTable))}::text::int[]) as r(child, column_name, parent)`;
  }

  private all(...conditions: readonly (SQL | null)[]): SQL {
    const given = conditions.filter((condition) => condition !== null);
    return given.length === 0 ? raw('true') : sql.join(given, raw(' and '));
  }

  private kept(x: string): SQL | null {
    return this.keptTable(`${x}.table_key`);
  }

  private keptTable(column: string): SQL | null {
    const { tables } = this.scope;
    return tables && sql`${raw(column)} = any(${textArray(tables)}::text::int[])`;
  }

  private seen(x: string): SQL | null {
    const { tenant, period, asOf } = this.scope;
    const within =
      period && sql`${raw(x)}.occurred_at >= ${period.from}::text::timestamptz and ${raw(x)}.occurred_at < ${period.to}::text::timestamptz`;
    return within || asOf ? this.all(within, asOf && atOrBefore(tenant, asOf, raw(x))) : null;
  }

  /** Of personal columns the names are read where their values are masked. */
  private touches(x: string): SQL | null {
    const { columns } = this.scope;
    const names = columns && sql`${textArray(columns)}::text::text[]`;
    return (
      names &&
      sql`(${raw(x)}.after ?| ${names} or exists (
      select from audit.shown_entry p where p.tenant = ${this.tenant} and p.id = ${raw(x)}.id and p.personal_after ?| ${names})) is true`
    );
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
