import { onEachDatabase } from '../support/databases.ts';
import { compareGolden } from '../support/golden.ts';
import { filled } from '../rooms/demo-shop/filled.ts';

onEachDatabase('the dashboard of the demo shop is answered as before, and costs the same statements', async (context) => {
  await filled(context);
  await compareGolden(context, 'analytics', [
    { operation: 'analytics-dashboard' },
    {
      operation: 'analytics-dashboard',
      name: 'analytics-dashboard-long-ago',
      variables: { range: { from: '2001-01-01T00:00:00Z', to: '2001-02-01T00:00:00Z' }, zone: 'Europe/Rome' },
    },
  ]);
});
