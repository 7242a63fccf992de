import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { onEachDatabase } from '../../support/databases.ts';
import { answer, insert } from './asking.ts';
import { type Explained, explained, run, type Told } from './explained.ts';

onEachDatabase('a price on an order is a copy of what the product cost then, not of what it costs now', async (context) => {
  const made = { currency: 'USD', is_active: true, created_at: '2026-01-01' };
  await insert(context, 'products', 'copies', [
    { ...made, id: 1, sku: 'KITE', name: 'Kite', categories: [], stock_quantity: 9, price: '10' },
    { ...made, id: 2, sku: 'BALL', name: 'Ball', categories: [], stock_quantity: 9, price: '7' },
  ]);
  await insert(context, 'customers', 'copies', [{ id: 1, key: 'C1', name: 'Cara', created_at: '2026-01-01' }]);
  await run(context, "update commerce.products set stock_quantity = 8 where tenant = 'copies' and id = 1");
  await insert(context, 'orders', 'copies', [
    {
      id: 1,
      number: '1',
      customer_id: 1,
      status: 'PENDING',
      subtotal: '15',
      shipping_amount: '0',
      total: '15',
      currency: 'USD',
      shipping_name: 'Cara',
      placed_at: '2026-01-02',
    },
  ]);
  await insert(context, 'order_items', 'copies', [
    {
      id: 1,
      order_id: 1,
      line: 1,
      key: '1/1',
      product_id: 1,
      quantity: 1,
      unit_price: '10',
      line_total: '10',
      currency: 'USD',
      status: 'ORDERED',
    },
    {
      id: 2,
      order_id: 1,
      line: 2,
      key: '1/2',
      product_id: 2,
      quantity: 1,
      unit_price: '5',
      line_total: '5',
      currency: 'USD',
      status: 'ORDERED',
    },
  ]);
  await insert(context, 'payments', 'copies', [
    { id: 1, key: 'P1', order_id: 1, method: 'CARD', status: 'PENDING', amount: '15', currency: 'USD', created_at: '2026-01-02' },
  ]);
  await run(
    context,
    "update commerce.products set price = 12 where tenant = 'copies' and id = 1",
    "update commerce.orders set total = 20 where tenant = 'copies'",
  );
  await run(
    context,
    "update commerce.payments set amount = 20 where tenant = 'copies'",
    "update commerce.order_items set unit_price = 7 where tenant = 'copies' and id = 2",
  );
  const cells = (of: { where: Explained['where'] }) => of.where.fields.flatMap(({ copiedFrom }) => copiedFrom);
  const { order } = await answer<{ order: { where: Explained['where']; items: Explained[]; payments: { nodes: Explained[] } } }>(
    context,
    'copies',
    `{ order(by: { number: "1" }) { where(field: "shippingName") { ...W } items { ...E } payments { nodes { ...E } } } }
     fragment E on Traceable { ${explained} } fragment W on WhereAnswer { fields { copiedFrom { column value row { table key } } } }`,
  );
  expect(cells(order)).toEqual([{ column: 'name', value: 'Cara', row: { table: 'customers', key: { id: '1' } } }]);
  const [kite, ball] = order.items;
  expect(cells(kite!)).toEqual([
    {
      ...{ column: 'price', value: { amount: '10.00', currency: 'USD' } },
      row: {
        schema: 'commerce',
        table: 'products',
        key: { id: '1' },
        entity: { key: 'KITE', price: { amount: '10.00' } },
        version: { number: 2, isCurrent: false },
      },
    },
  ]);
  expect(kite!.where.narrative.text).toContain('unit price of order item 1/1, 10.00 USD, was copied from price of product KITE.');
  expect(kite!.why.causes.map(({ relation, auditEntry }) => [relation, auditEntry.operation]).slice(0, 2)).toEqual([
    ['WROTE_VALUE', 'INSERT'],
    ['VALUE_COPIED', 'INSERT'],
  ]);
  // Written by an UPDATE that does not hold the product: the row as it was then says which.
  expect(cells(ball!)).toMatchObject([{ column: 'price', value: { amount: '7.00' }, row: { entity: { key: 'BALL' } } }]);
  expect(cells(order.payments.nodes[0]!)).toMatchObject([
    { column: 'total', value: { amount: '20.00' }, row: { table: 'orders', version: { number: 2 } } },
  ]);
});

onEachDatabase('impact compares equal periods that hold no other change of the price, and needs a whole day', async (context) => {
  const { source } = context;
  const day = (n: number, hour = 12) => `2026-01-${String(n).padStart(2, '0')} ${hour}:00:00+00`;
  const write = (at: string, statement: string) =>
    source.write({ tenant: 'impact', actor: 'ann', occurredAt: at, recordSource: 'test' }, (tx) => tx.run(sql.raw(statement)));
  await write(
    day(1),
    "insert into commerce.products (tenant, id, sku, name, categories, price, currency, stock_quantity, created_at) values ('impact', 1, 'KITE', 'Kite', '{}', 10, 'USD', 9, now())",
  );
  let number = 0;
  const sell = (at: string, quantity: number, status = 'ORDERED') => {
    number += 1;
    return source.write({ tenant: 'impact', actor: 'ann', occurredAt: at, recordSource: 'test' }, async (tx) => {
      await tx.run(
        sql.raw(
          `insert into commerce.orders (tenant, id, number, status, subtotal, total, currency, placed_at) values ('impact', ${number}, '${number}', 'PENDING', 1, 1, 'USD', '${at}')`,
        ),
      );
      await tx.run(
        sql.raw(
          `insert into commerce.order_items (tenant, id, order_id, line, key, product_id, quantity, unit_price, line_total, currency, status) values ('impact', ${number}, ${number}, 1, '${number}/1', 1, ${quantity}, 1, 1, 'USD', '${status}')`,
        ),
      );
    });
  };
  await sell(day(2), 3);
  await sell(day(5), 1);
  await sell(day(6), 50, 'CANCELLED');
  await write(day(7), "update commerce.products set price = 9 where tenant = 'impact'");
  await sell(day(8), 4);
  await sell(day(9), 3, 'refunded');
  await write(day(10), "update commerce.products set price = 8 where tenant = 'impact'");
  await write(day(10, 18), "update commerce.products set price = 7 where tenant = 'impact'");
  await sell(day(20), 1);
  const { product } = await answer<{
    product: { why: { reasons: { impact: unknown }[]; narrative: Told }; priceHistory: { nodes: { impact: unknown }[] } };
  }>(
    context,
    'impact',
    `{ product(by: { sku: "KITE" }) { why(field: "price") { reasons { impact { measure before after periodDays } } } priceHistory { nodes { impact { before after periodDays } } } } }`,
  );
  // 7 January: three days on each side, since the next change is on the 10th; 10 January: six hours to the next change.
  expect(product.why.reasons.map(({ impact }) => impact)).toEqual([
    null,
    null,
    { measure: 'units_per_day', before: '0.33', after: '1.33', periodDays: 3 },
    null,
  ]);
  expect(product.priceHistory.nodes.map(({ impact }) => impact)).toEqual([null, null, { before: '0.33', after: '1.33', periodDays: 3 }]);
  const told = await answer<{ product: { why: { narrative: Told } } }>(
    context,
    'impact',
    `{ product(by: { sku: "KITE" }) { why(field: "price", value: 9) { narrative { text sentences { text evidence { operation } } } } } }`,
  );
  expect(told.product.why.narrative.sentences.at(-1)).toEqual({
    text: 'In the 3 days before this change orders took 0.33 units a day that were neither cancelled nor refunded, in the 3 days after it 1.33.',
    evidence: [{ operation: 'UPDATE' }, { operation: 'INSERT' }, { operation: 'INSERT' }],
  });
});
