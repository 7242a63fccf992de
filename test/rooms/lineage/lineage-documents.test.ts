import { expect } from 'vitest';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, startFrom } from '../../support/databases.ts';
import { filled } from '../demo-shop/filled.ts';
import { checkDocuments, eventsIn } from './checked-documents.ts';
import { graphOf, python } from './document-graphs.ts';

startFrom('shop');

onEachDatabase(
  'documents of the demo shop keep to their formats, are read by others, and are the same in every run',
  async (context) => {
    await filled(context);
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
    const placed = events.find(({ eventType, job }) => eventType === 'COMPLETE' && job?.name === 'ORDER_PLACED');
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
  { timeoutMs: 120_000 },
);
