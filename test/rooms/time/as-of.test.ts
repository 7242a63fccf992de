import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { answered } from '../../support/answered.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { ann, answer, change, codeOf, insert, laptop } from '../audit/trail.ts';

const day = (number: number) => `2026-03-${String(number).padStart(2, '0')}T08:00:00.000000Z`;
const opened = new WeakSet<TestDatabase>();

/** Two customers and two orders; one order changes hands, an item and a payment come and go, the product gets dearer each day. */
async function openShop(context: TestDatabase, tenant: string): Promise<void> {
  if (opened.has(context)) return;
  opened.add(context);
  const at = (number: number) => ({ tenant, actor: 'ann', occurredAt: day(number) });
  const customer = { id: 1, key: 'C1', email: 'cara@mail.example', name: 'Cara', phone: null, created_by: 1, created_at: day(1) };
  const order = {
    ...{ id: 1, number: 'A-1', customer_id: 1, status: 'PENDING', subtotal: '10', shipping_amount: '1', total: '11', currency: 'USD' },
    ...{ shipping_name: 'Cara', shipping_address: 'Road 1', shipping_method: 'air', placed_at: day(2) },
  };
  const item = {
    id: 1,
    order_id: 1,
    line: 1,
    key: 'A-1-1',
    product_id: 1,
    quantity: 1,
    unit_price: '10',
    line_total: '10',
    currency: 'USD',
    status: 'ORDERED',
  };
  const payment = {
    id: 1,
    key: 'P-1',
    order_id: 1,
    method: 'CARD',
    status: 'PENDING',
    amount: '11',
    currency: 'USD',
    reference: null,
    settled_at: null,
    created_at: day(2),
  };
  const one = sql`tenant = ${tenant} and id = 1`;
  await change(context, at(1), insert('users', tenant, ann), insert('products', tenant, laptop));
  await change(
    context,
    at(1),
    insert('customers', tenant, customer, { ...customer, id: 2, key: 'C2', email: 'dan@mail.example', name: 'Dan' }),
  );
  await change(context, at(2), insert('orders', tenant, order, { ...order, id: 2, number: 'A-2' }));
  await change(
    context,
    at(2),
    insert('order_items', tenant, item, { ...item, id: 2, line: 2, key: 'A-1-2', quantity: 5 }),
    insert('payments', tenant, payment),
  );
  await change(context, at(3), sql`update commerce.products set price = 2000 where ${one}`);
  await change(context, at(3), sql`update commerce.orders set customer_id = 2, status = 'CONFIRMED' where ${one}`);
  await change(
    context,
    at(4),
    sql`delete from commerce.order_items where tenant = ${tenant} and id = 2`,
    sql`delete from commerce.payments where ${one}`,
  );
  await change(context, at(4), sql`update commerce.products set price = 3000, sku = 'LAPTOP-16' where ${one}`);
}

const whole = `nodes { email createdBy { key } orders(first: 5) { totalCount nodes { number status items { key product { sku price { amount } } } payments { totalCount nodes { key } } } }
  payments(first: 5) { totalCount nodes { key order { number customer { email } } } } }`;

onEachDatabase(
  'what hangs below is read at the same point: links, nested lists, totals, and rows that are gone or belong to others now',
  async (context) => {
    const tenant = 'time';
    await openShop(context, tenant);
    const { customers } = await answer(context, tenant, `query ($at: DateTime!) { customers(asOf: { sourceTime: $at }) { ${whole} } }`, {
      at: day(2),
    });
    const product = { sku: 'LAPTOP-15', price: { amount: '1299.99' } };
    expect(customers.nodes[0]).toMatchObject({
      email: 'cara@mail.example',
      orders: {
        totalCount: 2,
        nodes: [
          { number: 'A-2', items: [] },
          {
            ...{ number: 'A-1', status: 'PENDING', payments: { totalCount: 1, nodes: [{ key: 'P-1' }] } },
            items: [
              { key: 'A-1-1', product },
              { key: 'A-1-2', product },
            ],
          },
        ],
      },
      payments: { totalCount: 1, nodes: [{ key: 'P-1', order: { number: 'A-1', customer: { email: 'cara@mail.example' } } }] },
    });
    expect(customers.nodes[1]).toMatchObject({ orders: { totalCount: 0, nodes: [] }, payments: { totalCount: 0 } });
    const later = await answer(context, tenant, `query ($at: DateTime!) { customers(asOf: { sourceTime: $at }) { ${whole} } }`, {
      at: day(3),
    });
    expect(later.customers.nodes[1].orders.nodes[0]).toMatchObject({ number: 'A-1', status: 'CONFIRMED', payments: { totalCount: 1 } });
    expect(later.customers.nodes[1].orders.nodes[0].items[0].product).toEqual({ sku: 'LAPTOP-15', price: { amount: '2000.00' } });
  },
);

onEachDatabase('version, history and blame know nothing later; an item can show its product at another time', async (context) => {
  const tenant = 'time';
  await openShop(context, tenant);
  const { product, order, node, gone } = await answer(
    context,
    tenant,
    `query ($at: DateTime!, $before: DateTime!) {
      product(by: { sku: "LAPTOP-15" }, asOf: { sourceTime: $at }) { price { amount } version { number isCurrent } blame(fields: ["price"]) { value auditEntry { occurredAt } }
        history { totalCount nodes { version { number } entity { ... on Product { price { amount } } } } } }
      gone: product(by: { sku: "LAPTOP-15" }) { sku }
      order(by: { number: "A-1" }, asOf: { sourceTime: $at }) { items { product(asOf: { sourceTime: $before }) { price { amount } } } }
      node(id: "UGF5bWVudDox", asOf: { sourceTime: $at }) { id ... on Payment { order { status history { totalCount } } } } }`,
    { at: day(3), before: day(1) },
  );
  expect(product).toMatchObject({
    ...{ price: { amount: '2000.00' }, version: { number: 2, isCurrent: false } },
    blame: [{ auditEntry: { occurredAt: day(3) } }],
    history: { totalCount: 2, nodes: [{ version: { number: 2 } }, { version: { number: 1 }, entity: { price: { amount: '1299.99' } } }] },
  });
  expect(gone).toBeNull();
  expect(order.items).toEqual([{ product: { price: { amount: '1299.99' } } }, { product: { price: { amount: '1299.99' } } }]);
  expect(node).toMatchObject({ order: { status: 'CONFIRMED', history: { totalCount: 2 } } });
});

onEachDatabase('the past of another tenant is empty, personal values of the past are masked, and faults have a code', async (context) => {
  const tenant = 'time';
  await openShop(context, tenant);
  const at = `asOf: { sourceTime: "${day(3)}" }`;
  const ever = 'asOf: { systemTime: "2099-01-01T00:00:00Z" }';
  const seen = await answer(
    context,
    'somebody else',
    `{ products(${ever}) { totalCount nodes { id } } product(by: { sku: "LAPTOP-16" }, ${ever}) { id } }`,
  );
  expect(seen).toEqual({ products: { totalCount: 0, nodes: [] }, product: null });
  const masked = await answered<{ customers: { nodes: { email: string }[] } }>(context, `{ customers(${at}) { nodes { email } } }`, {
    tenant,
    scopes: new Set(),
  });
  expect(masked.data?.customers.nodes).toEqual([{ email: '***' }, { email: '***' }]);
  for (const [asOf, code] of [
    ['systemTime: "2001-01-01T00:00:00Z"', 'HISTORY_UNAVAILABLE'],
    ['cursor: "no cursor"', 'CURSOR_INVALID'],
    ['sequence: "123456789"', 'NOT_FOUND'],
    ['runId: "run_20260101_000000_00000000"', 'NOT_FOUND'],
  ] as const) {
    expect(await codeOf(context, tenant, `{ products(asOf: { ${asOf} }) { totalCount } }`)).toBe(code);
    expect(await codeOf(context, tenant, `{ record(tableName: "commerce.products", key: { id: 1 }, asOf: { ${asOf} }) { id } }`)).toBe(
      code,
    );
  }
});
