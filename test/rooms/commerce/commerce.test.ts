import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { answer, ask, openShop } from './shop.ts';

onEachDatabase('each entity is found by id and by its keys, with exact money and the status in words of both sides', async (context) => {
  await openShop(context, 'found');
  const found = await answer(
    context,
    'found',
    `query ($laptop: ID!) {
      byId: product(by: { id: $laptop }) { id key entityType sku name categories price { amount currency } safetyStock stockQuantity isActive }
      cable: product(by: { sku: "CABLE" }) { price { amount } safetyStock }
      ring: product(by: { key: "RING" }) { id price { amount } stockQuantity }
      user(by: { email: "ann@shop.example" }) { id key displayName roles isActive createdAt }
      customer(by: { email: "same@mail.example" }) { key name phone }
      order(by: { number: "123" }) { id status statusText total { amount } placedAt customer { name } items { key quantity lineTotal { amount } status product { sku } order { number } } }
      payment(by: { reference: "ch_3" }) { key status statusText method methodText settledAt amount { amount } order { number } }
      none: product(by: { sku: "LAPTOP" }) { id }
    }`,
    { laptop: encodeGlobalId('Product', '1') },
  );
  expect(found).toEqual({
    byId: {
      ...{ id: encodeGlobalId('Product', '1'), key: 'LAPTOP-15', entityType: 'PRODUCT', sku: 'LAPTOP-15', name: 'Laptop 15' },
      ...{
        categories: ['Computers', 'Laptops'],
        price: { amount: '1199.99', currency: 'USD' },
        safetyStock: 2,
        stockQuantity: 7,
        isActive: true,
      },
    },
    cable: { price: { amount: '0.0001' }, safetyStock: null },
    ring: { id: encodeGlobalId('Product', '9007199254740993'), price: { amount: '5.00' }, stockQuantity: -1 },
    user: {
      ...{ id: encodeGlobalId('User', '1'), key: 'ann', displayName: 'Ann Lee', roles: ['admin', 'buyer'], isActive: true },
      createdAt: '2026-01-01T00:00:00.000000Z',
    },
    customer: { key: 'C2', name: 'Dan', phone: '+1 555' },
    order: {
      ...{ id: encodeGlobalId('Order', '3'), status: 'OTHER', statusText: 'Lost in post', total: { amount: '1199.99' } },
      ...{ placedAt: '2026-02-02T10:00:00.000000Z', customer: { name: 'Dan' } },
      items: [
        {
          key: '123/1',
          quantity: 1,
          lineTotal: { amount: '5.00' },
          status: 'ORDERED',
          product: { sku: 'LAPTOP-15' },
          order: { number: '123' },
        },
        {
          key: '123/2',
          quantity: 2,
          lineTotal: { amount: '10.00' },
          status: 'ORDERED',
          product: { sku: 'LAPTOP-15' },
          order: { number: '123' },
        },
      ],
    },
    payment: {
      ...{ key: 'P3', status: 'OTHER', statusText: 'Chargeback', method: 'OTHER', methodText: 'cheque', settledAt: null },
      ...{ amount: { amount: '1199.99' }, order: { number: '123' } },
    },
    none: null,
  });
});

onEachDatabase('node and nodes find every kind in the order asked, null where there is none', async (context) => {
  await openShop(context, 'nodes');
  const ids = ['OrderItem:4', 'User:2', 'Product:99', 'Customer:1', 'Order:4', 'Payment:1', 'Product:2'].map((text) =>
    Buffer.from(text).toString('base64url'),
  );
  const { data, errors, statements } = await ask(
    context,
    'nodes',
    `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Traceable { key entityType } ... on Order { customer { id } } } node(id: "${ids[0]}") { ... on OrderItem { quantity } } }`,
    { ids },
  );
  expect(errors).toBeUndefined();
  expect(data).toMatchObject({
    nodes: [
      { __typename: 'OrderItem', id: ids[0], key: '123/1', entityType: 'ORDER_ITEM' },
      { __typename: 'User', id: ids[1], key: 'bob' },
      null,
      { __typename: 'Customer', id: ids[3], key: 'C1' },
      { __typename: 'Order', key: '124', customer: null },
      { __typename: 'Payment', key: 'P1' },
      { __typename: 'Product', key: 'CABLE' },
    ],
    node: { quantity: 1 },
  });
  expect(statements).toHaveLength(6); // one for each kind
});

onEachDatabase('no tenant sees a row of another, by key, by id, in lists or counts', async (context) => {
  await openShop(context, 'mine');
  await openShop(context, 'theirs');
  await context.owner.run(`update commerce.products set name = 'secret of theirs' where tenant = 'theirs'`);
  const all = `{ products { totalCount nodes { name } } orders { totalCount nodes { number items { id } customer { name orders { totalCount } } } } payments { totalCount } users { totalCount } customers { totalCount } }`;
  const mine = await answer(context, 'mine', all);
  expect(JSON.stringify(mine)).not.toContain('secret');
  expect(mine).toMatchObject({
    products: { totalCount: 3 },
    orders: { totalCount: 4 },
    payments: { totalCount: 4 },
    users: { totalCount: 2 },
  });
  const nobody = await answer(
    context,
    'nobody',
    `{ products { totalCount nodes { id } } product(by: { sku: "CABLE" }) { id } node(id: "${encodeGlobalId('Product', '1')}") { id } }`,
  );
  expect(nobody).toEqual({ products: { totalCount: 0, nodes: [] }, product: null, node: null });
});

onEachDatabase(
  'levels of lists take one statement for each kind of list, however many parents there are; what a list gave is not asked again',
  async (context) => {
    await openShop(context, 'deep');
    const { data, errors, statements } = await ask(
      context,
      'deep',
      `{ customers { totalCount nodes { key
        orders(first: 1) { totalCount pageInfo { hasNextPage hasPreviousPage } nodes { number customer { key } items { product { sku } order { number } } payments { nodes { key order { number } } } } }
        payments(last: 1) { totalCount pageInfo { hasNextPage hasPreviousPage } nodes { key } } } } }`,
    );
    expect(errors).toBeUndefined();
    expect(JSON.parse(JSON.stringify(data))).toMatchObject({
      customers: {
        totalCount: 3,
        nodes: [
          {
            key: 'C1',
            orders: {
              totalCount: 2,
              pageInfo: { hasNextPage: true, hasPreviousPage: false },
              nodes: [{ number: '122', payments: { nodes: [] } }],
            },
            payments: { totalCount: 2, pageInfo: { hasNextPage: false, hasPreviousPage: true }, nodes: [{ key: 'P1' }] },
          },
          {
            key: 'C2',
            orders: { totalCount: 1, nodes: [{ number: '123', payments: { nodes: [{ key: 'P3' }] } }] },
            payments: { totalCount: 1 },
          },
          { key: 'C3', orders: { totalCount: 0, nodes: [] }, payments: { totalCount: 0, nodes: [] } },
        ],
      },
    });
    expect([...statements].sort()).toEqual([
      'commerce.customers',
      'commerce.customers.count',
      'commerce.customers.orders',
      'commerce.customers.orders.count',
      'commerce.customers.payments',
      'commerce.customers.payments.count',
      'commerce.order_items.ofOrders',
      'commerce.orders.payments',
      'commerce.products.byId',
    ]);
  },
);

onEachDatabase('a nested list goes on from its cursor, and says truly what lies on both sides', async (context) => {
  await openShop(context, 'nested');
  const page = (args: string) =>
    answer(
      context,
      'nested',
      `{ customer(by: { key: "C1" }) { orders(${args}) { edges { cursor node { number } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }`,
    );
  type Shown = { customer: { orders: { edges: { cursor: string; node: { number: string } }[]; pageInfo: Record<string, unknown> } } };
  const first = ((await page('first: 1')) as Shown).customer.orders;
  expect(first.edges[0]?.node.number).toBe('122');
  expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false, startCursor: first.edges[0]?.cursor });
  const second = ((await page(`first: 1, after: "${first.edges[0]?.cursor}"`)) as Shown).customer.orders;
  expect(second.edges[0]?.node.number).toBe('121');
  expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  const back = ((await page(`last: 5, before: "${second.edges[0]?.cursor}"`)) as Shown).customer.orders;
  expect(back.edges.map((edge) => edge.node.number)).toEqual(['122']);
  expect(back.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  const filtered = await answer(
    context,
    'nested',
    `{ customer(by: { key: "C1" }) { orders(filter: { status: { eq: PENDING } }) { totalCount nodes { number } } } }`,
  );
  expect(filtered).toEqual({ customer: { orders: { totalCount: 1, nodes: [{ number: '121' }] } } });
});

onEachDatabase(
  'a time that RFC 3339 cannot spell is told as PostgreSQL spells it, and the list around it stays readable',
  async (context) => {
    await openShop(context, 'endless');
    const times = ['infinity', '-infinity', '294276-12-31 23:59:59.999999Z', '0044-03-15 BC'];
    for (const [index, time] of times.entries())
      await context.owner.run(
        sql`update commerce.orders set placed_at = ${time}::timestamptz where tenant = 'endless' and number = ${String(121 + index)}`,
      );
    const shown = await answer(context, 'endless', '{ orders(orderBy: [{ field: PLACED_AT }]) { nodes { placedAt } } }');
    const told = ['-infinity', '0044-03-15T00:00:00Z BC', '294276-12-31T23:59:59.999999Z', 'infinity'];
    expect(shown).toEqual({ orders: { nodes: told.map((placedAt) => ({ placedAt })) } });
  },
);
