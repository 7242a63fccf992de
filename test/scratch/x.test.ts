import { onEachDatabase } from '../support/databases.ts';
import { ask, insert } from '../rooms/provenance/asking.ts';
import postgres from 'postgres';
onEachDatabase('x', async (context) => {
  const products = Array.from({ length: 50 }, (_, n) => ({ currency: 'USD', is_active: true, created_at: '2026-01-01', id: n + 1, sku: `S${n}`, name: `N${n}`, categories: [], price: '5', stock_quantity: n }));
  await insert(context, 'products', 'many', products);
  await context.owner.run("update commerce.products set price = 6 where tenant = 'many'; update commerce.products set name = name || '!' where tenant = 'many'");
  const sent: any[] = [];
  const stop = context.observe((o) => sent.push(o));
  const all = await ask(context, 'many', `{ products(first: 50) { nodes { blame { field value  } history(first: 2) { nodes { entity { blame { changeCount } } } } } } }`);
  stop();
  console.log(all.errors, sent.map((o) => [/\/\* (\S+)/.exec(o.asked.text)?.[1], o.tookMs, o.rows]));
  const w = sent.filter((o) => /writers|counts/.test(o.asked.text));
  const sql = postgres(context.url!, { max: 1 });
  await sql.unsafe('set role whence_app');
  for (const o of w) {
    const rows = await sql.unsafe('explain (analyze, buffers off) ' + o.sent.text, o.sent.params.map((v: any) => v === null ? null : String(v)), { prepare: true });
    console.log(rows.map((r: any) => r['QUERY PLAN']).join('\n').slice(0, 9000));
  }
  await sql.end();
}, { only: 'postgresql' });
