import { type SQL, sql } from 'drizzle-orm';
import { type Row, textArray } from '../../database/database.ts';
import { instantFromPostgres } from '../../shared/instant.ts';
import type { RecordRef } from '../provenance/version.model.ts';
import { ofPresentTable, records } from '../provenance/version.queries.ts';
import {
  maxCounted,
  maxEdgeEntries,
  type NodeKind,
  type NodeRef,
  nodeKinds,
  type ProvRelation,
  type Reference,
  type WalkedEdge,
  type Way,
} from './lineage.model.ts';
import { edgesOf } from './lineage-edges.queries.ts';
import { keyOfNode } from './lineage-key.ts';
import type { EdgeScope } from './lineage-lookups.queries.ts';

/** The versions of a record, newest first, and the operation of its first change (null when there is none). Index: entry_record. */
export function versionsOfRecord(tenant: string, ref: RecordRef, limit: number): SQL {
  return sql`/* lineage.versions */
    select v.id, origin.operation as first_operation from ${records([ref])}
      left join lateral (select e.operation from audit.entry e where ${ofPresentTable(tenant, ref.table)} and e.operation in ('INSERT', 'UPDATE', 'DELETE') order by e.id limit 1) origin on true
      left join lateral (select e.id from audit.entry e where ${ofPresentTable(tenant, ref.table)} and e.operation in ('INSERT', 'UPDATE') order by e.id desc limit ${limit}) v on true
     order by v.id desc`;
}

/** Foreign keys of one column, beside the tenant's, to the key of another tracked table. */
export function referencesOf(tenant: string): SQL {
  const tracked = (alias: SQL, relation: SQL) => sql`join pg_class ${alias}_class on ${alias}_class.oid = ${relation}
      join pg_namespace ${alias}_schema on ${alias}_schema.oid = ${alias}_class.relnamespace
      join audit.tracked_table ${alias} on ${alias}.schema_name = ${alias}_schema.nspname and ${alias}.relation_name = ${alias}_class.relname
       and (${alias}.tenant is null or ${alias}.tenant = ${tenant})`;
  return sql`/* lineage.references */
    select distinct child.table_key as child, parent.table_key as parent, pair.child_column as column_name
      from pg_constraint f ${tracked(sql`child`, sql`f.conrelid`)} ${tracked(sql`parent`, sql`f.confrelid`)}
     cross join lateral (
       select min(c.attname::text) as child_column, min(p.attname::text) as parent_column, count(*) as columns
         from unnest(f.conkey, f.confkey) as k(child_number, parent_number)
         join pg_attribute c on c.attrelid = f.conrelid and c.attnum = k.child_number
         join pg_attribute p on p.attrelid = f.confrelid and p.attnum = k.parent_number
        where c.attname is distinct from child.tenant_column and p.attname is distinct from parent.tenant_column) pair
     where f.contype = 'f' and pair.columns = 1 and parent.key_columns = array[pair.parent_column] order by 1, 3`;
}

export function toReference(row: Row): Reference {
  return { childTable: row['child'] as number, column: row['column_name'] as string, parentTable: row['parent'] as number };
}

/** A node that is walked on from. */
export interface Step {
  readonly way: Way;
  readonly ref: NodeRef;
}

/**
 * What one level of a walk leads to: rows `total` (place, count: the neighbours of each step, exact up to `maxNeighbours` of a kind), and rows `node`
 * (way, kind, id, name): the neighbours of all steps, each once, in order; of each way the first `limit`.
 */
export function neighboursOf(scope: EdgeScope, steps: readonly Step[], limit: number): SQL {
  const ways: Way[] = ['UPSTREAM', 'DOWNSTREAM'];
  const found = ways
    .filter((way) => steps.some((step) => step.way === way))
    .map(
      (way) =>
        sql`select distinct w.place, w.way, n.kind, n.id, n.name from wanted w cross join lateral (${edgesOf(way, scope, kindsOf(steps.filter((step) => step.way === way).map(({ ref }) => ref)))}) n where w.way = ${way}`,
    );
  const order = sql`array_position(array['version', 'base', 'transaction', 'execution', 'run', 'agent'], kind), case way when 'UPSTREAM' then -id else id end, name`;
  return sql`/* lineage.level */
    with wanted as materialized (
      select * from ${nodeRows(steps.map(({ ref }) => ref))} as a(kind, id, name, place) join unnest(${textArray(steps.map(({ way }) => way))}::text::text[]) with ordinality as b(way, place) using (place)),
    found as materialized (${sql.join(found, sql` union all `)})
    select 'total' as what, place::int, count(*)::int as count, null as way, null as kind, null::text as id, null as name from found group by place
    union all
    (select 'node', null, null, way, kind, id::text, name from (
        select way, kind, id, name, row_number() over (partition by way order by ${order}) as nth from (select distinct way, kind, id, name from found) f) f
      where nth <= ${limit} order by way desc, nth)`;
}

/** The edges between nodes, all relations of two nodes apart. Ends are compared as one text each, which can be hashed. */
export function edgesAmong(scope: EdgeScope, nodes: readonly NodeRef[]): SQL {
  const key = (x: string) => sql.raw(`concat_ws(' ', ${x}.kind, ${x}.id, ${x}.name)`);
  return sql`/* lineage.edges */
    with node as materialized (select n.*, ${key('n')} as key from ${nodeRows(nodes)} as n(kind, id, name, place)),
    found as materialized (
      select w.place, n.relation, n.entry, n.at, ${key('n')} as key from node w cross join lateral (${edgesOf('UPSTREAM', scope, kindsOf(nodes))}) n)
    select source.place::int as source, f.place::int as target, f.relation, min(f.at) as first_seen_at, max(f.at) as last_seen_at,
           coalesce(to_jsonb((array_agg(distinct f.entry order by f.entry) filter (where f.entry is not null))[1:${sql.raw(String(maxEdgeEntries))}]::text[]), '[]') as entries
      from found f join node source using (key) group by 1, 2, 3 order by 1, 2, 3`;
}

/** How many nodes can be reached from these, themselves left out; it counts up to `maxCounted`. */
export function reachableFrom(scope: EdgeScope, seeds: readonly NodeRef[], way: Way): SQL {
  return sql`/* lineage.totals */
    with recursive seed as materialized (select kind, id, name from ${nodeRows(seeds)} as s(kind, id, name, place)),
    reached(kind, id, name) as (
      select * from seed union select n.kind, n.id, n.name from reached w cross join lateral (${edgesOf(way, scope, new Set(nodeKinds))}) n)
    select greatest(count(*) - (select count(*) from seed), 0)::int as count from (select from reached limit ${maxCounted} + (select count(*) from seed)) r`;
}

export function toNode(row: Row): NodeRef {
  return { kind: row['kind'] as NodeKind, id: row['id'] as string | null, name: row['name'] as string | null };
}

/** @param nodes those that were asked about, in that order. */
export function toEdge(nodes: readonly NodeRef[], row: Row): WalkedEdge | null {
  const [source, target] = [nodes[Number(row['source']) - 1], nodes[Number(row['target']) - 1]];
  return (
    (source ?? null) &&
    (target ?? null) && {
      source: keyOfNode(source as NodeRef),
      target: keyOfNode(target as NodeRef),
      relation: row['relation'] as ProvRelation,
      entryIds: row['entries'] as string[],
      firstSeenAt: instantFromPostgres(row['first_seen_at'] as string) ?? '',
      lastSeenAt: instantFromPostgres(row['last_seen_at'] as string) ?? '',
    }
  );
}

function nodeRows(nodes: readonly NodeRef[]): SQL {
  return sql`unnest(${textArray(nodes.map(({ kind }) => kind))}::text::text[], ${textArray(nodes.map(({ id }) => id))}::text::bigint[],
    ${textArray(nodes.map(({ name }) => name))}::text::text[]) with ordinality`;
}

const kindsOf = (nodes: readonly NodeRef[]): ReadonlySet<NodeKind> => new Set(nodes.map(({ kind }) => kind));
