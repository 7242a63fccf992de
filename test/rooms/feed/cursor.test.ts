import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer } from '../audit/trail.ts';
import { type FeedServer, idsOf, openToys, price, priceOf, startServer, take } from './feed-scene.ts';

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string; readonly sequence: string | null } }[];
}

async function page(
  context: TestDatabase,
  tenant: string,
  args: string,
): Promise<{ cursors: string[]; ids: string[]; sequences: (string | null)[] }> {
  const { auditEntries } = await answer<{ auditEntries: Page }>(
    context,
    tenant,
    `{ auditEntries(${args}) { edges { cursor node { id sequence } } } }`,
  );
  const { edges } = auditEntries;
  return {
    cursors: edges.map(({ cursor }) => cursor),
    ids: edges.map(({ node }) => Buffer.from(node.id, 'base64url').toString().split(':')[1] ?? ''),
    sequences: edges.map(({ node }) => node.sequence),
  };
}

async function newest({ owner }: TestDatabase, tenant: string): Promise<string[]> {
  return (await owner.run<{ id: string }>(sql`select id from audit.entry where tenant = ${tenant} order by id`)).map(({ id }) => id);
}

/** Reads until `count` entries came; another one would show as one too many. */
async function read(server: FeedServer, tenant: string, after: string, count: number): Promise<string[]> {
  return idsOf(await take(await server.open(tenant, null, after), ({ length }) => length > count, true));
}

onEachDatabase(
  'the cursor of a page is taken by the feed: the rest of that snapshot, then what came later',
  async (context) => {
    const tenant = 'pager';
    await openToys(context, 'paged_toys', tenant);
    const server = await startServer(context, 400);
    await price(context, 'paged_toys', tenant, { a: 1, b: 1, c: 1, d: 1, e: 1 });
    for (const direction of ['ASC', 'DESC']) {
      const { cursors, ids } = await page(context, tenant, `first: 500, direction: ${direction}`);
      await price(context, 'paged_toys', tenant, { a: 2, f: direction.length });
      const all = await newest(context, tenant);
      const behind = ids.map((id) => all.filter((other) => Number(other) > Number(id)));
      expect(await Promise.all(cursors.map((cursor, i) => read(server, tenant, cursor, behind[i]?.length ?? 0)))).toEqual(behind);
    }
  },
  { timeoutMs: 120_000 },
);

onEachDatabase(
  'what was under way while a page was read comes once, whether or not a tick had been taken meanwhile',
  async (context) => {
    const tenant = 'late pager';
    await openToys(context, 'late_paged_toys', tenant);
    const server = await startServer(context, 400);
    await price(context, 'late_paged_toys', tenant, { first: 1 });
    let shown: string[] = [];
    let cursor = '';
    await context.source.write({ tenant, actor: 'late' }, async (tx) => {
      await tx.run(priceOf('late_paged_toys', tenant, 'late', 1));
      await price(await otherWriter(context), 'late_paged_toys', tenant, { second: 1 });
      const read = await page(context, tenant, 'first: 1, direction: ASC');
      shown = read.ids;
      cursor = read.cursors[0] ?? '';
    });
    await price(context, 'late_paged_toys', tenant, { third: 1 });
    const all = await newest(context, tenant);
    const feed = await read(server, tenant, cursor, all.length - shown.length);
    expect([...shown, ...feed].sort()).toEqual(all.toSorted());
    expect(feed.indexOf(all[2] ?? '')).toBeLessThan(feed.indexOf(all[1] ?? '')); // second was seen, late came later
  },
  { only: 'postgresql' },
);

async function otherWriter(context: TestDatabase): Promise<Pick<TestDatabase, 'source'>> {
  return { source: context.database.as('whence_source', { connections: 1 }) };
}

onEachDatabase(
  'every entry has its position, without gaps; none before it is given',
  async (context) => {
    const tenant = 'positions';
    await openToys(context, 'placed_toys', tenant);
    await price(context, 'placed_toys', tenant, { a: 1, b: 1 });
    expect((await page(context, tenant, 'first: 5, direction: ASC')).sequences).toEqual([null, null]);
    await context.owner.run(`select from audit.feed_step('{}', null, null, 1, '1 s')`);
    expect((await page(context, tenant, 'first: 5, direction: ASC')).sequences).toEqual(['1', null]);
    await price(context, 'placed_toys', tenant, { a: 2 });
    await context.owner.run(`select from audit.feed_step('{}', null, null, 100, '1 s')`);
    expect((await page(context, tenant, 'first: 5, direction: ASC')).sequences).toEqual(['1', '2', '3']);
  },
  { fresh: true },
);

onEachDatabase(
  'a cursor that cannot be resumed is refused by name, never with silence or a hole',
  async (context) => {
    const { owner } = context;
    const tenant = 'refused';
    await openToys(context, 'refused_toys', tenant);
    const server = await startServer(context, 100);
    await price(context, 'refused_toys', tenant, { a: 1, b: 1 });
    const [pageCursor = ''] = (await page(context, tenant, 'first: 1, direction: ASC')).cursors;
    const items = await take(await server.open(tenant, null, pageCursor), ({ length }) => length > 1, true);
    const cursor = items.at(-1)?.cursor ?? '';
    const refusal = async (after: string, of = tenant) => {
      const opened = await server.open(of, null, after).then(
        (stream) => stream.return?.(),
        (error: { code: string }) => error.code,
      );
      return typeof opened === 'string' ? opened : 'open';
    };
    expect(await refusal(cursor)).toBe('open');
    expect(await refusal(cursor, 'somebody else')).toBe('CURSOR_INVALID');
    expect(await refusal(`${cursor.slice(0, -2)}AA`)).toBe('CURSOR_INVALID');
    expect(await refusal('nothing')).toBe('CURSOR_INVALID');

    await price(context, 'refused_toys', tenant, { c: 1 });
    const reading = take(await server.open(tenant, null, cursor), ({ length }) => length > 0);
    const [later] = await reading;
    const watching = await server.open(tenant);
    // As after a restore to an earlier time: the tick is gone, then there is another one of its number.
    await server.worker.stop();
    const undo = `alter table audit.position disable trigger all; delete from audit.position where tenant = '${tenant}' and sequence = 3;
      alter table audit.position enable trigger all; update audit.feed_head set sequence = 2 where tenant = '${tenant}';
      delete from audit.feed_tick where tick = (select max(tick) from audit.feed_tick)`;
    await owner.run(undo);
    expect(await refusal(later?.cursor ?? '')).toBe('CURSOR_AHEAD');
    await owner.run(`select from audit.feed_step('{}', null, null, 100, '1 s')`);
    expect(await refusal(later?.cursor ?? '')).toBe('CURSOR_AHEAD');
    expect(await refusal(cursor)).toBe('open');
    await watching.return?.();

    await owner.run(`update audit.feed_tick set taken_at = taken_at - interval '8 days'; select audit.prune_ticks('7 days')`);
    expect(await refusal(cursor)).toBe('CURSOR_EXPIRED');
    const [again = ''] = (await page(context, tenant, 'first: 1, direction: ASC')).cursors;
    expect(await refusal(again)).toBe('open');
    await owner.run('insert into audit.epoch select max(epoch) + 1, 0 from audit.epoch');
    expect(await refusal(again)).toBe('CURSOR_EXPIRED');
  },
  { fresh: true },
);

onEachDatabase(
  'who reads while the database is restored to an earlier time is told so',
  async (context) => {
    const tenant = 'restored';
    await openToys(context, 'restored_toys', tenant);
    const server = await startServer(context, 100);
    await price(context, 'restored_toys', tenant, { a: 1 });
    const stream = await server.open(tenant);
    await stream.next();
    await context.owner.run('update audit.feed_tick set mark = mark + 1 where tick = (select max(tick) from audit.feed_tick)');
    await price(context, 'restored_toys', tenant, { a: 2 });
    const end = async () => {
      for (;;) if ((await stream.next()).done) return;
    };
    await expect(end()).rejects.toMatchObject({ code: 'CURSOR_AHEAD' });
  },
  { fresh: true },
);

onEachDatabase(
  'after a restore into another cluster an epoch begins, and nothing is counted twice or left out',
  async ({ owner, ...context }) => {
    const tenant = 'moved';
    await openToys({ owner, ...context }, 'moved_toys', tenant);
    await price(context, 'moved_toys', tenant, { a: 1, b: 1 });
    await owner.run(`select from audit.feed_step('{}', null, null, 100, '1 s')`);
    await price(context, 'moved_toys', tenant, { c: 1 }); // not ticked when it was dumped
    // The transaction ids of the other cluster were far ahead.
    await owner.run(`alter table audit.entry disable trigger all;
      update audit.entry set xid = (xid::text::bigint + 1000000000)::text::xid8;
      alter table audit.entry enable trigger all;
      update audit.feed_tick set snapshot = concat(pg_snapshot_xmin(snapshot)::text::bigint + 1000000000, ':', pg_snapshot_xmax(snapshot)::text::bigint + 1000000000, ':')::pg_snapshot`);
    await price(context, 'moved_toys', tenant, { d: 1 });
    const server = await startServer({ ...context });
    await price(context, 'moved_toys', tenant, { e: 1 });
    const placed = () =>
      owner.run<{ sequence: string }>(sql`select sequence from audit.position where tenant = ${tenant} order by sequence`);
    for (let i = 0; i < 100 && (await placed()).length < 5; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    await server.worker.stop();
    expect((await placed()).map(({ sequence }) => sequence)).toEqual(['1', '2', '3', '4', '5']);
    expect(await owner.run(sql`select sum(entries) as entries from audit.rollup where tenant = ${tenant}`)).toEqual([{ entries: '5' }]);
    expect(await owner.run('select epoch, last_entry_id_before >= 3 as covers from audit.epoch order by epoch desc limit 1')).toEqual([
      { epoch: 2, covers: true },
    ]);
  },
  { fresh: true },
);
