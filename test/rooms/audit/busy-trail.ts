import { sql } from 'drizzle-orm';
import type { TestDatabase } from '../../support/databases.ts';
import { ann, bob, change, insert, laptop } from './trail.ts';

/** A table that is no part of the shop: two key columns, a masked one, a number that no float can hold. */
async function trackThings({ owner }: TestDatabase): Promise<void> {
  await owner.run(`create table if not exists public.things (
      tenant text not null, place text, number int, amount numeric(30, 10), secret text, payload jsonb, tags text[], primary key (tenant, place, number));
    grant select, insert, update, delete on public.things to whence_source`);
  await owner.run(`select audit.track('public.things', masked_columns => array['secret'])`);
}

export const openedRun = 'run_20260217_143022_a1b2c3d4';
export const bareRun = 'run_20260218_090000_00000001';
export const endedRun = 'run_20260218_090000_00000002';

/** A few dozen entries of every kind: several actors, tables, runs, reasons, addresses, sources, a bulk change and a changed key. */
export async function openBusyTrail(context: TestDatabase, tenant: string): Promise<void> {
  await trackThings(context);
  const at = (day: number, hour = 8) => `2026-02-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00.000001Z`;
  const setup = { tenant, actor: 'setup', actorKind: 'SERVICE', occurredAt: at(1), application: 'migration', recordSource: 'legacy' };
  const products = [
    laptop,
    { ...laptop, id: 2, sku: 'SKU001', name: 'Cable', price: '0.5' },
    { ...laptop, id: 3, sku: 'SKU_02', name: 'Ring', safety_stock: null },
  ];
  const order = {
    ...{ id: 1, number: '123', customer_id: null, status: 'pending', subtotal: '10', shipping_amount: '1', total: '11', currency: 'USD' },
    ...{ shipping_name: 'Cara', shipping_address: 'Road 1', shipping_method: 'air', placed_at: at(2) },
  };
  await change(context, setup, insert('users', tenant, ann, bob), insert('products', tenant, ...products), insert('orders', tenant, order));
  const product = (set: string, id: number) => sql`update commerce.products set ${sql.raw(set)} where tenant = ${tenant} and id = ${id}`;
  const byAnn = { tenant, actor: 'ann', role: 'buyer', application: 'shop', clientIp: '10.1.2.3', session: 's-1', requestId: 'r-1' };
  await change(
    context,
    { ...byAnn, occurredAt: at(3), reason: 'spring promotion', reasonCode: 'PROMOTION' },
    product('price = 1199.99', 1),
  );
  await change(
    context,
    { ...byAnn, occurredAt: at(4), reason: '100% sure_thing', reference: 'T-7' },
    product('safety_stock = 20, stock_quantity = 3', 2),
  );
  await change(
    context,
    { ...byAnn, occurredAt: at(5), operationName: 'ORDER_CONFIRMED', details: { note: 'by "phone"', items: 3 } },
    sql`update commerce.orders set status = 'confirmed' where tenant = ${tenant} and id = 1`,
    product('stock_quantity = stock_quantity - 1', 1),
  );
  const byBob = { tenant, actor: 'bob', application: 'back office', clientIp: '2001:db8::7', session: 's-2' };
  await change(
    context,
    { ...byBob, occurredAt: at(6) },
    product("currency = 'EUR'", 3),
    sql`update commerce.orders set shipping_name = 'Eve', currency = 'EUR' where tenant = ${tenant} and id = 1`,
  );
  await change(context, { tenant, actor: '', occurredAt: at(7) }, product("is_active = false, name = 'Cable 2'", 2));
  await change(
    context,
    { tenant, actor: 'robot', occurredAt: at(8), clientIp: '10.9.0.1' },
    sql`insert into public.things (tenant, place, number, amount, secret, payload, tags)
    select ${tenant}, 'shelf', i, i / 3.0, 'x' || i, '{"a": [1]}', array['t'] from generate_series(1, 6) i`,
  );
  await change(
    context,
    { tenant, actor: 'robot', occurredAt: at(9) },
    sql`update public.things set amount = amount + 0.0000000001, secret = 'y' where tenant = ${tenant} and number < 4`,
  );
  await change(
    context,
    { tenant, actor: 'robot', occurredAt: at(9, 9) },
    sql`update public.things set number = 60 where tenant = ${tenant} and number = 6`,
  );
  await change(
    context,
    { ...byBob, occurredAt: at(10), reason: 'wet pallet' },
    sql`delete from public.things where tenant = ${tenant} and number = 5`,
  );
  await change(
    context,
    { ...byBob, occurredAt: at(17, 14) },
    sql`select audit.start_run(name => 'Nightly', run_id => ${openedRun}, reason => 'month end', reason_code => 'CLOSE')`,
  );
  await change(
    context,
    { ...byBob, occurredAt: at(17, 15), runId: openedRun },
    product('stock_quantity = 9', 2),
    product('stock_quantity = 8', 3),
  );
  await change(context, { ...byBob, occurredAt: at(17, 16), runId: openedRun, reason: 'counted twice' }, product('stock_quantity = 10', 2));
  await change(context, { ...byBob, occurredAt: at(17, 17) }, sql`select audit.finish_run(${openedRun}, 'SUCCEEDED', '{"orders": 3}')`);
  await change(
    context,
    { ...byAnn, occurredAt: at(18, 9), runId: bareRun },
    sql`select audit.log_event('SKU_UPDATED', 'safety stock', 'SKU001')`,
  );
  await change(
    context,
    { tenant, actor: '', occurredAt: at(18, 10), runId: endedRun },
    sql`select audit.log_event('BULK_UPDATE_START'), audit.log_event('SKU_UPDATED', '{"sku": "SKU001"}', 'SKU001'), audit.log_event('BULK_UPDATE_END')`,
  );
  await change(
    context,
    { ...byAnn, occurredAt: at(19) },
    sql`select audit.add_reason(min(id), 'asked by the supplier', 'SUPPLIER', 'T-9')
    from audit.entry where tenant = ${tenant} and actor = 'bob' and before ? 'currency' and table_key = 3`,
  );
  await change(
    context,
    { ...byBob, occurredAt: at(20) },
    sql`select audit.add_reason(max(id), 'and once more') from audit.entry where tenant = ${tenant} and actor = 'ann' and reason_code = 'PROMOTION'`,
  );
}
