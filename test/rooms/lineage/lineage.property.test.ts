import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Transaction, WriteContext } from '../../../src/database/database.ts';
import { decodeGlobalId, encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer } from '../audit/trail.ts';
import { History } from '../provenance/history-model.ts';
import { history, type Step, Writer } from '../provenance/history-steps.ts';
import { trackCrates } from '../provenance/history-tables.ts';
import { edgesOf, entriesOf, executionsOf, hopsFrom, isAcyclic, neighboursOf, type ReferenceEdge } from './lineage-reference.ts';

type Way = 'UPSTREAM' | 'DOWNSTREAM';
interface Asked {
  readonly direction: 'BOTH' | Way;
  readonly depth: number;
  readonly maxNodes: number;
}
interface Node {
  readonly id: string;
  readonly degree: number;
  readonly hiddenUpstream: number;
  readonly hiddenDownstream: number;
}
interface Graph {
  readonly isPartial: boolean;
  readonly totals: { readonly upstream: number; readonly downstream: number };
  readonly root: { readonly id: string };
  readonly nodes: readonly Node[];
  readonly edges: readonly ReferenceEdge[];
}

const typenames: Readonly<Record<string, string>> = {
  'commerce.users': 'User',
  'commerce.customers': 'Customer',
  'commerce.products': 'Product',
  'commerce.orders': 'Order',
  'commerce.order_items': 'OrderItem',
  'commerce.payments': 'Payment',
};

const keyOf = (id: string) => decodeGlobalId(id, 'id').key;
const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

async function graphOf(context: TestDatabase, tenant: string, id: string, { direction, depth, maxNodes }: Asked): Promise<Graph> {
  const { node } = await answer(
    context,
    tenant,
    `query ($id: ID!) { node(id: $id) { ... on Traceable { lineage(direction: ${direction}, depth: ${depth}, maxNodes: ${maxNodes}) {
      isPartial totals { upstream downstream } root { id } nodes { id degree hiddenUpstream hiddenDownstream } edges { source target relation } } } } }`,
    { id },
  );
  const { nodes, edges, ...rest } = node.lineage;
  return {
    ...rest,
    nodes: nodes.map((one: Node) => ({ ...one, id: keyOf(one.id) })),
    edges: edges.map((edge: ReferenceEdge) => ({ ...edge, source: keyOf(edge.source), target: keyOf(edge.target) })),
  };
}

function compare(graph: Graph, edges: readonly ReferenceEdge[], seeds: readonly string[], { direction, depth, maxNodes }: Asked): void {
  const ways: Way[] = direction === 'BOTH' ? ['UPSTREAM', 'DOWNSTREAM'] : [direction];
  const hops = new Map(ways.map((way) => [way, hopsFrom(edges, seeds, way, depth)]));
  const expected = new Map<string, number>();
  for (const way of ways) {
    for (const [key, far] of hops.get(way)!) {
      const known = expected.get(key);
      if (known === undefined || far < Math.abs(known)) expected.set(key, far === 0 ? 0 : way === 'UPSTREAM' ? -far : far);
    }
  }
  const shown = new Map(graph.nodes.map((node) => [node.id, node.degree]));
  expect(shown.size, 'no node twice').toBe(graph.nodes.length);
  if (expected.size <= maxNodes) expect([...shown].sort(byText)).toEqual([...expected].sort(byText));
  else {
    expect(graph.nodes).toHaveLength(maxNodes);
    for (const key of shown.keys()) expect([...expected.keys()]).toContain(key);
  }
  const degrees = graph.nodes.map(({ degree }) => Math.abs(degree));
  expect(degrees, 'nearest first').toEqual(degrees.toSorted((a, b) => a - b));

  const among = edges.filter(({ source, target }) => shown.has(source) && shown.has(target));
  expect(graph.edges.toSorted(byText), 'the edges among the nodes, each once').toEqual(among.toSorted(byText));

  let isPartial = false;
  for (const { id, hiddenUpstream, hiddenDownstream } of graph.nodes) {
    const hidden = { UPSTREAM: hiddenUpstream, DOWNSTREAM: hiddenDownstream };
    for (const way of ['UPSTREAM', 'DOWNSTREAM'] as const) {
      // What is hidden is told of the ways that a node was walked.
      const isWalked = ways.includes(way) && hops.get(way)?.has(id);
      const cut = [...neighboursOf(edges, id, way)].filter((key) => !shown.has(key)).length;
      if (expected.size <= maxNodes) expect(hidden[way], `hidden ${way} of ${id}`).toBe(isWalked ? cut : 0);
      else expect([0, cut], `hidden ${way} of ${id}`).toContain(hidden[way]);
      isPartial ||= hidden[way] > 0;
    }
  }
  if (expected.size > maxNodes) expect(graph.isPartial).toBe(true);
  expect(graph.isPartial).toBe(isPartial);
  const reached = (way: Way) => hopsFrom(edges, seeds, way, Number.POSITIVE_INFINITY).size - seeds.length;
  expect(graph.totals).toEqual({ upstream: reached('UPSTREAM'), downstream: reached('DOWNSTREAM') });
}

let tenants = 0;
let writes = 0;

/** Every third transaction also records an operation: one that took no time, or a minute around it, in which others of its run fall. */
function withOperations(context: TestDatabase): TestDatabase {
  const write = <T>(who: WriteContext, work: (tx: Transaction) => Promise<T>) =>
    context.source.write(who, async (tx) => {
      const result = await work(tx);
      const [nth, seconds] = [writes++, writes % 2 === 0 ? 30 : 0];
      if (nth % 3 === 0)
        await tx.run(sql`select script_tracking.import_operation(${`operation ${nth}`}, 'Load', 'ETL', 'COMPLETED',
          clock_timestamp() - ${seconds} * interval '1 second', ${2000 * seconds}::integer, 'test')`);
      return result;
    });
  return { ...context, source: Object.create(context.source, { write: { value: write } }) };
}

/** Operations, runs and agents lead on to what the edges say; no walk from a row comes to them from above. */
async function activitiesAgree(context: TestDatabase, tenant: string, edges: readonly ReferenceEdge[]): Promise<void> {
  const keys = [...new Set(edges.map(({ source }) => source))].filter((key) => /^(execution|run|agent)\./.test(key));
  const ids = keys.map((key) => encodeGlobalId('LineageNode', key));
  const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on LineageNode { hiddenUpstream hiddenDownstream } } }';
  const { nodes } = await answer(context, tenant, query, { ids });
  const expected = keys.map((key) => ({
    hiddenUpstream: neighboursOf(edges, key, 'UPSTREAM').size,
    hiddenDownstream: neighboursOf(edges, key, 'DOWNSTREAM').size,
  }));
  expect(Object.fromEntries(keys.map((key, i) => [key, nodes[i]]))).toEqual(Object.fromEntries(keys.map((key, i) => [key, expected[i]])));
  expect(edges.filter(({ source, target }) => source.startsWith('execution.') && target.startsWith('transaction.'))).not.toEqual([]);
}

async function agrees(context: TestDatabase, steps: readonly Step[]): Promise<void> {
  tenants++;
  const operating = withOperations(context);
  const writer = new Writer(operating, `tenant ${tenants}`, new History(), '');
  const stranger = new Writer(operating, `stranger ${tenants}`, new History(), '~');
  for (const step of steps) {
    await writer.take(step);
    if (step.isForeign) await stranger.take(step);
  }
  const entries = await entriesOf(context, writer.tenant);
  const edges = edgesOf(entries, await executionsOf(context, writer.tenant));
  expect(isAcyclic(edges)).toBe(true);
  await activitiesAgree(context, writer.tenant, edges);
  const rows = new Map(entries.filter(({ record_key }) => record_key !== null).map((e) => [`${e.table_name} ${e.record_key}`, e]));
  for (const [place, row] of [...rows.values()].entries()) {
    const { table_name: table, record_key: key } = row;
    const versions = entries.filter(
      (e) => e.table_name === table && e.record_key === key && (e.operation === 'INSERT' || e.operation === 'UPDATE'),
    );
    const last = entries.findLast((e) => e.table_name === table && e.record_key === key && e.operation !== 'EVENT');
    const asked: Asked[] = [
      { direction: (['BOTH', 'UPSTREAM', 'DOWNSTREAM'] as const)[place % 3]!, depth: 1 + (place % 4), maxNodes: 2000 },
      { direction: 'BOTH', depth: 10, maxNodes: versions.length + (place % 7) },
    ];
    const typename = typenames[table ?? ''];
    // A row that is gone is asked for as a record.
    const id = typename && last?.operation !== 'DELETE' ? encodeGlobalId(typename, key!) : encodeGlobalId('Record', `${table}:${key}`);
    for (const one of asked) {
      const graph = await graphOf(context, writer.tenant, id, one);
      const seeds = versions.map((version) => `version.${version.id}`);
      expect(keyOf(graph.root.id)).toBe(seeds.at(-1));
      compare(graph, edges, seeds, one);
    }
  }
}

onEachDatabase(
  'on random histories the lineage of every row is what a second computation from the entries says',
  async (context) => {
    await trackCrates(context);
    await fc.assert(
      fc.asyncProperty(history, (steps) => agrees(context, steps)),
      {
        // The same three histories each time; RUNS=100 looks at a hundred new ones, FC_SEED repeats those of a run.
        numRuns: Number(process.env['RUNS'] ?? 3),
        endOnFailure: process.env['RUNS'] === undefined,
        seed: process.env['FC_SEED'] ? Number(process.env['FC_SEED']) : process.env['RUNS'] ? Date.now() : 20_260_217,
      },
    );
  },
  { fresh: true, timeoutMs: 120_000 },
);
