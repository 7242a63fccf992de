// Two tenants with different data in one database; every text of theirs carries their mark.
import { sql } from 'drizzle-orm';
import { answer, change, insert } from '../rooms/audit/trail.ts';
import type { TestDatabase } from '../support/databases.ts';

export interface Tenant {
  readonly name: string;
  /** In every key, name and reason. */
  readonly mark: string;
  /** Added to every numeric key. */
  readonly base: number;
}
export const alpha: Tenant = { name: 'alpha', mark: 'Qalphaq', base: 1000 };
export const beta: Tenant = { name: 'beta', mark: 'Qbetaq', base: 2000 };
export const other = (tenant: Tenant): Tenant => (tenant === alpha ? beta : alpha);

/** Makes the table of their own (once) and fills the shop, the trail, a run and a webhook of each. */
export async function furnish(context: TestDatabase): Promise<void> {
  await context.owner.run(`create table public.parcels (tenant text, id int primary key, label text, weight int);
    grant select, insert, update on public.parcels to whence_source;
    select audit.track('public.parcels', personal_columns => array['label'])`);
  for (const tenant of [alpha, beta]) await fill(context, tenant, 0);
  for (const tenant of [alpha, beta]) await hook(context, tenant);
}

/** An endpoint for which nothing waits, and a delivery to it that was given up. */
async function hook({ owner }: TestDatabase, { name, mark }: Tenant): Promise<void> {
  const place = JSON.stringify({ kind: 'POSITION', sequence: 1_000_000, tick: { number: 1, mark: '1' }, except: null });
  await owner.run(sql`with made as (
      insert into audit.webhook (tenant, url, events, sealed_secret, reached, last_error)
        values (${name}, ${`https://${mark}.example/`}, '{AUDIT_ENTRY}', ${mark}, ${place}::text::jsonb, ${`${mark} fault`}) returning tenant, id)
    insert into audit.webhook_delivery (tenant, webhook_id, delivery_id, attempt, outcome, after, upto, entries, duration_ms, error)
      select tenant, id, ${`msg_${mark}`}, 1, 'GIVEN_UP', ${place}::text::jsonb, ${place}::text::jsonb, 1, 1, ${`${mark} fault`} from made`);
}

/** One more customer with an order that is confirmed, paid and sent, a price that falls, a parcel, an event, a run, a reason and an alert. */
export async function fill(context: TestDatabase, { name, mark, base }: Tenant, round: number): Promise<void> {
  const id = base + round * 10;
  const key = `${mark}-${round}`;
  const day = `2026-0${1 + (round % 6)}-1`;
  const at = { created_at: `${day}0` };
  const who = { tenant: name, actor: `${key}-user`, application: `${mark}-app`, session: `${key}-s`, requestId: `${key}-r` };
  await change(
    context,
    { ...who, reason: `${mark} opens`, reasonCode: `${mark}_OPEN`, occurredAt: `${day}0T08:00:00Z` },
    insert('users', name, {
      id,
      key: `${key}-user`,
      email: `${key}@u.example`,
      display_name: `${mark} User`,
      roles: ['admin'],
      is_active: true,
      ...at,
    }),
    insert('customers', name, {
      id,
      key: `${key}-c`,
      email: `${key}@c.example`,
      name: `${mark} Customer`,
      phone: `${mark}55`,
      created_by: id,
      ...at,
    }),
    insert('products', name, {
      ...{
        id,
        sku: `${key}-sku`,
        name: `${mark} lamp`,
        categories: [mark],
        price: '10.00',
        currency: 'USD',
        stock_quantity: 5,
        safety_stock: 1,
      },
      ...{ is_active: true, ...at },
    }),
    insert('orders', name, {
      ...{ id, number: `${key}-o`, customer_id: id, status: 'PENDING', subtotal: '10', shipping_amount: '0', total: '10', currency: 'USD' },
      placed_at: `${day}1`,
    }),
    insert('order_items', name, {
      ...{
        id,
        order_id: id,
        line: 1,
        key: `${key}-i`,
        product_id: id,
        quantity: 1,
        unit_price: '10',
        line_total: '10',
        currency: 'USD',
        status: 'ORDERED',
      },
    }),
    insert('payments', name, {
      ...{ id, key: `${key}-p`, order_id: id, method: 'CARD', status: 'SETTLED', amount: '10', currency: 'USD', reference: `${key}-ref` },
      ...{ settled_at: `${day}2`, created_at: `${day}2` },
    }),
    sql`insert into public.parcels values (${name}, ${id}, ${`${mark} parcel`}, 3)`,
  );
  await change(
    context,
    { ...who, reason: `${mark} sale`, occurredAt: `${day}3T08:00:00Z` },
    sql`update commerce.products set price = price / 2 where tenant = ${name} and id = ${id}`,
    sql`update commerce.orders set status = 'CONFIRMED' where tenant = ${name} and id = ${id}`,
    sql`update public.parcels set weight = 4, label = ${`${mark} box`} where id = ${id}`,
    sql`select script_tracking.complete_operation(script_tracking.track_operation(${`${mark} load`}, 'ETL'), false, ${`${mark} broke`})`,
  );
  const opened = await answer(
    context,
    name,
    `mutation ($name: String!, $key: String!) { startRun(input: { name: $name, idempotencyKey: $key }) { run { key } } }`,
    { name: `${mark} run`, key: `${key}-once` },
  );
  const runId = opened.startRun.run.key as string;
  const alert = { finding: key, facts: { name: `${key}-check`, status: 'DEGRADED', detail: `${mark} fails` } };
  await context.owner.run(sql`select audit.raise_alerts(${name}, 'HEALTH', ${JSON.stringify([alert])}::text::jsonb) as raised`);
  await answer(
    context,
    name,
    `mutation ($runId: RunId!, $sku: String!, $say: String!) {
      recordAuditEvent(input: { operationName: "CHECKED", runId: $runId, entityType: PRODUCT, entityKey: $sku, reason: { text: $say } }) { auditEntry { id } }
    }`,
    { runId, sku: `${key}-sku`, say: `${mark} looked` },
  );
}

const range = '{ from: "2025-12-01T00:00:00Z", to: "2026-12-31T00:00:00Z" }';

/** What a tenant asks with: see `Walk`. */
export function argumentsOf({ mark, base }: Tenant): Record<string, string> {
  const by = (field: string, end: string) => `{ ${field}: "${mark}-0-${end}" }`;
  return {
    ...{ first: '5', range, groupBy: '[ACTOR, TABLE_NAME]', seriesBy: 'OPERATION', interval: 'MONTH', text: `"${mark}"` },
    ...{ 'Query.customer.by': by('key', 'c'), 'Query.user.by': by('key', 'user'), 'Query.product.by': by('sku', 'sku') },
    ...{ 'Query.order.by': by('number', 'o'), 'Query.payment.by': by('reference', 'ref'), tableName: '"public.parcels"' },
    ...{ key: `{ id: ${base} }`, 'Analytics.anomalies.range': '{ from: "2026-01-01T00:00:00Z", to: "2026-12-01T00:00:00Z" }' },
  };
}
