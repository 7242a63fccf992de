import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer } from '../audit/trail.ts';

const tenant = 'busy';

/** Changes two rows again and again, and keeps what they were after each change: 1 is older than the log, 2 is not, and both end and begin anew. */
async function writeHistory({ owner }: TestDatabase): Promise<void> {
  const row = (id: number, name: string) => `('${tenant}', ${id}, 'B-${id}', '${name}', ${id}, 'EUR', 0)`;
  const make = 'insert into commerce.products (tenant, id, sku, name, price, currency, stock_quantity) values';
  const changes = (times: number) => `do $do$ begin
    for i in 1..${times} loop
      update commerce.products set stock_quantity = stock_quantity + 1, price = case when i % 50 = 0 then price + 1 else price end,
        name = case i when 30 then name || '!' else name end where tenant = '${tenant}' and id = 1 + i % 2;
      insert into public.seen_then select (select max(id) from audit.entry), id, to_jsonb(p) from commerce.products p where tenant = '${tenant}';
    end loop; end $do$`;
  await owner.run(`create table public.seen_then (entry_id bigint, row_id bigint, image jsonb);
    alter table commerce.products disable trigger user; ${make} ${row(1, 'old')}; alter table commerce.products enable trigger user;
    ${make} ${row(2, 'new')}`);
  await owner.run(changes(400));
  await owner.run(`alter table commerce.products rename column safety_stock to low_stock;
    update commerce.products set low_stock = 7 where tenant = '${tenant}';
    alter table commerce.products rename column low_stock to safety_stock`);
  await owner.run(changes(300));
  await owner.run(`delete from commerce.products where tenant = '${tenant}'; ${make} ${row(1, 'again')}, ${row(2, 'again')}`);
  await owner.run(changes(300));
  await owner.run(`select from audit.feed_step('{}', null, null, 100000, '5 s')`);
}

onEachDatabase('a row that changed a thousand times is what it was, also where it is older than the log or came again', async (context) => {
  await writeHistory(context);
  const [kept] = await context.owner.run<{ whole: number; partial: number }>(sql`select count(*) filter (where is_whole)::int as whole,
    count(*) filter (where not is_whole)::int as partial from audit.kept_row where tenant = ${tenant}`);
  expect([kept?.whole, kept?.partial].map((count) => count && count > 2)).toEqual([true, true]);
  const seen = await context.owner.run<{ entry: string; images: Record<string, unknown>[] }>(
    sql`select entry_id::text as entry, jsonb_agg(image order by row_id) as images from seen_then group by entry_id order by entry_id`,
  );
  const asked = seen.filter((_, place) => place % 97 === 0);
  expect(asked.length).toBeGreaterThan(9);
  for (const { entry, images } of asked) {
    const { products, node } = await answer(
      context,
      tenant,
      `query ($id: ID!) { node(id: $id) { ... on AuditEntry { sequence } }
        products(asOf: { auditEntryId: $id }) { nodes { sku name price { amount } stockQuantity safetyStock } } }`,
      { id: encodeGlobalId('AuditEntry', entry) },
    );
    const then = images.map((image) => ({
      ...{ sku: image['sku'], name: image['name'], price: { amount: Number(image['price']).toFixed(2) } },
      ...{ stockQuantity: image['stock_quantity'], safetyStock: image['safety_stock'] ?? image['low_stock'] ?? null },
    }));
    expect([node.sequence !== null, products.nodes]).toEqual([true, then]);
  }
});
