import { filled } from '../rooms/demo-shop/filled.ts';
import { onEachDatabase } from '../support/databases.ts';
import { compareGolden } from '../support/golden.ts';

onEachDatabase(
  'operations are answered from the demo shop as before, and cost the same statements',
  async (context) => {
    await filled(context);
    await compareGolden(context, 'demo-shop', [{ operation: 'order-progress' }, { operation: 'price-history' }, { operation: 'product-trace' }]);
  },
  { fresh: true },
);
