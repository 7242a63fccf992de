// What edges of the lineage graph look up, each as a piece of SQL over `audit.entry`.
import { type SQL, sql } from 'drizzle-orm';
import { textArray } from '../../database/database.ts';
import type { Period } from '../../shared/time-range.ts';
import type { Point } from '../audit/point.model.ts';
import { atOrBefore } from '../audit/point.queries.ts';
import { maxNeighbours, type NodeKind, type ProvRelation, type Reference } from './lineage.model.ts';

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
  /** Whether operations of the vault are told. */
  readonly seesExecutions: boolean;
}

/** The edges of one relation, from some kinds of node. */
export interface Branch {
  readonly relation: ProvRelation;
  /** Kinds of node that it leads from. */
  readonly from: readonly NodeKind[];
  readonly body: SQL;
}

export const raw = (text: string): SQL => sql.raw(text);
/** An actor that was named and a database account of the same spelling are two agents. */
export const agentOf = (x: string): SQL =>
  raw(`case when ${x}.actor is null then 'DatabaseActor:' || ${x}.db_user else 'Actor:' || ${x}.actor end`);
/** What edges are made of. Personal values are no part of it: the server may not read them from the table. */
export const columnsOf = (x: string): SQL =>
  raw(
    ['id', 'xid', 'occurred_at', 'recorded_at', 'table_key', 'record_key', 'operation', 'actor', 'db_user', 'run_id', 'cause_id', 'after']
      .map((name) => `${x}.${name}`)
      .join(', '),
  );

/** The look-ups of one scope. Aliases and columns are ours, never a caller's. */
export class Lookups {
  protected readonly tenant: SQL;

  constructor(protected readonly scope: EdgeScope) {
    this.tenant = sql`${scope.tenant}::text`;
  }

  /**
   * The first entry of an entry's transaction, which names it. After a restore transaction numbers can come again: an epoch is not left. Its ends are
   * read apart (`offset 0`): in the comparison they would pass for a leak, and get no index. Index: entry_transaction.
   */
  protected firstOf(x: string): SQL {
    return sql`(select t.id from (select (select max(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before < ${raw(`${x}.id`)}) as low offset 0) b
      cross join lateral (
        select t.id from audit.entry t where t.tenant = ${this.tenant} and (t.xid, t.id) > (${raw(`${x}.xid`)}, b.low) and (t.xid, t.id) <= (${raw(`${x}.xid, ${x}.id`)})
         order by t.xid, t.id limit 1) t)`;
  }

  /**
   * The entry that was named as the cause of `x`. Like every look-up here it is a lateral join with a limit: a plain one would be hashed against the
   * whole log as soon as a transaction may have many entries.
   */
  protected causeOf(x: string): SQL {
    return sql`(select ${columnsOf('c')} from audit.entry c where c.tenant = ${this.tenant} and c.id = ${raw(`${x}.cause_id`)} and c.id < ${raw(`${x}.id`)} limit 1)`;
  }

  /** The entries `m` of the transaction `w`, oldest first. Index: entry_transaction. */
  protected members(most = maxNeighbours): SQL {
    return sql`(select ${columnsOf('m')} from audit.entry t
        cross join lateral (select coalesce((select min(b.last_entry_id_before) from audit.epoch b where b.last_entry_id_before >= t.id), 9223372036854775807) as high offset 0) b
        cross join lateral (
          select ${columnsOf('m')} from audit.entry m where m.tenant = ${this.tenant} and (m.xid, m.id) >= (t.xid, t.id) and (m.xid, m.id) <= (t.xid, b.high)
           order by m.xid, m.id limit ${raw(String(most))}) m
      where w.kind = 'transaction' and t.tenant = ${this.tenant} and t.id = w.id) m`;
  }

  protected changeBefore(x: string): SQL {
    return this.lastChange(`${x}.table_key`, `${x}.record_key`, `${x}.id`);
  }

  /**
   * The last change of a record before an entry. Key and id are compared together, because the planner, told that the key is equal, expects a handful
   * of entries, and reads and sorts all of a long record. Index: entry_record.
   */
  protected lastChange(table: string, key: string, before: string): SQL {
    return sql`(select x.id, x.operation from audit.entry x where x.tenant = ${this.tenant} and x.table_key = ${raw(table)} and (x.record_key, x.id) >= (${raw(key)}, 0)
        and (x.record_key, x.id) < (${raw(key)}, ${raw(before)}) and x.operation in ('INSERT', 'UPDATE', 'DELETE') order by x.record_key desc, x.id desc limit 1)`;
  }

  /** The first change of a record after an entry; 0 stands before all. */
  protected nextChange(table: string, key: string, after: string): SQL {
    return sql`(select ${columnsOf('x')} from audit.entry x where x.tenant = ${this.tenant} and x.table_key = ${raw(table)}
        and (x.record_key, x.id) > (${raw(key)}, ${raw(after)}) and (x.record_key, x.id) <= (${raw(key)}, 9223372036854775807) and x.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by x.record_key, x.id limit 1)`;
  }

  /** The record `k(table_key, record_key, entry)` whose version `w` is, and its next change `n`, if there is one. */
  protected followed(): SQL {
    return sql`(select e.table_key, e.record_key, e.id as entry from audit.entry e where w.kind = 'version' and e.tenant = ${this.tenant} and e.id = w.id
        union all select w.id::int, w.name, 0 where w.kind = 'base') k
      left join lateral ${this.nextChange('k.table_key', 'k.record_key', 'k.entry')} n on true`;
  }

  /** The entries `x` of the agent `w`, oldest first. Index: entry_actor. */
  protected doneBy(): SQL {
    const who = raw('case when x.actor is null then x.db_user else x.actor end');
    return sql`(select x.* from ${this.agentKey()} cross join lateral (
        select ${columnsOf('x')} from audit.entry x where x.tenant = ${this.tenant} and (${who}) = k.key and (x.actor is null) = k.is_account
         order by x.id limit ${raw(String(maxNeighbours))}) x) x`;
  }

  /** How the agent `w` is called, as `k`. It is worked out apart (`offset 0`): in a comparison it would pass for a leak, and get no index. */
  protected agentKey(): SQL {
    return raw(
      `(select substr(w.name, strpos(w.name, ':') + 1) as key, w.name like 'DatabaseActor:%' as is_account where w.kind = 'agent' offset 0) k`,
    );
  }

  protected references(): SQL {
    const { references } = this.scope;
    return sql`unnest(${textArray(references.map(({ childTable }) => childTable))}::text::int[], ${textArray(references.map(({ column }) => column))}::text::text[],
      ${textArray(references.map(({ parentTable }) => parentTable))}::text::int[]) as r(child, column_name, parent)`;
  }

  protected all(...conditions: readonly (SQL | null)[]): SQL {
    const given = conditions.filter((condition) => condition !== null);
    return given.length === 0 ? raw('true') : sql.join(given, raw(' and '));
  }

  protected kept(x: string): SQL | null {
    return this.keptTable(`${x}.table_key`);
  }

  protected keptTable(column: string): SQL | null {
    const { tables } = this.scope;
    return tables && sql`${raw(column)} = any(${textArray(tables)}::text::int[])`;
  }

  protected seen(x: string): SQL | null {
    const { tenant, asOf } = this.scope;
    const within = this.within(x);
    return within || asOf ? this.all(within, asOf && atOrBefore(tenant, asOf, raw(x))) : null;
  }

  /** Of an operation, which begins at `occurred_at`. */
  protected seenExecution(x: string): SQL | null {
    const { asOf } = this.scope;
    const begun = asOf && sql`${raw(x)}.occurred_at <= ${asOf.timestamp}::text::timestamptz`;
    const within = this.within(x);
    return within || begun ? this.all(within, begun) : null;
  }

  private within(x: string): SQL | null {
    const { period } = this.scope;
    return (
      period && sql`${raw(x)}.occurred_at >= ${period.from}::text::timestamptz and ${raw(x)}.occurred_at < ${period.to}::text::timestamptz`
    );
  }

  /** Of personal columns the names are read where their values are masked. */
  protected touches(x: string): SQL | null {
    const { columns } = this.scope;
    const names = columns && sql`${textArray(columns)}::text::text[]`;
    return (
      names &&
      sql`(${raw(x)}.after ?| ${names} or exists (
      select from audit.shown_entry p where p.tenant = ${this.tenant} and p.id = ${raw(x)}.id and p.personal_after ?| ${names})) is true`
    );
  }
}
