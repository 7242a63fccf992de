import { filled } from '../rooms/demo-shop/filled.ts';
import { onEachDatabase } from '../support/databases.ts';
import { compareGolden } from '../support/golden.ts';

onEachDatabase(
  'why, how and where are answered as before, and cost the same statements',
  async (context) => {
    await filled(context);
    await compareGolden(context, 'explain', [{ operation: 'why-price' }, { operation: 'order-progress' }, { operation: 'where-order' }]);
  },
  { timeoutMs: 120_000 },
);
