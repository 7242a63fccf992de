import { type SQL, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect } from 'vitest';
import { CursorCodec } from '../../src/shared/cursor.ts';
import { type Page, type PageRequest, pageWindow } from '../../src/shared/page.ts';
import { cursorScope, positionOf, type SortColumn, type SortTerm, totalOrder } from '../../src/shared/page-keyset.ts';
import { NestedPages } from '../../src/shared/page-nested.ts';
import { type PagedList, type ReadRows, readPage } from '../../src/shared/page-read.ts';
import { onEachDatabase, type TestDatabase } from '../support/databases.ts';

interface Item {
  readonly id: string;
  readonly parent: string;
  readonly count: number | null;
  readonly name: string | null;
  readonly price: string;
  readonly at: string | null;
}

// Few values, so that orders have ties and nulls; ids that sort differently as text; names that sort differently by language.
const names = ['a', 'B', 'b', 'ä', 'Z', 'aa', '', '😀', 'ﬀ', null];
const prices = ['-1', '9', '10', '10.5', '100.0001'];
const instants = ['2026-02-17 14:30:22.104512+00', '2026-02-17 14:30:22.104513+00', '2025-12-31 23:59:59+00', null];
const items: Item[] = Array.from({ length: 57 }, (_, n) => ({
  id: String(n * n + 1),
  parent: String((n % 3) + 1),
  count: n % 5 === 0 ? null : (n * 7) % 4,
  name: names[(n * 3) % names.length] ?? null,
  price: prices[(n * 11) % prices.length] ?? '0',
  at: instants[(n * 5) % instants.length] ?? null,
}));

const column = (name: keyof Item, type: SortColumn['type'], nullable = false): SortColumn => ({
  ...{ name, type, nullable, rowColumn: name },
  sql: sql`paged.item.${sql.identifier(name)}`,
});
const id = column('id', 'bigint');
const sortable = [
  column('count', 'integer', true),
  column('name', 'text', true),
  column('price', 'numeric'),
  column('at', 'timestamptz', true),
  id,
];

const codec = new CursorCodec('0123456789abcdef');
const tenant = 'acme';

async function openItems({ owner, database }: TestDatabase): Promise<ReadRows> {
  await owner.run(`
    create schema if not exists paged;
    create table if not exists paged.item (id bigint primary key, parent bigint, count integer, name text, price numeric, at timestamptz);
    grant usage on schema paged to whence_app;
    grant select on paged.item to whence_app;
    truncate paged.item`);
  await owner.run(
    sql`insert into paged.item select * from jsonb_populate_recordset(null::paged.item, ${JSON.stringify(items)}::text::jsonb)`,
  );
  return (statement: SQL) => database.read(tenant, statement);
}

function listIn(order: readonly SortTerm[]): PagedList<Item> {
  const columns = sql.raw('id, parent, count, name, price, at');
  return { name: 'paged.items', columns, from: sql`paged.item`, where: sql`true`, order, toRecord: (row) => row as unknown as Item };
}

/** PostgreSQL's order said again in JavaScript: null is the greatest, text by bytes of UTF-8. */
function compareBy(order: readonly SortTerm[]): (a: Item, b: Item) => number {
  const compareValues = (a: Item[keyof Item], b: Item[keyof Item], type: SortColumn['type']): number => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (type === 'text') return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
    if (type === 'timestamptz') return String(a) < String(b) ? -1 : Number(a !== b); // all in UTC and one form
    return Number(a) - Number(b);
  };
  return (a, b) => {
    for (const { column, direction } of order) {
      const name = column.name as keyof Item;
      const compared = compareValues(a[name], b[name], column.type);
      if (compared !== 0) return direction === 'ASC' ? compared : -compared;
    }
    return 0;
  };
}

interface Asked {
  readonly order: readonly SortTerm[];
  readonly size: number;
  readonly backward: boolean;
  readonly after: Item | null;
  readonly before: Item | null;
}

const asked: fc.Arbitrary<Asked> = fc.record({
  order: fc
    .array(fc.record({ column: fc.constantFrom(...sortable), direction: fc.constantFrom('ASC' as const, 'DESC' as const) }), {
      maxLength: 3,
    })
    .chain((wanted) => fc.constantFrom('ASC' as const, 'DESC' as const).map((direction) => totalOrder(wanted, { column: id, direction }))),
  size: fc.integer({ min: 0, max: 60 }),
  backward: fc.boolean(),
  after: fc.option(fc.constantFrom(...items), { freq: 2 }),
  before: fc.option(fc.constantFrom(...items), { freq: 2 }),
});

function requestOf({ order, size, backward, after, before }: Asked): PageRequest {
  const scope = cursorScope('paged.items', order);
  const cursorOf = (item: Item | null) => item && codec.encode(tenant, scope, positionOf({ ...item }, order));
  return { [backward ? 'last' : 'first']: size, after: cursorOf(after), before: cursorOf(before) };
}

/** The page as it follows from the definition: sort all, cut at both ends, take from one end. */
function expectedPage(all: readonly Item[], { order, size, backward, after, before }: Asked) {
  const compare = compareBy(order);
  const sorted = [...all].sort(compare);
  const between = sorted.filter((item) => (!after || compare(item, after) > 0) && (!before || compare(item, before) < 0));
  const page = backward ? between.slice(Math.max(0, between.length - size)) : between.slice(0, size);
  const [first, last] = [page[0], page.at(-1)];
  const goesOn = page.length < between.length;
  return {
    ids: page.map((item) => item.id),
    // An empty page has no items of its own to look beyond: its ends are the positions it was asked between.
    hasPreviousPage:
      (backward && goesOn) || (after !== null && sorted.some((item) => (first ? compare(item, first) < 0 : compare(item, after) <= 0))),
    hasNextPage:
      (!backward && goesOn) || (before !== null && sorted.some((item) => (last ? compare(item, last) > 0 : compare(item, before) >= 0))),
    totalCount: all.length,
  };
}

async function shownPage(page: Page<Item>) {
  expect(page.edges.map((edge) => edge.node)).toEqual(page.nodes);
  expect([page.pageInfo.startCursor, page.pageInfo.endCursor]).toEqual([page.edges[0]?.cursor ?? null, page.edges.at(-1)?.cursor ?? null]);
  return {
    ids: page.nodes.map((item) => item.id),
    hasPreviousPage: await page.pageInfo.hasPreviousPage(),
    hasNextPage: await page.pageInfo.hasNextPage(),
    totalCount: await page.totalCount(),
  };
}

onEachDatabase('a page holds what its definition says, in every order, from both ends, between any two positions', async (context) => {
  const read = await openItems(context);
  await fc.assert(
    fc.asyncProperty(asked, async (request) => {
      const window = pageWindow(requestOf(request), codec, tenant, cursorScope('paged.items', request.order));
      const page = await readPage(read, listIn(request.order), window, { codec, tenant });
      expect(await shownPage(page)).toEqual(expectedPage(items, request));
    }),
    { numRuns: 150 },
  );
});

onEachDatabase('pages of many parents at once hold what each would hold alone', async (context) => {
  const read = await openItems(context);
  await fc.assert(
    fc.asyncProperty(asked, async (request) => {
      const window = pageWindow(requestOf(request), codec, tenant, cursorScope('paged.items', request.order));
      const nested = new NestedPages(
        read,
        { ...listIn(request.order), fromOf: () => listIn(request.order).from, parent: sql`paged.item.parent` },
        window,
        { codec, tenant },
      );
      const parents = ['2', '99', '1', '3'];
      const pages = await Promise.all(parents.map((parent) => nested.pageOf(parent)));
      const expected = parents.map((parent) =>
        expectedPage(
          items.filter((item) => item.parent === parent),
          request,
        ),
      );
      expect(await Promise.all(pages.map(shownPage))).toEqual(expected);
    }),
    { numRuns: 75 },
  );
});

onEachDatabase('walking by endCursor meets each item once, in order, and walking back by startCursor does too', async (context) => {
  const read = await openItems(context);
  await fc.assert(
    fc.asyncProperty(asked, fc.integer({ min: 1, max: 25 }), async ({ order, backward }, size) => {
      const met: Item[] = [];
      let cursor: string | null = null;
      for (let pages = 0; pages === 0 || cursor !== null; pages++) {
        const request: PageRequest = backward ? { last: size, before: cursor } : { first: size, after: cursor };
        const page: Page<Item> = await readPage(
          read,
          listIn(order),
          pageWindow(request, codec, tenant, cursorScope('paged.items', order)),
          { codec, tenant },
        );
        if (backward) met.unshift(...page.nodes);
        else met.push(...page.nodes);
        const goesOn: boolean = await (backward ? page.pageInfo.hasPreviousPage() : page.pageInfo.hasNextPage());
        cursor = goesOn ? (backward ? page.pageInfo.startCursor : page.pageInfo.endCursor) : null;
      }
      expect(met.map((item) => item.id)).toEqual([...items].sort(compareBy(order)).map((item) => item.id));
    }),
    { numRuns: 30 },
  );
});

onEachDatabase('without first and last a page holds fifty; counts and neighbours are asked only when they are wanted', async (context) => {
  const read = await openItems(context);
  const statements: string[] = [];
  const order = totalOrder([], { column: id, direction: 'ASC' });
  const noting: ReadRows = (statement) => {
    statements.push('read');
    return read(statement);
  };
  const page = await readPage(noting, listIn(order), pageWindow({}, codec, tenant, cursorScope('paged.items', order)), { codec, tenant });
  expect([page.nodes.length, await page.pageInfo.hasNextPage(), await page.pageInfo.hasPreviousPage()]).toEqual([50, true, false]);
  expect(statements).toHaveLength(1);
  expect(await page.totalCount()).toBe(57);
  expect(statements).toHaveLength(2);
});
