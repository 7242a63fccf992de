import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Scope } from '../../../src/shared/caller.ts';
import { onEachDatabase, startFrom, type TestDatabase } from '../../support/databases.ts';
import { answer, ask, change, codeOf, insert } from '../audit/trail.ts';
import { filled } from '../demo-shop/filled.ts';

startFrom('shop');

const query = `query ($text: String!, $entityTypes: [EntityType!], $first: Int, $last: Int, $after: String, $before: String) {
  search(text: $text, entityTypes: $entityTypes, first: $first, last: $last, after: $after, before: $before) {
    nodes { label excerpt entity { __typename key } }
    pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
  }
}`;

interface Hits {
  readonly nodes: readonly { readonly label: string; readonly excerpt: string; readonly entity: { __typename: string; key: string } }[];
  readonly pageInfo: { startCursor: string; endCursor: string; hasNextPage: boolean; hasPreviousPage: boolean };
}

async function search(context: TestDatabase, text: string, more: Record<string, unknown> = {}, tenant = 'demo'): Promise<Hits> {
  await filled(context);
  return (await answer(context, tenant, query, { text, ...more })).search;
}
const keysOf = ({ nodes }: Hits) => nodes.map(({ entity }) => entity.key);

onEachDatabase('products are found by key, beginning of a key and words of the name, best first', async (context) => {
  expect((await search(context, 'laptop-15')).nodes[0]).toEqual({
    ...{ label: 'Laptop 15', excerpt: 'product **LAPTOP**-**15** · **Laptop** **15** · Computers · Laptops' },
    entity: { __typename: 'Product', key: 'LAPTOP-15' },
  });
  expect(keysOf(await search(context, 'lap'))).toEqual(['LAPTOP-17', 'LAPTOP-13', 'LAPTOP-15', 'SLEEVE-15']);
  expect(keysOf(await search(context, 'sleeve lapt'))).toEqual(['SLEEVE-15']);
});

onEachDatabase('an order is found by its number, also behind the word order, before what mentions it', async (context) => {
  const { nodes, pageInfo } = await search(context, 'order 123', { first: 3 });
  expect(nodes[0]).toMatchObject({ label: 'order 123', entity: { __typename: 'Order', key: '123' } });
  expect(nodes).toHaveLength(3);
  expect(pageInfo.hasNextPage).toBe(true);
  expect(keysOf(await search(context, '123', { entityTypes: ['ORDER'] }))[0]).toBe('123');
  expect((await search(context, '123', { entityTypes: ['PAYMENT'] })).nodes.map(({ entity }) => entity.__typename)).toContain('Payment');
  expect((await search(context, '123', { entityTypes: [] })).nodes).toEqual([]);
});

onEachDatabase('reasons, references and details are searched; all words must occur, each entity comes once', async (context) => {
  const pallet = await search(context, 'crushed PALL');
  expect(pallet.nodes[0]?.excerpt).toBe('**Crushed** on the **pallet** · DAMAGE · STOCK\\_ADJUSTED');
  expect(new Set(keysOf(pallet)).size).toBe(pallet.nodes.length);
  expect(keysOf(await search(context, 'PRC-468'))).toEqual(['LAPTOP-15']);
  expect(keysOf(await search(context, '1189.00 northgate'))).toEqual(['LAPTOP-15']);
  expect((await search(context, 'crushed elephant')).nodes).toEqual([]);
});

onEachDatabase('names and addresses of people are found, and shown, with PII_READ only', async (context) => {
  const [found] = (await search(context, 'jonas weber')).nodes;
  expect(found).toMatchObject({ label: 'Jonas Weber', entity: { __typename: 'User', key: 'jonas' } });
  const scopes = new Set<Scope>(['AUDIT_READ']);
  const hidden = await ask(context, 'demo', query, { text: 'jonas weber' }, { scopes });
  expect(hidden.data).toMatchObject({ search: { nodes: [] } });
  const byKey = await ask(context, 'demo', query, { text: 'jonas' }, { scopes });
  expect(JSON.parse(JSON.stringify(byKey.data)).search.nodes[0]).toMatchObject({ label: 'user jonas', excerpt: 'user **jonas**' });
  expect(JSON.stringify(byKey)).not.toContain('Weber');
});

onEachDatabase('pages join without a gap, forwards and backwards', async (context) => {
  const all = keysOf(await search(context, 'spring', { first: 500 }));
  expect(all.length).toBeGreaterThan(4);
  const seen: string[] = [];
  let page = await search(context, 'spring', { first: 3 });
  for (; ; page = await search(context, 'spring', { first: 3, after: page.pageInfo.endCursor })) {
    seen.push(...keysOf(page));
    if (!page.pageInfo.hasNextPage) break;
  }
  expect(seen).toEqual(all);
  const back = await search(context, 'spring', { last: 2, before: page.pageInfo.startCursor });
  expect(keysOf(back)).toEqual(all.slice(-keysOf(page).length - 2, -keysOf(page).length));
});

onEachDatabase('nothing of another tenant is found, and without a tenant nothing at all', async (context) => {
  await filled(context);
  expect((await search(context, 'laptop', {}, 'nobody')).nodes).toEqual([]);
  expect((await search(context, 'crushed pallet', {}, 'nobody')).nodes).toEqual([]);
  await context.owner.run(`reset app.tenant; set role whence_app`);
  try {
    expect(await context.owner.run(`select id from audit.search_entries('', 'pallet', 10)`)).toEqual([]);
    expect(await context.owner.run(`select id from commerce.search_names('', 'laptop', true, 10)`)).toEqual([]);
  } finally {
    await context.owner.run('reset role');
  }
});

onEachDatabase(
  'rows of any other tracked table are found by key and reason, also after they were deleted; of the shop what is there',
  async (context) => {
    await filled(context);
    await context.owner.run(
      `create table public.boxes (tenant text, id text primary key, size int); grant all on public.boxes to whence_source; select audit.track('public.boxes')`,
    );
    const why = { tenant: 'demo', actor: 'ann', reason: 'Zebra crossing painted anew' };
    const product = { id: 9001, sku: 'ZEBRA-1', name: 'Zebra lamp', price: 1, currency: 'USD' };
    await change(context, why, sql`insert into public.boxes values ('demo', 'BOX-77', 1)`, insert('products', 'demo', product));
    expect(keysOf(await search(context, 'zebra crossing'))).toEqual(['ZEBRA-1', 'BOX-77']);
    await change(
      context,
      { tenant: 'demo', actor: 'ann' },
      sql`delete from public.boxes`,
      sql`delete from commerce.products where sku = 'ZEBRA-1'`,
    );
    expect((await search(context, 'zebra crossing')).nodes).toMatchObject([
      { label: 'public.boxes BOX-77', entity: { __typename: 'Record' } },
    ]);
    expect(keysOf(await search(context, 'box-77'))).toEqual(['BOX-77']);
  },
);

onEachDatabase('whatever is typed is words, and never a fault of the server', async (context) => {
  await filled(context);
  const harmless = [
    `' or 1=1 --`,
    'a & | ! : * <-> ( b',
    `x\\' y`,
    '100% _a_',
    '$1 {} "q"',
    'ﬁ ǅ İ',
    '٣ ½ ²',
    '\u{10ffff}a',
    'a'.repeat(200),
    'laptop\t\n15',
  ];
  for (const text of harmless) expect(await codeOf(context, 'demo', query, { text }), text).toBeUndefined();
  for (const text of ['', ' ', '%', 'a'.repeat(10_000), '1 2 3 4 5 6 7 8 9 10 11'])
    expect(await codeOf(context, 'demo', query, { text })).toBe('BAD_USER_INPUT');
  expect(await codeOf(context, 'demo', query, { text: 'a\0' })).toBe('BAD_TEXT');
  expect(await codeOf(context, 'demo', query, { text: 'a', first: -1 })).toBe('BAD_USER_INPUT');
  expect(await codeOf(context, 'demo', query, { text: 'a', after: 'x' })).toBe('CURSOR_INVALID');
});
