// A catalogue with a long history: 20 entries a product, one a second, the newest now; every hundredth product is gone at the end. One product
// more, the busy one, has 20,000 entries, evenly over the whole time.
import { type Owner } from '../../../src/database/database.ts';
import { openOwner } from '../../../src/database/open.ts';

const entriesPerProduct = 20;
const entriesPerStatement = 250_000;
const busyEntries = 20_000;

/** One entry a second. */
export interface Trail {
  readonly total: number;
  /** When the newest entry was written, in milliseconds. */
  readonly endsAt: number;
}

export async function trailIn(url: string, total: number): Promise<Trail> {
  const owner = await openOwner({ url });
  try {
    const [newest] = await owner.run<{ ms: number }>(
      `select floor(extract(epoch from recorded_at) * 1000)::float8 as ms from audit.entry where tenant = 'demo' and id = ${total}`,
    );
    return { total, endsAt: newest?.ms ?? Date.now() };
  } finally {
    await owner.close();
  }
}

/** Without the busy one, whose id is the next. */
export function productsIn(total: number): number {
  return (total - busyEntries) / entriesPerProduct;
}

/** Its id. */
export function busyProduct(total: number): number {
  return productsIn(total) + 1;
}

/** Writes the entries themselves: the triggers would take an hour. Each log position is the entry's id, as without concurrent writers. */
export async function fillTrail(url: string, total: number): Promise<void> {
  const owner = await openOwner({ url });
  const products = productsIn(total);
  try {
    await owner.run(`set synchronous_commit = off; alter table commerce.products disable trigger user`);
    await owner.run(`insert into commerce.products (tenant, id, sku, name, categories, price, currency, stock_quantity, created_at)
      select 'demo', r, 'SKU' || r, 'Product number ' || r, '{tools,garden}', 10 + r % 100, 'EUR',
          99 + case r when ${products + 1} then ${busyEntries} else ${entriesPerProduct} end, '2025-01-01'
        from generate_series(1, ${products + 1}) r where r % 100 > 0 or r > ${products}`);
    await owner.run(`alter table commerce.products enable trigger user; update audit.tracked_table set tracked_since = '2000-01-01'`);
    for (let from = 0; from < total; from += entriesPerStatement) await fill(owner, from, total);
    await owner.run(`select setval('audit.entry_id', ${total});
      delete from audit.feed_batch;
      insert into audit.feed_head (tenant, sequence, tick) select 'demo', max(sequence), max(tick) from audit.position where tenant = 'demo';
      insert into audit.feed_tick (tick, epoch, snapshot) select max(tick) + 1000000, 1, pg_current_snapshot() from audit.feed_tick`);
    const noted = ['audit.clock_day', 'audit.clock_span', 'audit.deletion', 'audit.entry_value', 'audit.kept_row'];
    for (const table of ['audit.entry', 'audit.position', 'commerce.products', ...noted]) await owner.run(`vacuum analyze ${table}`);
  } finally {
    await owner.close();
  }
}

/** Entry `i` is the busy product's where `i` is a multiple of `step`; else it is the `nth` of the others. */
async function fill(owner: Owner, from: number, total: number): Promise<void> {
  const products = productsIn(total);
  const step = total / busyEntries;
  const last = Math.min(total, from + entriesPerStatement) - 1;
  const image = (stock: string) => `jsonb_build_object('tenant', 'demo', 'id', r::text, 'sku', 'SKU' || r, 'name', 'Product number ' || r,
    'categories', '["tools","garden"]'::jsonb, 'price', (10 + r % 100) || '.0000', 'currency', 'EUR', 'stock_quantity', ${stock}, 'safety_stock', null,
    'is_active', true, 'created_at', '2025-01-01T00:00:00.000000Z')`;
  await owner.run(`select audit.ensure_partitions();
    insert into audit.entry (id, tenant, table_key, schema_version, operation, record_key, entity_key, actor, application, occurred_at, recorded_at, before, after)
    select i + 1, 'demo', t.table_key, 1, operation, r::text, 'SKU' || r, 'actor' || i % 500, 'webshop', at, at,
        case operation when 'UPDATE' then jsonb_build_object('stock_quantity', 99 + k) when 'DELETE' then ${image('99 + k')} end,
        case operation when 'UPDATE' then jsonb_build_object('stock_quantity', 100 + k) when 'INSERT' then ${image('100')} end
      from audit.tracked_table t, generate_series(${from}, ${last}) i
     cross join lateral (select i % ${step} = 0 as is_busy, i - i / ${step} - 1 as nth, now() - (${total} - i) * interval '1 second' as at) x
     cross join lateral (select case when is_busy then ${products + 1} else (nth * 7919::bigint) % ${products} + 1 end as r,
       case when is_busy then i / ${step} else nth / ${products} end as k) y
     cross join lateral (select case when k = 0 then 'INSERT' when k = ${entriesPerProduct - 1} and r % 100 = 0 and not is_busy then 'DELETE'
       else 'UPDATE' end as operation) o
     where t.table_name = 'commerce.products';
    insert into audit.position (tenant, sequence, tick, entry_id, highest)
    select 'demo', i + 1, i / 100 + 1, i + 1, i + 1 from generate_series(${from}, ${last}) i;
    select setval('audit.entry_id', ${last + 1})`);
}
