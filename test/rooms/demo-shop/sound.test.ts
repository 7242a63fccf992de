import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { planDemoShop } from '../../../src/rooms/sources/demo-shop/plan.ts';
import { onEachDatabase, startFrom } from '../../support/databases.ts';
import { filled } from './filled.ts';

startFrom('shop');

const changesOf = (table: string) =>
  sql`(select e.* from audit.shown_entry e join audit.tracked_table t using (table_key) where t.table_name = ${`commerce.${table}`})`;

onEachDatabase('every order item was sold at the price its product had at that moment', async (context) => {
  const read = await filled(context);
  const [checked] = await read(sql`with prices as materialized (
        select e.id, e.record_key, e.entity_key as sku, e.after ->> 'price' as price, e.after ->> 'currency' as currency
          from ${changesOf('products')} e where e.after ? 'price')
    select count(*)::int as items, count(*) filter (where i.after ->> 'unit_price' = p.price and i.after ->> 'currency' = p.currency)::int as at_price,
      count(distinct p.price) filter (where p.sku = 'LAPTOP-15')::int as laptop_prices
    from ${changesOf('order_items')} i cross join lateral (
      select * from prices where prices.record_key = i.after ->> 'product_id' and prices.id < i.id order by prices.id desc limit 1) p
   where i.operation = 'INSERT'`);
  expect(checked?.['items']).toBeGreaterThan(400);
  expect(checked).toMatchObject({ at_price: checked?.['items'], laptop_prices: 2 });
});

onEachDatabase('the stock is what the trail says, was never negative, and every order took from it', async (context) => {
  const read = await filled(context);
  const [stock] = await read(
    sql`select min((after ->> 'stock_quantity')::int) >= 0 as held from ${changesOf('products')} e where after ? 'stock_quantity'`,
  );
  expect(stock).toEqual({ held: true });
  const off = await read(sql`select p.sku from commerce.products p where p.stock_quantity <> (select (e.after ->> 'stock_quantity')::int
    from ${changesOf('products')} e where e.entity_key = p.sku and e.after ? 'stock_quantity' order by e.id desc limit 1)`);
  expect(off).toEqual([]);
  // Per product: what was there, less what was ordered, plus what came back and in.
  const moved = await read(sql`select p.sku from commerce.products p where p.stock_quantity <>
    (select sum((e.after ->> 'stock_quantity')::int - coalesce((e.before ->> 'stock_quantity')::int, 0)) from ${changesOf('products')} e
      where e.entity_key = p.sku and e.after ? 'stock_quantity')`);
  expect(moved).toEqual([]);
  const unsold = await read(sql`
    with made as materialized (select e.xid, e.entity_key, (e.after ->> 'quantity')::int as quantity from ${changesOf('order_items')} e where e.operation = 'INSERT'),
         taken as materialized (select e.xid, e.record_key, (e.before ->> 'stock_quantity')::int - (e.after ->> 'stock_quantity')::int as quantity
                                  from ${changesOf('products')} e where e.before ? 'stock_quantity')
    select i.key from commerce.order_items i left join made on made.entity_key = i.key
      left join taken on taken.xid = made.xid and taken.record_key = i.product_id::text and taken.quantity = made.quantity
     where taken.xid is null`);
  expect(unsold).toEqual([]);
});

onEachDatabase('amounts add up to the cent, and payments to what the order costs', async (context) => {
  const read = await filled(context);
  const wrong = await read(sql`select o.number from commerce.orders o
    cross join lateral (select coalesce(sum(i.line_total) filter (where o.status in ('CANCELLED', 'REFUNDED') or i.status = 'ORDERED'), 0) as standing,
        bool_and(i.line_total = i.quantity * i.unit_price and i.currency = o.currency and i.quantity > 0) as exact from commerce.order_items i where i.order_id = o.id) lines
    cross join lateral (select coalesce(sum(p.amount) filter (where p.status not in ('FAILED', 'REFUNDED')), 0) as live, bool_and(p.currency = o.currency) as same
        from commerce.payments p where p.order_id = o.id) paid
    where o.total <> o.subtotal + o.shipping_amount or not lines.exact or not paid.same
       or (o.status not in ('CANCELLED', 'REFUNDED') and (o.subtotal <> lines.standing or (paid.live not in (o.total, 0))))
       or (o.status in ('SHIPPED', 'DELIVERED') and paid.live <> o.total)
       or (o.status = 'CANCELLED' and paid.live <> 0 and o.placed_at < '2026-02-27')`);
  expect(wrong).toEqual([]);
});

onEachDatabase('time never runs backwards, every declared cause is there, and most changes say why', async (context) => {
  const read = await filled(context);
  const [order] =
    await read(sql`select count(*) filter (where occurred_at < earlier)::int as backwards, count(*) filter (where cause_id >= id)::int as later_causes,
      count(distinct request_id)::int as steps, count(distinct xid)::int as transactions, count(*) filter (where cause_id is not null)::int as caused,
      round(avg((reason is not null)::int), 2)::float8 as explained, count(*) filter (where operation_name = 'PRICE_CHANGED' and reason is null)::int as unexplained_prices,
      count(*) filter (where reason_for is not null)::int as reasons_added
    from (select *, lag(occurred_at) over (order by id) as earlier from audit.shown_entry) e`);
  const planned = planDemoShop();
  expect(order).toEqual({
    ...{ backwards: 0, later_causes: 0, steps: planned.length, transactions: planned.length, unexplained_prices: 4, reasons_added: 1 },
    ...{ caused: planned.filter(({ cause }) => cause).reduce((sum, { actions }) => sum + actions.length, 0), explained: 0.78 },
  });
});

onEachDatabase('a few orders go ways that their state machine does not know', async (context) => {
  const read = await filled(context);
  const strange =
    await read(sql`select e.entity_key as number, e.before ->> 'status' || ' -> ' || (e.after ->> 'status') as way from ${changesOf('orders')} e
    where e.operation = 'UPDATE' and e.after ? 'status' and not exists (select from audit.tracked_table t, jsonb_array_elements(t.transitions) known
      where t.table_key = e.table_key and known ->> 'from' = e.before ->> 'status' and known ->> 'to' = e.after ->> 'status') order by e.id`);
  expect(strange.map(({ number, way }) => `${number} ${way}`)).toEqual([
    '31 CANCELLED -> CONFIRMED',
    '58 CONFIRMED -> SHIPPED',
    '96 SHIPPED -> PROCESSING',
    '141 DELIVERED -> SHIPPED',
  ]);
});

it('the plan is the same every time', () => {
  expect(JSON.stringify(planDemoShop())).toBe(JSON.stringify(planDemoShop()));
});
