import { encodeGlobalId } from '../../src/shared/global-id.ts';
import { filled } from '../rooms/demo-shop/filled.ts';
import { onEachDatabase, startFrom } from '../support/databases.ts';
import { compareGolden } from '../support/golden.ts';

startFrom('shop');

const longAgo = { range: { from: '2001-01-01T00:00:00Z', to: '2001-02-01T00:00:00Z' }, zone: 'Europe/Rome' };

onEachDatabase(
  'operations are answered from the demo shop as before, and cost the same statements',
  async (context) => {
    await filled(context);
    await compareGolden(context, 'demo-shop', [
      { operation: 'order-progress' },
      { operation: 'price-history' },
      { operation: 'product-trace' },
      { operation: 'why-price' },
      { operation: 'where-order' },
      { operation: 'customer-journey' },
      { operation: 'customer-journey', name: 'customer-journey-of-order-123', variables: { email: 'elias.haddad@mail.example' } },
      { operation: 'lineage-graph', variables: { id: encodeGlobalId('Payment', '1') } },
      { operation: 'lineage-graph', name: 'lineage-graph-of-failed-payment', variables: { id: encodeGlobalId('Payment', '123') } },
      { operation: 'order-then-and-now' },
      { operation: 'analytics-dashboard' },
      { operation: 'analytics-dashboard', name: 'analytics-dashboard-long-ago', variables: longAgo },
      { operation: 'anomalies' },
      { operation: 'what-changed-between' },
      { operation: 'search' },
      { operation: 'search', name: 'search-order-123', variables: { text: 'order 123', first: 4 } },
      { operation: 'search', name: 'search-reference', variables: { text: 'PRC-468' } },
    ]);
  },
  { fresh: true, timeoutMs: 120_000 },
);
