import { expect } from 'vitest';
import { onEachDatabase } from '../../support/databases.ts';
import { answer, insert } from './asking.ts';

const product = { name: 'Kite', currency: 'USD', is_active: true, categories: [], created_at: '2026-01-01' };

onEachDatabase('an entry shows its entity as it was right after it, and none after its deletion', async (context) => {
  const tenant = 'after';
  await insert(context, 'products', tenant, [{ ...product, id: 1, sku: 'KITE', price: '10', stock_quantity: 3 }]);
  await context.owner.run(`update commerce.products set price = 12 where tenant = '${tenant}'`);
  await context.owner.transaction(async (tx) => {
    await tx.run(`set local app.tenant = '${tenant}'`);
    await tx.run(`select audit.log_event('SUPPORT_CALL', 'a loose string', 'KITE')`);
  });
  await context.owner.run(`update commerce.products set stock_quantity = 2 where tenant = '${tenant}'`);
  await context.owner.run(`delete from commerce.products where tenant = '${tenant}'`);

  const { auditEntries } = await answer<{ auditEntries: { nodes: unknown[] } }>(
    context,
    tenant,
    `{ auditEntries(direction: ASC) { nodes { operation entity { key ... on Product { price { amount } stockQuantity version { number } } } } } }`,
  );
  const kite = (amount: string, stockQuantity: number, number: number) => ({
    key: 'KITE',
    price: { amount },
    stockQuantity,
    version: { number },
  });
  expect(auditEntries.nodes).toEqual([
    { operation: 'INSERT', entity: kite('10.00', 3, 1) },
    { operation: 'UPDATE', entity: kite('12.00', 3, 2) },
    { operation: 'EVENT', entity: kite('12.00', 3, 2) },
    { operation: 'UPDATE', entity: kite('12.00', 2, 3) },
    { operation: 'DELETE', entity: null },
  ]);
});
