// A shop whose trail has as many entries as wanted: customers of 200 orders, each order with three items, one payment and twelve entries.
import { openOwner } from '../../../src/database/open.ts';

export const ordersPerCustomer = 200;
export const entriesPerOrder = 12;
const ordersPerBatch = 20_000;

/** Number of customers when the trail holds `total` entries. */
export const customersIn = (total: number): number => Math.max(1, Math.floor(total / entriesPerOrder / ordersPerCustomer));

/**
 * Rows and entries side by side, without the capture, which would take hours. An order is placed every minute, by one customer after the other,
 * and goes its way for four days; entries come in the order of time and in transactions of their own, as a shop writes them.
 */
export async function fillShop(url: string, total: number): Promise<void> {
  const owner = await openOwner({ url });
  const orders = customersIn(total) * ordersPerCustomer;
  try {
    await owner.run(`set synchronous_commit = off; set session_replication_role = replica; select audit.ensure_partitions()`);
    await owner.run(`truncate commerce.payments, commerce.order_items, commerce.orders, commerce.customers, commerce.products, commerce.users;
      insert into commerce.users (tenant, id, key, display_name, created_at) select 'demo', i, 'user' || i, 'User ' || i, '2024-01-01' from generate_series(1, 10) i;
      insert into commerce.products (tenant, id, sku, name, price, currency) select 'demo', i, 'SKU' || i, 'Product ' || i, i, 'EUR' from generate_series(1, 1000) i;
      insert into commerce.customers (tenant, id, key, name, email, created_at) select 'demo', i, 'CUST-' || i, 'Customer ' || i, i || '@mail.example', '2024-12-31' from generate_series(1, ${customersIn(total)}) i;
      insert into audit.entry (tenant, xid, table_key, schema_version, operation, record_key, entity_key, actor, occurred_at, after)
        select 'demo', '1'::xid8, ${tableKey('customers')}, 1, 'INSERT', id::text, key, 'user1', created_at, jsonb_build_object('id', id::text, 'key', key) from commerce.customers`);
    for (let from = 1; from <= orders; from += ordersPerBatch) {
      const made = `generate_series(${from}, ${Math.min(orders, from + ordersPerBatch - 1)}) as g(n)`;
      const at = `timestamptz '2025-01-01' + n * interval '1 minute'`;
      await owner.run(`select audit.ensure_partitions();
        insert into commerce.orders (tenant, id, number, customer_id, status, subtotal, total, currency, placed_at)
          select 'demo', n, n::text, n % ${customersIn(total)} + 1, case when n % 20 = 0 then 'CANCELLED' else 'DELIVERED' end, 60, 60, 'EUR', ${at} from ${made};
        insert into commerce.order_items (tenant, id, order_id, line, key, product_id, quantity, unit_price, line_total, currency, status)
          select 'demo', n * 3 + l, n, l, n || '/' || l, (n * 7 + l) % 1000 + 1, 2, 10, 20, 'EUR', 'ORDERED' from ${made}, generate_series(1, 3) l;
        insert into commerce.payments (tenant, id, key, order_id, method, status, amount, currency, settled_at, created_at)
          select 'demo', n, 'PAY-' || n, n, 'CARD', 'SETTLED', 60, 'EUR', ${at} + interval '1 day', ${at} from ${made};
        insert into audit.entry (tenant, xid, table_key, schema_version, operation, operation_name, record_key, entity_key, actor, reason, occurred_at, before, after)
        select 'demo', (n * 8 + s.k + 1)::text::xid8, s.t, 1, s.operation, s.name, case s.t when ${tableKey('order_items')} then n * 3 + s.line else n end::text,
          case s.t when ${tableKey('order_items')} then n || '/' || s.line when ${tableKey('payments')} then 'PAY-' || n else n::text end,
          'user' || (n % 10 + 1), s.reason, ${at} + s.later * interval '1 hour', s.before,
          case when s.operation <> 'INSERT' then s.after when s.t = ${tableKey('orders')} then jsonb_build_object('id', n::text, 'number', n::text, 'customer_id', (n % ${customersIn(total)} + 1)::text, 'status', 'PENDING',
              'subtotal', '60.0000', 'shipping_amount', '0.0000', 'total', '60.0000', 'currency', 'EUR', 'shipping_method', 'STANDARD', 'placed_at', ${at})
            when s.t = ${tableKey('order_items')} then jsonb_build_object('id', (n * 3 + s.line)::text, 'order_id', n::text, 'line', s.line, 'key', n || '/' || s.line, 'product_id', ((n * 7 + s.line) % 1000 + 1)::text,
              'quantity', 2, 'unit_price', '10.0000', 'line_total', '20.0000', 'currency', 'EUR', 'status', 'ORDERED')
            else jsonb_build_object('id', n::text, 'key', 'PAY-' || n, 'order_id', n::text, 'method', 'CARD', 'status', 'PENDING', 'amount', '60.0000', 'currency', 'EUR', 'settled_at', null, 'created_at', ${at}) end
          from ${made} cross join (values ${steps().join(', ')}) as s(k, later, t, operation, name, line, reason, before, after)
         order by ${at} + s.later * interval '1 hour', g.n, s.k`);
    }
    await owner.run('vacuum analyze');
  } finally {
    await owner.close();
  }
}

/** In the order of the migration that tracks the shop. */
function tableKey(table: string): string {
  return `(select t.table_key from audit.tracked_table t where t.table_name = 'commerce.${table}')`;
}

/** What befalls every order: transaction, hours after it was placed, entry. Every twentieth is cancelled instead of delivered. */
function steps(): string[] {
  const status = (k: number, later: number, table: string, name: string, before: string, after: string, reason = 'null') =>
    `(${k}, ${later}, ${tableKey(table)}, 'UPDATE', '${name}', 0, ${reason}, '{"status": "${before}"}'::jsonb, '{"status": "${after}"}'::jsonb)`;
  const made = (table: string, line = 0) =>
    `(0, 0, ${tableKey(table)}, 'INSERT', 'ORDER_PLACED', ${line}, 'Order placed on the web', null::jsonb, null::jsonb)`;
  return [
    made('orders'),
    ...[1, 2, 3].map((line) => made('order_items', line)),
    made('payments'),
    status(1, 1, 'payments', 'PAYMENT_AUTHORIZED', 'PENDING', 'AUTHORIZED'),
    status(2, 2, 'orders', 'ORDER_CONFIRMED', 'PENDING', 'CONFIRMED', `'Card authorized'`),
    status(3, 20, 'orders', 'ORDER_PROCESSING', 'CONFIRMED', 'PROCESSING'),
    status(4, 26, 'orders', 'ORDER_SHIPPED', 'PROCESSING', 'SHIPPED', `'Handed to the carrier'`),
    status(5, 27, 'payments', 'PAYMENT_SETTLED', 'AUTHORIZED', 'SETTLED'),
    `(6, 50, ${tableKey('orders')}, 'EVENT', 'SUPPORT_CALL', 0, null, null, null)`,
    status(7, 90, 'orders', 'ORDER_DELIVERED', 'SHIPPED', 'DELIVERED'),
  ];
}
