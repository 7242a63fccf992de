import { sql } from 'drizzle-orm';
import type { TestDatabase } from '../../support/databases.ts';
import { ann, bob, change, insert, laptop } from '../audit/trail.ts';

/** Events of a tenant, one at each of these times. */
export async function eventsAt(context: TestDatabase, tenant: string, ...times: string[]): Promise<void> {
  for (const occurredAt of times) await change(context, { tenant, actor: 'clock', occurredAt }, sql`select audit.log_event('TICK')`);
}

/** A product that costs the first price, then each of the others, on the days of January 2026 from the 2nd. `null` changes the currency only. */
export async function pricesOf(context: TestDatabase, tenant: string, prices: readonly (string | null)[]): Promise<void> {
  const setup = { tenant, actor: 'setup', actorKind: 'SERVICE', occurredAt: '2026-01-01T08:00:00Z' };
  await change(context, setup, insert('users', tenant, ann, bob), insert('products', tenant, { ...laptop, price: prices[0] }));
  for (const [index, price] of prices.slice(1).entries()) {
    const occurredAt = `2026-01-${String(index + 2).padStart(2, '0')}T08:00:00Z`;
    const set = price === null ? sql`currency = 'EUR', price = 1` : sql`price = ${price}::text::numeric`;
    await change(
      context,
      { tenant, actor: 'ann', occurredAt },
      sql`update commerce.products set ${set} where tenant = ${tenant} and id = 1`,
    );
  }
}

const order = {
  ...{ id: 1, number: 'A-1', customer_id: null, status: 'PENDING', subtotal: '10', shipping_amount: '1', total: '11', currency: 'USD' },
  ...{ shipping_name: 'Cara', shipping_address: 'Road 1', shipping_method: 'air', placed_at: '2026-01-01T00:00:00Z' },
};

/** Orders of a tenant that take these steps: [order id, status, instant]; the first step of an order places it. */
export async function ordersOf(
  context: TestDatabase,
  tenant: string,
  steps: readonly (readonly [id: number, status: string, at: string])[],
): Promise<void> {
  const placed = new Set<number>();
  for (const [id, status, occurredAt] of steps) {
    const statement = placed.has(id)
      ? sql`update commerce.orders set status = ${status} where tenant = ${tenant} and id = ${id}`
      : insert('orders', tenant, { ...order, id, number: `A-${id}`, status });
    placed.add(id);
    await change(context, { tenant, actor: 'ann', occurredAt }, statement);
  }
}
