import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { change } from '../audit/trail.ts';
import { answer, ask, insert, refusal } from './asking.ts';

/** A parcel of a table of our own that is packed, lost, made again under another name of the status column, and sent. */
async function parcel(context: TestDatabase, table: string, tenant: string): Promise<void> {
  const { owner } = context;
  await owner.run(`create table public.${table} (tenant text, id int primary key, state text, weight int);
    grant select, insert, update, delete on public.${table} to whence_source;
    insert into public.${table} values ('${tenant}', 2, 'OLD', 1);
    select audit.track('public.${table}', tenant_column => 'tenant', status_column => 'state', transitions => '[{"from": "NEW", "to": "SENT"}]')`);
  const at = (minute: number) => ({ tenant, actor: 'ann', occurredAt: `2026-03-01T10:${minute}:00.000250Z` });
  const name = sql.raw(`public.${table}`);
  await change(context, at(10), sql`insert into ${name} values (${tenant}, 1, 'NEW', 5)`);
  await change(context, at(20), sql`update ${name} set state = 'PACKED', weight = 6 where id = 1`);
  await change(context, at(21), sql`update ${name} set weight = 7 where id = 1`);
  await change(context, at(30), sql`delete from ${name} where id = 1`);
  await owner.run(`alter table public.${table} rename column state to status`);
  await change(context, at(40), sql`insert into ${name} values (${tenant}, 1, 'NEW', 5)`);
  await change(context, { ...at(41), occurredAt: '2026-03-01T10:40:01.001750Z' }, sql`update ${name} set status = 'SENT' where id = 1`);
  await change(context, at(50), sql`update ${name} set status = 'LOST' where id = 2`);
}

const fields = `__typename id ... on StatusTransition { statusBefore statusAfter isExpected timeInPreviousMs } ... on FieldsChanged { changes { field before after } }`;

interface Told {
  readonly record: {
    readonly timeline: { readonly nodes: readonly ({ readonly __typename: string; readonly id: string } & Record<string, unknown>)[] };
  };
}
const timelineOf = async (context: TestDatabase, tenant: string, table: string, id: number) => {
  const query = `{ record(tableName: "public.${table}", key: { id: ${id} }) { timeline { nodes { ${fields} } } } }`;
  return (await answer<Told>(context, tenant, query)).record.timeline.nodes;
};

onEachDatabase('a timeline holds every life of a row of any table, its statuses by whatever name their column had', async (context) => {
  await parcel(context, 'parcels', 'lives');
  const nodes = await timelineOf(context, 'lives', 'parcels', 1);
  const shown = nodes.map(({ __typename, statusBefore, statusAfter, isExpected, timeInPreviousMs, changes }) => [
    __typename,
    ...(statusAfter ? [statusBefore, statusAfter, isExpected, timeInPreviousMs] : []),
    ...(changes ? [changes] : []),
  ]);
  expect(shown).toEqual([
    ['RecordCreated'],
    ['StatusTransition', null, 'NEW', true, null],
    ['StatusTransition', 'NEW', 'PACKED', false, 600_000],
    ['FieldsChanged', [{ field: 'weight', before: 5, after: 6 }]],
    ['FieldsChanged', [{ field: 'weight', before: 6, after: 7 }]],
    ['RecordDeleted'],
    ['RecordCreated'],
    ['StatusTransition', null, 'NEW', true, null],
    ['StatusTransition', 'NEW', 'SENT', true, 1001.5],
  ]);
  const older = await timelineOf(context, 'lives', 'parcels', 2);
  expect(older).toMatchObject([
    { __typename: 'StatusTransition', statusBefore: 'OLD', statusAfter: 'LOST', isExpected: false, timeInPreviousMs: null },
  ]);
});

onEachDatabase('every item is found again by its id, by its own tenant alone', async (context) => {
  await parcel(context, 'boxes', 'nodes');
  const nodes = await timelineOf(context, 'nodes', 'boxes', 1);
  const again = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on TimelineItem { ${fields} } } }`;
  const ids = nodes.map(({ id }) => id);
  expect((await answer<{ nodes: unknown[] }>(context, 'nodes', again, { ids })).nodes).toEqual(nodes);
  expect((await answer<{ nodes: unknown[] }>(context, 'others', again, { ids })).nodes).toEqual(ids.map(() => null));
  const [created] = ids.map((id) => Buffer.from(id, 'base64url').toString().split(':')[1] ?? '');
  const none = [
    encodeGlobalId('RecordDeleted', created ?? ''),
    encodeGlobalId('PriceChange', '999999999'),
    encodeGlobalId('StockChange', `${created}.ON_HAND`),
  ];
  expect((await answer<{ nodes: unknown[] }>(context, 'nodes', again, { ids: none })).nodes).toEqual([null, null, null]);
  for (const key of ['x', '0', '1.', '1.a.b', '9'.repeat(30), '-1', '1.ON HAND']) {
    expect(await refusal(context, 'nodes', again, { ids: [encodeGlobalId('StockChange', key)] })).toMatch(/^BAD_USER_INPUT/);
  }
});

onEachDatabase(
  'an entity as of a version is told up to it; a row of the shop asked for as a record is told as what it is',
  async (context) => {
    const tenant = 'as of';
    const at = { tenant, actor: 'ann' };
    await insert(context, 'products', tenant, [
      {
        id: 1,
        sku: 'KITE',
        name: 'Kite',
        categories: [],
        price: '10',
        currency: 'USD',
        stock_quantity: 3,
        safety_stock: null,
        is_active: true,
        created_at: '2026-01-01',
      },
    ]);
    await change(context, at, sql`update commerce.products set price = 12, safety_stock = 1 where tenant = ${tenant}`);
    await change(context, at, sql`update commerce.products set price = 9, safety_stock = null where tenant = ${tenant}`);
    interface Shown {
      product: {
        history: { nodes: { entity: { timeline: { nodes: object[]; totalCount: number }; priceHistory: { nodes: object[] } } }[] };
      };
      record: { timeline: { nodes: { id: string; __typename: string }[] } };
    }
    const { product, record } = await answer<Shown>(
      context,
      tenant,
      `{ product(by: { sku: "KITE" }) { history { nodes { entity { timeline { totalCount nodes { __typename } } ... on Product { priceHistory { nodes { changePercent } } } } } } }
       record(tableName: "commerce.products", key: { id: 1 }) { timeline(itemTypes: [PRICE_CHANGE, STOCK_CHANGE]) { nodes { __typename id } } } }`,
    );
    const told = product.history.nodes.map(({ entity }) => [
      entity.timeline.totalCount,
      entity.timeline.nodes.length,
      entity.priceHistory.nodes,
    ]);
    expect(told).toEqual([
      [5, 5, [{ changePercent: -25 }, { changePercent: 20 }]],
      [3, 3, [{ changePercent: 20 }]],
      [1, 1, []],
    ]);
    expect(record.timeline.nodes.map(({ __typename }) => __typename)).toEqual(['PriceChange', 'StockChange', 'PriceChange', 'StockChange']);
  },
);

onEachDatabase('what makes no sense is refused by name', async (context) => {
  await insert(context, 'products', 'refused', [
    {
      id: 1,
      sku: 'KITE',
      name: 'Kite',
      categories: [],
      price: '10',
      currency: 'USD',
      stock_quantity: 3,
      safety_stock: null,
      is_active: true,
      created_at: '2026-01-01',
    },
  ]);
  const refused = (field: string) => refusal(context, 'refused', `{ product(by: { sku: "KITE" }) { ${field} { totalCount } } }`);
  expect(await refused('timeline(first: -1)')).toMatch(/^BAD_USER_INPUT: "first"/);
  expect(await refused('timeline(first: 1, last: 1)')).toMatch(/^BAD_USER_INPUT/);
  expect(await refused('timeline(first: 501)')).toMatch(/^BAD_USER_INPUT/);
  expect(await refused('timeline(after: "x")')).toMatch(/^CURSOR_INVALID/);
  expect(await refused('timeline(range: { from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" })')).toMatch(
    /^BAD_USER_INPUT: "range" ends before/,
  );
  expect(await refused('priceHistory(range: { from: "2026-01-02T00:00:00Z", to: "0001-01-01T00:00:00Z" })')).toMatch(/^BAD_USER_INPUT/);
  const { product } = await answer<{ product: Record<string, { totalCount: number; nodes: unknown[] }> }>(
    context,
    'refused',
    `{ product(by: { sku: "KITE" }) { none: timeline(itemTypes: []) { totalCount nodes { id } } empty: timeline(first: 0) { totalCount nodes { id } }
        ever: timeline(range: { from: "0001-01-01T00:00:00Z", to: "9999-12-31T23:59:59.999999Z" }) { totalCount nodes { id } } } }`,
  );
  expect([product['none'], product['empty'], product['ever']]).toMatchObject([
    { totalCount: 0, nodes: [] },
    { totalCount: 1, nodes: [] },
    { totalCount: 1, nodes: [{}] },
  ]);
  const { errors } = await ask(context, 'refused', '{ product(by: { sku: "KITE" }) { timeline(itemTypes: [NOTHING]) { totalCount } } }');
  expect(errors?.[0]?.message).toMatch(/NOTHING/);
});
