import { filled } from '../rooms/demo-shop/filled.ts';
import { onEachDatabase } from '../support/databases.ts';
import { compareGolden } from '../support/golden.ts';

onEachDatabase("a customer's journey is told as before, and costs the same statements", async (context) => {
  await filled(context);
  await compareGolden(context, 'journey', [
    { operation: 'customer-journey' },
    { operation: 'customer-journey', name: 'customer-journey-of-order-123', variables: { email: 'elias.haddad@mail.example' } },
  ]);
});
