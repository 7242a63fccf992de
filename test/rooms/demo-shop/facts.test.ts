import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { onEachDatabase, startFrom } from '../../support/databases.ts';
import { filled } from './filled.ts';

startFrom('shop');

const entries = sql`audit.entry e join audit.tracked_table t using (table_key)`;

onEachDatabase('the demo shop has more than 2,000 changes over 90 days by 8 users and the system', async (context) => {
  const read = await filled(context);
  const [counted] =
    await read(sql`select count(*)::int as entries, count(*) filter (where operation in ('INSERT', 'UPDATE', 'DELETE'))::int as changes,
    count(distinct occurred_at::date)::int as days, min(occurred_at)::date as first, max(occurred_at)::date as last, count(distinct actor)::int as actors,
    count(distinct actor) filter (where actor in (select key from commerce.users))::int as users,
    count(distinct application)::int as applications, count(distinct run_id)::int as runs from audit.entry`);
  expect(counted).toEqual({
    ...{ entries: 3417, changes: 3283, days: 90, first: '2025-12-01', last: '2026-02-28', actors: 9, users: 8, applications: 12, runs: 42 },
  });
  const [rows] =
    await read(sql`select (select count(*)::int from commerce.users) as users, (select count(*)::int from commerce.customers) as customers,
    (select count(*)::int from commerce.products) as products, (select count(*)::int from commerce.orders) as orders,
    (select count(*)::int from commerce.payments) as payments, (select count(*)::int from audit.run) as opened`);
  expect(rows).toEqual({ users: 8, customers: 60, products: 40, orders: 254, payments: 274, opened: 41 });
  const [kinds] = await read(sql`select
    (select to_jsonb(array_agg(distinct status order by status)) from commerce.orders) as orders,
    (select to_jsonb(array_agg(distinct status order by status)) from commerce.payments) as payments,
    (select to_jsonb(array_agg(distinct method order by method)) from commerce.payments) as methods,
    (select to_jsonb(array_agg(distinct currency::text order by currency::text)) from commerce.orders) as currencies`);
  expect(kinds).toEqual({
    orders: ['CANCELLED', 'CONFIRMED', 'DELIVERED', 'PENDING', 'PROCESSING', 'REFUNDED', 'SHIPPED'],
    payments: ['AUTHORIZED', 'FAILED', 'PENDING', 'REFUNDED', 'SETTLED'],
    methods: ['BANK_TRANSFER', 'CARD', 'CASH', 'WALLET'],
    currencies: ['EUR', 'USD'],
  });
});

onEachDatabase(
  'the laptop went from 1299.99 to 1199.99 for a stated reason, after a competitor was seen to be cheaper',
  async (context) => {
    const read = await filled(context);
    const changes =
      await read(sql`select e.before, e.after, e.occurred_at, e.actor, e.actor_role, e.reason, e.reason_code, e.reference, e.approved_by, c.operation_name as cause,
    c.details ->> 'competitor' as competitor from ${entries} left join audit.entry c on c.tenant = e.tenant and c.id = e.cause_id
    where t.table_name = 'commerce.products' and e.entity_key = 'LAPTOP-15' and e.operation = 'UPDATE' and e.after ? 'price'`);
    expect(changes).toEqual([
      {
        ...{
          before: { price: '1299.9900', currency: 'USD' },
          after: { price: '1199.9900', currency: 'USD' },
          occurred_at: '2026-02-11 10:04:37.250114+00',
        },
        ...{
          actor: 'priya',
          actor_role: 'PRICING',
          reason: 'Spring promotion: stay close to the price of Northgate Electronics',
          reason_code: 'PROMOTION',
        },
        ...{ reference: 'PRC-468', approved_by: 'admin', cause: 'COMPETITOR_PRICE', competitor: 'Northgate Electronics' },
      },
    ]);
    expect(await read(sql`select price::text, currency from commerce.products where sku = 'LAPTOP-15'`)).toEqual([
      { price: '1199.9900', currency: 'USD' },
    ]);
  },
);

onEachDatabase(
  'order 123 goes from pending to delivered through its states, with a call and a changed amount on the way',
  async (context) => {
    const read = await filled(context);
    const steps = await read(sql`select e.operation_name as what, e.actor, coalesce(e.after ->> 'status', '') as status
    from ${entries} where t.table_name = 'commerce.orders' and e.entity_key = '123' order by e.id`);
    expect(steps.map(({ what, actor, status }) => `${what} ${actor} ${status}`.trim())).toEqual([
      'ORDER_PLACED system PENDING',
      'ORDER_CONFIRMED system CONFIRMED',
      'SUPPORT_CALL carlos',
      'ORDER_ADJUSTED carlos',
      'ORDER_PROCESSING lena PROCESSING',
      'ORDER_SHIPPED lena SHIPPED',
      'ORDER_DELIVERED system DELIVERED',
    ]);
    const [adjusted] = await read(
      sql`select before, after from audit.entry where entity_key = '123' and operation_name = 'ORDER_ADJUSTED'`,
    );
    expect(adjusted).toEqual({
      before: { shipping_amount: '0.0000', total: '1319.0100', currency: 'USD' },
      after: { shipping_amount: '12.0000', total: '1331.0100', currency: 'USD' },
    });
    expect(await read(sql`select method, status, amount::text from commerce.payments where key = 'PAY-123'`)).toEqual([
      { method: 'CARD', status: 'SETTLED', amount: '1331.0100' },
    ]);
  },
);

onEachDatabase('the safety stock of SKU001 went from 15 to 10 to 20', async (context) => {
  const read = await filled(context);
  const changes = await read(sql`select e.before, e.after, e.occurred_at, e.actor, e.actor_kind, e.reason from ${entries}
    where e.entity_key = 'SKU001' and e.operation = 'UPDATE' and e.after ? 'safety_stock' order by e.id`);
  expect(changes).toEqual([
    {
      ...{ before: { safety_stock: 15 }, after: { safety_stock: 10 }, occurred_at: '2026-02-10 09:15:33+00' },
      ...{ actor: 'system', actor_kind: 'SERVICE', reason: 'Demand of the last 30 days fell' },
    },
    {
      ...{ before: { safety_stock: 10 }, after: { safety_stock: 20 }, occurred_at: '2026-02-15 14:32:11+00' },
      ...{ actor: 'admin', actor_kind: null, reason: 'Supplier now needs ten days to deliver' },
    },
  ]);
});

onEachDatabase('the batch of 17 events confirms 15 orders in 2.34 seconds, each because its payment had come', async (context) => {
  const read = await filled(context);
  const runId = 'run_20260217_143022_a1b2c3d4';
  const [run] = await read(sql`select name, status, started_at, finished_at, actor, reason from audit.run where run_id = ${runId}`);
  expect(run).toEqual({
    ...{
      name: 'Confirm 15 orders',
      status: 'SUCCEEDED',
      started_at: '2026-02-17 14:30:22.104512+00',
      finished_at: '2026-02-17 14:30:24.446104+00',
    },
    ...{ actor: 'mia', reason: 'Transfers of the morning are booked' },
  });
  const events =
    await read(sql`select e.operation_name as what, e.before ->> 'status' as before, e.after ->> 'status' as after, c.operation_name as cause
    from audit.entry e left join audit.entry c on c.tenant = e.tenant and c.id = e.cause_id where e.run_id = ${runId} order by e.id`);
  const confirmed = { what: 'ORDER_CONFIRMED', before: 'PENDING', after: 'CONFIRMED', cause: 'PAYMENT_SETTLED' };
  const event = { before: null, after: null, cause: null };
  expect(events).toEqual([
    { what: 'BATCH_START', ...event },
    ...Array.from({ length: 15 }, () => confirmed),
    { what: 'BATCH_END', ...event },
  ]);
  const [told] = await read(sql`select audit.get_batch_operations(${runId}) as run`);
  expect(told).toMatchObject({ run: { event_count: 17, duration_seconds: 2.341592 } });
});

onEachDatabase('there are runs of each kind, one that failed, and one that nobody opened', async (context) => {
  const read = await filled(context);
  const kinds = await read(sql`select event_prefix as prefix, status, count(*)::int as runs from audit.run group by 1, 2 order by 1, 2`);
  expect(kinds.map(({ prefix, status, runs }) => `${prefix} ${status} ${runs}`)).toEqual([
    'BATCH SUCCEEDED 1',
    'BULK_UPDATE SUCCEEDED 2',
    'CLOSING SUCCEEDED 1',
    'PRICE_RUN FAILED 1',
    'PRICE_RUN SUCCEEDED 23',
    'RECEIPT SUCCEEDED 13',
  ]);
  const receipt =
    await read(sql`select distinct operation_name from audit.entry where run_id = (select min(run_id) from audit.run where event_prefix = 'RECEIPT'
    and run_id in (select run_id from audit.entry where operation_name = 'RECEIPT_CLOSED')) order by 1`);
  expect(receipt.map((one) => one['operation_name'])).toEqual(['RECEIPT_CLOSED', 'RECEIPT_END', 'RECEIPT_START']);
  const unopened = await read(sql`select run_id, count(*)::int as entries from audit.entry e where run_id is not null
    and not exists (select from audit.run r where r.run_id = e.run_id) group by 1`);
  expect(unopened).toEqual([{ run_id: 'run_20260203_221500_5e1f0c7d', entries: 6 }]);
  const calls = await read(
    sql`select t.table_name, count(*)::int as calls from ${entries} where e.operation_name = 'SUPPORT_CALL' group by 1 order by 1`,
  );
  expect(calls.map((one) => one['table_name'])).toEqual(['commerce.customers', 'commerce.orders', 'commerce.products']);
});
