import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { findProvPython } from '../../support/python.ts';
import { answer } from '../audit/trail.ts';
import { checkDocuments, type Documents } from './checked-documents.ts';

export const python = findProvPython();

export interface Graph extends Documents {
  readonly nodes: readonly { readonly id: string; readonly provType: string }[];
  readonly edges: readonly { readonly relation: string }[];
}

export async function graphOf(context: TestDatabase, tenant: string, id: string, depth: number): Promise<Graph> {
  const { node } = await answer(
    context,
    tenant,
    `query ($id: ID!, $depth: Int!) { node(id: $id) { ... on Traceable { lineage(depth: $depth, maxNodes: 2000) {
      nodes { id provType } edges { relation }
      provJson: document(format: PROV_JSON) provJsonld: document(format: PROV_JSONLD) provN: document(format: PROV_N)
      openLineage: document(format: OPENLINEAGE) } } } }`,
    { id, depth },
  );
  return node.lineage;
}

/** Documents of the imported Online Retail file keep to their formats and are read by others. */
export async function expectRetailDocuments(context: TestDatabase): Promise<void> {
  // The customer with the most orders, the product that was sold most often, and the newest order.
  const [most] = await context.owner.run(sql`select
    (select customer_id::text from commerce.orders where tenant = 'demo' and customer_id is not null group by customer_id order by count(*) desc, 1 limit 1) as customer,
    (select product_id::text from commerce.order_items where tenant = 'demo' group by product_id order by count(*) desc, 1 limit 1) as product,
    (select max(id)::text from commerce.orders where tenant = 'demo') as newest`);
  for (const [kind, id] of [
    ['Customer', most!['customer']],
    ['Product', most!['product']],
    ['Order', most!['newest']],
  ] as const) {
    const graph = await graphOf(context, 'demo', encodeGlobalId(kind, String(id)), 3);
    expect(graph.nodes.length).toBeGreaterThan(10);
    expect(graph.nodes.length).toBeLessThanOrEqual(2000);
    checkDocuments(graph, python);
  }
}
