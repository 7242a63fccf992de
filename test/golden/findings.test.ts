import { onEachDatabase } from '../support/databases.ts';
import { compareGolden } from '../support/golden.ts';
import { filled } from '../rooms/demo-shop/filled.ts';

onEachDatabase('what was found in the demo shop is answered as before, and costs the same statements', async (context) => {
  await filled(context);
  await compareGolden(context, 'findings', [
    { operation: 'anomalies' },
    { operation: 'search' },
    { operation: 'search', name: 'search-order-123', variables: { text: 'order 123', first: 4 } },
    { operation: 'search', name: 'search-reference', variables: { text: 'PRC-468' } },
  ]);
}, { timeoutMs: 180_000 });
