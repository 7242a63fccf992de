import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer, codeOf } from '../audit/trail.ts';
import { type FeedServer, idsOf, openToys, price, priceOf, startServer, take } from './feed-scene.ts';

interface Connection {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean; readonly hasPreviousPage: boolean };
  readonly totalCount: number;
}

const fields = 'edges { cursor node { id } } pageInfo { endCursor hasNextPage hasPreviousPage } totalCount';
const rawId = (id: string) => Buffer.from(id, 'base64url').toString().split(':')[1] ?? '';

async function page(context: TestDatabase, tenant: string, args: string) {
  const { auditEntries } = await answer<{ auditEntries: Connection }>(context, tenant, `{ auditEntries(${args}) { ${fields} } }`);
  return { ...auditEntries, ids: auditEntries.edges.map(({ node }) => rawId(node.id)) };
}

/** Ids of page after page, two entries each, until there is none. */
async function pagesBehind(context: TestDatabase, tenant: string, cursor: string, direction: string): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = cursor; after !== null; ) {
    const got = await page(context, tenant, `first: 2, after: "${after}", direction: ${direction}`);
    ids.push(...got.ids);
    expect(got.pageInfo.endCursor).toBe(got.edges.at(-1)?.cursor ?? null);
    after = got.pageInfo.hasNextPage ? got.pageInfo.endCursor : null;
  }
  return ids;
}

/** The cursor of a feed that has told nothing yet. */
async function startOf(server: FeedServer, tenant: string): Promise<string> {
  const stream = (await server.open(tenant)) as Awaited<ReturnType<FeedServer['open']>> & { start: { cursor: string } };
  await stream.return?.();
  return stream.start.cursor;
}

/** The cursors of the `count` entries that a feed sends behind one, and of the heartbeat that follows. */
async function feedBehind(server: FeedServer, tenant: string, after: string, count: number) {
  const stream = await server.open(tenant, null, after);
  const events: { id: string; cursor: string }[] = [];
  for (;;) {
    const { value, done } = await stream.next();
    if (done) throw new Error('the feed ended');
    for (const { entry, cursor } of value.items) events.push({ id: entry.id, cursor });
    if (value.items.length > 0 || events.length < count) continue;
    await stream.return?.();
    return { events, heartbeat: value.cursor };
  }
}

onEachDatabase('a cursor of the feed is taken by auditEntries: what comes behind it, and what came before it', async (context) => {
  const tenant = 'back and forth';
  await openToys(context, 'both_ways_toys', tenant);
  const server = await startServer(context, 100);
  const beginning = await startOf(server, tenant);
  await price(context, 'both_ways_toys', tenant, { a: 1, b: 1, c: 1 });
  await price(context, 'both_ways_toys', tenant, { a: 2, d: 1 });
  const { events, heartbeat } = await feedBehind(server, tenant, beginning, 5);
  const all = events.map(({ id }) => id);
  expect(all).toHaveLength(5);
  const places = [
    ...events.map(({ cursor }, index) => ({ cursor, before: all.slice(0, index), behind: all.slice(index + 1) })),
    { cursor: heartbeat, before: all, behind: [] },
    { cursor: beginning, before: [], behind: all },
  ];
  for (const { cursor, before, behind } of places) {
    expect(await pagesBehind(context, tenant, cursor, 'ASC')).toEqual(behind);
    expect(await pagesBehind(context, tenant, cursor, 'DESC')).toEqual(before.toReversed());
    const last = await page(context, tenant, `last: 2, before: "${cursor}", direction: ASC`);
    expect(last.ids).toEqual(before.slice(-2));
    expect(last).toMatchObject({ totalCount: 5, pageInfo: { hasPreviousPage: before.length > 2, hasNextPage: before.length < 5 } });
    expect((await page(context, tenant, `first: 2, before: "${cursor}", direction: DESC`)).ids).toEqual(behind.toReversed().slice(0, 2));
    expect((await page(context, tenant, `last: 2, after: "${cursor}", direction: ASC`)).ids).toEqual(behind.slice(-2));
    const filtered = await page(context, tenant, `first: 9, after: "${cursor}", direction: ASC, filter: { operation: { eq: UPDATE } }`);
    expect(filtered.ids).toEqual(behind.filter((id) => id === all[3]));
    expect((await page(context, tenant, `first: 1, after: "${cursor}", direction: ASC`)).pageInfo).toMatchObject({
      hasNextPage: behind.length > 1,
      hasPreviousPage: behind.length < 5,
    });
  }
});

onEachDatabase('who pages on from a feed to the end goes live without a gap', async (context) => {
  const tenant = 'to the end';
  await openToys(context, 'live_again_toys', tenant);
  const server = await startServer(context, 100);
  await price(context, 'live_again_toys', tenant, { a: 1 });
  const first = await page(context, tenant, 'first: 1, direction: ASC');
  await price(context, 'live_again_toys', tenant, { b: 1 });
  const { events } = await feedBehind(server, tenant, first.edges[0]?.cursor ?? '', 1);
  await price(context, 'live_again_toys', tenant, { c: 1, d: 1, e: 1 });
  await feedBehind(server, tenant, events[0]?.cursor ?? '', 3); // until they have their positions
  const next = await page(context, tenant, `first: 2, after: "${events[0]?.cursor}", direction: ASC`);
  expect(next.pageInfo.hasNextPage).toBe(true);
  await price(context, 'live_again_toys', tenant, { f: 1 });
  const live = await take(await server.open(tenant, null, next.pageInfo.endCursor), ({ length }) => length >= 2, true);
  const ids = [...first.ids, ...events.map(({ id }) => id), ...next.ids, ...idsOf(live)];
  const written = await context.owner.run<{ id: string }>(sql`select id from audit.entry where tenant = ${tenant} order by id`);
  expect(ids).toEqual(written.map(({ id }) => id));
});

onEachDatabase(
  'a feed that began inside the snapshot of a page is paged back over what the page had and what committed late',
  async (context) => {
    const tenant = 'late and back';
    await openToys(context, 'late_back_toys', tenant);
    const step = () => context.owner.run(`select from audit.feed_step('{}', null, null, 100, '1 s')`);
    await price(context, 'late_back_toys', tenant, { first: 1 });
    await step();
    let cursor = '';
    await context.source.write({ tenant, actor: 'late' }, async (tx) => {
      await tx.run(priceOf('late_back_toys', tenant, 'late', 1));
      const other = { source: context.database.as('whence_source', { connections: 1 }) };
      await price(other, 'late_back_toys', tenant, { second: 1 }); // no tick before the page
      cursor = (await page(context, tenant, 'first: 1, direction: ASC')).edges[0]?.cursor ?? '';
    });
    await price(context, 'late_back_toys', tenant, { third: 1 });
    const server = await startServer(context, 100);
    const { events, heartbeat } = await feedBehind(server, tenant, cursor, 3);
    const [first = ''] = (await page(context, tenant, 'first: 1, direction: ASC')).ids;
    const order = [first, ...events.map(({ id }) => id)]; // first, second, late, third
    expect(order.map(Number)).toEqual([1, 3, 2, 4].map((nth) => Number(first) - 1 + nth));
    const places = [...events.map((event, index) => [event.cursor, index + 1] as const), [heartbeat, 4] as const];
    for (const [place, at] of places.slice(1)) {
      const own = place === heartbeat ? 0 : 1;
      expect(await pagesBehind(context, tenant, place, 'DESC')).toEqual(order.slice(0, at).toReversed());
      expect(await pagesBehind(context, tenant, place, 'ASC')).toEqual(order.slice(at + own));
    }
  },
  { only: 'postgresql', fresh: true },
);

onEachDatabase(
  'auditEntries refuses a cursor of the feed by the same names as the feed does',
  async (context) => {
    const tenant = 'refused pages';
    await openToys(context, 'refused_pages_toys', tenant);
    const server = await startServer(context, 100);
    const beginning = await startOf(server, tenant);
    await price(context, 'refused_pages_toys', tenant, { a: 1 });
    const first = (await page(context, tenant, 'first: 1, direction: ASC')).edges[0]?.cursor ?? '';
    const { heartbeat: cursor } = await feedBehind(server, tenant, beginning, 1);
    const refusal = (args: string, of = tenant) => codeOf(context, of, `{ auditEntries(first: 1, ${args}) { nodes { id } } }`);
    expect(await refusal(`after: "${cursor}"`)).toBeUndefined();
    expect(await refusal(`after: "${cursor}"`, 'somebody else')).toBe('CURSOR_INVALID');
    expect(await refusal(`before: "${cursor.slice(0, -2)}AA"`)).toBe('CURSOR_INVALID');
    expect(await refusal(`after: "${cursor}", before: "${first}", direction: ASC`)).toBe('BAD_USER_INPUT');
    expect(await refusal(`after: "${first}", before: "${cursor}", direction: ASC`)).toBe('BAD_USER_INPUT');
    expect(await refusal(`after: "${cursor}", last: 1`)).toBe('BAD_USER_INPUT');
    await server.worker.stop();
    await context.owner.run('update audit.feed_tick set mark = mark + 1 where tick = (select max(tick) from audit.feed_tick)');
    expect(await refusal(`before: "${cursor}"`)).toBe('CURSOR_AHEAD');
    await context.owner.run(`update audit.feed_tick set mark = mark - 1 where tick = (select max(tick) from audit.feed_tick)`);
    await price(context, 'refused_pages_toys', tenant, { b: 1 });
    await context.owner.run(`select from audit.feed_step('{}', null, null, 100, '1 s')`);
    expect(await refusal(`after: "${cursor}"`)).toBeUndefined();
    await context.owner.run(`update audit.feed_tick set taken_at = taken_at - interval '8 days'; select audit.prune_ticks('7 days')`);
    expect(await refusal(`after: "${cursor}"`)).toBe('CURSOR_EXPIRED');
  },
  { fresh: true },
);
