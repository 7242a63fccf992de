// The lineage graph worked out a second time, from a list of all entries of a tenant, without any bound or index: what the product is held against.
import { sql } from 'drizzle-orm';
import type { TestDatabase } from '../../support/databases.ts';

interface Entry {
  readonly id: number;
  readonly xid: string;
  readonly table_name: string | null;
  readonly table_key: number | null;
  readonly record_key: string | null;
  readonly operation: string;
  readonly agent: string;
  readonly run_id: string | null;
  readonly cause_id: number | null;
  readonly after: Record<string, unknown> | null;
  /** Microseconds. */
  readonly recorded_at: number;
}

/** A tracked operation: where it ran, who ran it, and from when to when, in microseconds. */
interface Execution {
  readonly key: string;
  readonly run_id: string | null;
  readonly agent: string;
  readonly from: number;
  readonly to: number;
  /** Transactions that wrote versions of its state. */
  readonly xids: readonly string[];
}

export interface ReferenceEdge {
  readonly source: string;
  readonly target: string;
  readonly relation: string;
}

const foreignKeys: readonly (readonly [child: string, column: string, parent: string])[] = [
  ['commerce.customers', 'created_by', 'commerce.users'],
  ['commerce.orders', 'customer_id', 'commerce.customers'],
  ['commerce.order_items', 'order_id', 'commerce.orders'],
  ['commerce.order_items', 'product_id', 'commerce.products'],
  ['commerce.payments', 'order_id', 'commerce.orders'],
];

export async function entriesOf({ owner }: TestDatabase, tenant: string): Promise<Entry[]> {
  const rows = await owner.run(sql`
    select e.id::text as id, e.xid::text as xid, t.table_name, e.table_key, e.record_key, e.operation, e.run_id, e.cause_id::text as cause_id, e.after,
           case when e.actor is null then 'DatabaseActor:' || e.db_user else 'Actor:' || e.actor end as agent, extract(epoch from e.recorded_at) * 1000000 as recorded_at
      from audit.entry e left join audit.tracked_table t using (table_key) where e.tenant = ${tenant} order by e.id`);
  return rows.map((row) => ({
    ...(row as unknown as Entry),
    id: Number(row['id']),
    recorded_at: Number(row['recorded_at']),
    cause_id: row['cause_id'] === null ? null : Number(row['cause_id']),
  }));
}

export async function executionsOf({ owner }: TestDatabase, tenant: string): Promise<Execution[]> {
  const rows = await owner.run(sql`
    select encode(s.script_execution_hk, 'hex') as key, s.run_id, case when s.actor is null then 'DatabaseActor:' || s.db_session_user else 'Actor:' || s.actor end as agent,
           extract(epoch from s.execution_timestamp) * 1000000 as from, extract(epoch from s.completed_at) * 1000000 as to,
           (select to_jsonb(array_agg(v.xid::text)) from script_tracking.script_execution_s v where v.script_execution_hk = s.script_execution_hk) as xids
      from script_tracking.current_script_execution s where s.tenant_hk = script_tracking.tenant_key(${tenant})`);
  return rows.map((row) => ({
    ...(row as unknown as Execution),
    from: Number(row['from']),
    to: row['to'] === null ? Number.POSITIVE_INFINITY : Number(row['to']),
  }));
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

/** Every edge of a tenant, each once. */
export function edgesOf(entries: readonly Entry[], executions: readonly Execution[]): ReferenceEdge[] {
  const edges = new Map<string, ReferenceEdge>();
  const add = (source: string | null, target: string, relation: string) => {
    if (source !== null && source !== target) edges.set(`${source} ${target} ${relation}`, { source, target, relation });
  };
  const isVersion = (e: Entry) => (e.operation === 'INSERT' || e.operation === 'UPDATE') && e.record_key !== null;
  const isChange = (e: Entry) => isVersion(e) || (e.operation === 'DELETE' && e.record_key !== null);
  const transactionOf = (e: Entry) => `transaction.${entries.find(({ xid }) => xid === e.xid)?.id}`;
  const changes = (table: string | null, key: string) =>
    entries.filter((e) => isChange(e) && e.table_name === table && e.record_key === key);
  const keyOf = (table: string) => entries.find(({ table_name }) => table_name === table)?.table_key;
  const baseOf = (table: string, key: string) => `base.${keyOf(table)}.${base64url(key)}`;
  /** The version of a row that stood before an entry; null where it was gone or not made yet. */
  const standing = (table: string, key: string, before: number): string | null => {
    const all = changes(table, key);
    const last = all.filter(({ id }) => id < before).at(-1);
    if (last) return isVersion(last) ? `version.${last.id}` : null;
    return all[0]?.operation === 'INSERT' ? null : baseOf(table, key);
  };

  for (const e of entries) {
    const transaction = transactionOf(e);
    const agent = `agent.${base64url(e.agent)}`;
    add(agent, transaction, 'WAS_ASSOCIATED_WITH');
    if (e.run_id !== null) {
      add(`run.${e.run_id}`, transaction, 'WAS_INFORMED_BY');
      if (entries.find(({ run_id }) => run_id === e.run_id) === e) add(agent, `run.${e.run_id}`, 'WAS_ASSOCIATED_WITH');
    }
    const version = `version.${e.id}`;
    if (isVersion(e)) {
      add(transaction, version, 'WAS_GENERATED_BY');
      add(agent, version, 'WAS_ATTRIBUTED_TO');
      if (e.operation === 'UPDATE') add(standing(e.table_name!, e.record_key!, e.id), version, 'WAS_DERIVED_FROM');
      for (const [child, column, parent] of foreignKeys) {
        const key = e.after?.[column] ?? null;
        if (e.table_name === child && key !== null) add(standing(parent, String(key), e.id), version, 'WAS_DERIVED_FROM');
      }
    }
    if (e.operation === 'DELETE' && e.record_key !== null)
      add(standing(e.table_name!, e.record_key, e.id), transaction, 'WAS_INVALIDATED_BY');
    const cause = entries.find(({ id }) => id === e.cause_id && id < e.id);
    if (!cause) continue;
    if (isVersion(e) && isVersion(cause)) add(`version.${cause.id}`, version, 'WAS_DERIVED_FROM');
    else if (isVersion(e) && isChange(cause)) add(standing(cause.table_name!, cause.record_key!, cause.id), version, 'WAS_DERIVED_FROM');
    else if (!isVersion(e) && isVersion(cause)) add(`version.${cause.id}`, transaction, 'USED');
    else add(transactionOf(cause), transaction, 'WAS_INFORMED_BY');
  }
  for (const { key, agent, run_id, from, to, xids } of executions) {
    const execution = `execution.${key}`;
    add(`agent.${base64url(agent)}`, execution, 'WAS_ASSOCIATED_WITH');
    if (run_id !== null && entries.some((e) => e.run_id === run_id)) add(`run.${run_id}`, execution, 'WAS_INFORMED_BY');
    for (const e of entries.filter((one) => transactionOf(one) === `transaction.${one.id}`)) {
      const isWithin = e.run_id !== null && e.run_id === run_id && e.recorded_at >= from && e.recorded_at <= to;
      if (isWithin || xids.includes(e.xid)) add(execution, `transaction.${e.id}`, 'WAS_INFORMED_BY');
    }
  }
  return [...edges.values()];
}

/** Hops from the seeds along the edges, or against them; as far as `depth`. */
export function hopsFrom(
  edges: readonly ReferenceEdge[],
  seeds: readonly string[],
  way: 'UPSTREAM' | 'DOWNSTREAM',
  depth: number,
): Map<string, number> {
  const hops = new Map(seeds.map((seed) => [seed, 0]));
  for (let hop = 1; hop <= depth; hop++) {
    const reached = [...hops].filter(([, far]) => far === hop - 1).map(([key]) => key);
    if (reached.length === 0) break;
    for (const key of reached) {
      for (const neighbour of neighboursOf(edges, key, way)) if (!hops.has(neighbour)) hops.set(neighbour, hop);
    }
  }
  return hops;
}

export function neighboursOf(edges: readonly ReferenceEdge[], key: string, way: 'UPSTREAM' | 'DOWNSTREAM'): Set<string> {
  return new Set(
    edges.flatMap(({ source, target }) => (way === 'UPSTREAM' ? (target === key ? [source] : []) : source === key ? [target] : [])),
  );
}

/** Whether no version was made of itself, over any number of others. */
export function isAcyclic(edges: readonly ReferenceEdge[]): boolean {
  const among = edges.filter(({ source, target }) => [source, target].every((key) => /^(version|base)\./.test(key)));
  const incoming = new Map<string, number>();
  for (const { target } of among) incoming.set(target, (incoming.get(target) ?? 0) + 1);
  const free = [...new Set(among.map(({ source }) => source))].filter((key) => !incoming.has(key));
  let gone = 0;
  for (let key = free.pop(); key !== undefined; key = free.pop()) {
    for (const { source, target } of among) {
      if (source !== key) continue;
      gone++;
      const left = (incoming.get(target) ?? 0) - 1;
      incoming.set(target, left);
      if (left === 0) free.push(target);
    }
  }
  return gone === among.length;
}
