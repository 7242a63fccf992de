// What lineage graphs cost: the whole operation in this process, and each of its statements as PostgreSQL accounts for them.
import { graphql } from 'graphql';
import postgres, { type Sql } from 'postgres';
import { schemaOf } from '../../../src/app.ts';
import type { Statement } from '../../../src/database/database.ts';
import { openDatabase } from '../../../src/database/open.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import { median, quantile } from '../capture/measure.ts';

/** Milliseconds. */
export interface Spread {
  readonly median: number;
  readonly p95: number;
  readonly most: number;
}
export interface GraphTime {
  readonly what: string;
  readonly nodes: number;
  readonly edges: number;
  readonly took: Spread;
  /** Each statement: planned and executed. A level is named by its place. */
  readonly parts: readonly { readonly name: string; readonly planned: Spread; readonly executed: Spread }[];
}

const graph = 'isPartial nodes { id degree hiddenUpstream hiddenDownstream } edges { source target relation }';
const questions = [
  {
    what: 'payment, depth 3, 150 nodes, with totals',
    kind: 'Payment',
    args: 'depth: 3, maxNodes: 150',
    fields: `${graph} totals { upstream downstream }`,
  },
  { what: 'order item, upstream, depth 4', kind: 'OrderItem', args: 'direction: UPSTREAM, depth: 4', fields: graph },
  { what: 'customer with 200 orders, depth 3, 200 nodes', kind: 'Customer', args: 'depth: 3', fields: graph },
  { what: 'customer with 200 orders, depth 10, 2,000 nodes', kind: 'Customer', args: 'depth: 10, maxNodes: 2000', fields: graph },
  { what: 'product in hundreds of orders, downstream, depth 3', kind: 'Product', args: 'direction: DOWNSTREAM, depth: 3', fields: graph },
] as const;

const spread = (values: number[]): Spread => ({ median: median(values), p95: quantile(values, 0.95), most: Math.max(...values) });

async function explained(sql: Sql, { text, params }: Statement): Promise<{ planned: number; executed: number }> {
  const values = params.map((value) => (value === null ? null : String(value)));
  const [row] = await sql.begin(async (tx) => {
    await tx`select set_config('app.tenant', 'demo', true)`;
    return await tx.unsafe(`explain (analyze, timing off, format json) ${text}`, values);
  });
  const plan: unknown = row?.['QUERY PLAN'];
  const [told] = plan as { 'Planning Time': number; 'Execution Time': number }[];
  return { planned: told?.['Planning Time'] ?? Number.NaN, executed: told?.['Execution Time'] ?? Number.NaN };
}

/** @param idsOf numbers of the rows of a kind to ask about. */
export async function measureGraphs(url: string, repeats: number, idsOf: (kind: string, nth: number) => number): Promise<GraphTime[]> {
  const sent: { statement: Statement; name: string }[] = [];
  const database = await openDatabase({ url });
  database.observe(({ asked, sent: statement }) => {
    const name = /^\/\* (\S+) \*\//.exec(asked.text)?.[1];
    if (name?.startsWith('lineage.')) sent.push({ statement, name });
  });
  const app = postgres(url, { max: 1, onnotice: () => {}, connection: { role: 'whence_app', jit: 'off' } as Record<string, string> });
  const schema = schemaOf(database, 'a secret for the benchmark');
  try {
    const times: GraphTime[] = [];
    for (const { what, kind, args, fields } of questions) {
      const took: number[] = [];
      const parts = new Map<string, { planned: number[]; executed: number[] }>();
      const sizes = { nodes: [] as number[], edges: [] as number[] };
      for (let i = 0; i < repeats + 2; i++) {
        const id = encodeGlobalId(kind, String(idsOf(kind, i)));
        sent.length = 0;
        const begun = performance.now();
        const source = `{ node(id: "${id}") { ... on Traceable { lineage(${args}) { ${fields} } } } }`;
        const { data, errors } = await graphql({ schema, source, contextValue: requestContext(fixedCaller, 'bench') });
        if (errors?.[0]) throw errors[0];
        const ms = performance.now() - begun;
        if (i < 2) continue; // warms up
        took.push(ms);
        // biome-ignore lint/suspicious/noExplicitAny: the query states the shape of its answer
        const { lineage } = (data as any).node;
        sizes.nodes.push(lineage.nodes.length);
        sizes.edges.push(lineage.edges.length);
        let level = 0;
        for (const { statement, name } of sent) {
          const part = name === 'lineage.level' ? `${name} ${++level}` : name;
          const { planned, executed } = await explained(app, statement);
          const all = parts.get(part) ?? { planned: [], executed: [] };
          all.planned.push(planned);
          all.executed.push(executed);
          parts.set(part, all);
        }
      }
      times.push({
        ...{ what, nodes: median(sizes.nodes), edges: median(sizes.edges), took: spread(took) },
        parts: [...parts].map(([name, { planned, executed }]) => ({ name, planned: spread(planned), executed: spread(executed) })),
      });
    }
    return times;
  } finally {
    await app.end();
    await database.close();
  }
}
