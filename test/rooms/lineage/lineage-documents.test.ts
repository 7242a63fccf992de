import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import { importOnlineRetail } from '../../../src/rooms/sources/online-retail.service.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { findProvPython } from '../../support/python.ts';
import { answer } from '../audit/trail.ts';
import { fillTenant } from '../demo-shop/filled.ts';
import { sharedData } from '../sources/shared-data.ts';
import { checkDocuments, type Documents, eventsIn } from './checked-documents.ts';

const python = findProvPython();

interface Graph extends Documents {
  readonly nodes: readonly { readonly id: string; readonly provType: string }[];
  readonly edges: readonly { readonly relation: string }[];
}

async function graphOf(context: TestDatabase, tenant: string, id: string, depth: number): Promise<Graph> {
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

onEachDatabase(
  'documents of the demo shop keep to their formats, are read by others, and are the same in every run',
  async (context) => {
    await fillTenant(context, 'demo');
    const kinds = ['Customer', 'Product', 'Order', 'OrderItem', 'Payment'];
    const graphs = [];
    for (const kind of kinds) graphs.push(await graphOf(context, 'demo', encodeGlobalId(kind, '1'), 4));
    for (const graph of graphs) {
      checkDocuments(graph, python);
      expect(graph.provN.split('\n').filter((line) => line.startsWith('  ') && line.includes('('))).toHaveLength(
        graph.nodes.length + graph.edges.length,
      );
    }
    expect(await graphOf(context, 'demo', encodeGlobalId('Order', '1'), 4)).toEqual(graphs[2]);

    const events = eventsIn(graphs[3]!.openLineage);
    const placed = events.find(({ job }) => job?.name === 'ORDER_PLACED');
    const items = placed.outputs.find(({ name }: { name: string }) => name === 'commerce.order_items');
    expect(items.facets.columnLineage.fields['unitPrice']).toEqual({
      inputFields: [
        {
          ...{ namespace: 'whence', name: 'commerce.products', field: 'price' },
          transformations: [{ type: 'DIRECT', subtype: 'IDENTITY', description: '', masking: false }],
        },
      ],
    });
    expect(placed.inputs.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['commerce.orders', 'commerce.products']),
    );
  },
  { fresh: true, timeoutMs: 120_000 },
);

describe.skipIf(sharedData === null)('the real Online Retail file', () => {
  onEachDatabase(
    'has documents that keep to their formats and are read by others',
    async (context) => {
      await importOnlineRetail(context.source, join(sharedData ?? '', 'online-retail', 'online_retail_2010-12-01_14.csv'), {
        tenant: 'demo',
      });
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
    },
    { fresh: true, timeoutMs: 300_000, only: 'postgresql' },
  );
});
