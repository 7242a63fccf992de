import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { AuditEntryFilter } from '../../../src/rooms/audit/entry-filter.queries.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { answer } from '../audit/trail.ts';
import { idsOf, openToys, price, startServer, take } from './feed-scene.ts';

const filters: readonly [AuditEntryFilter, string][] = [
  [{ operation: { eq: 'UPDATE' } }, '{ operation: { eq: UPDATE } }'],
  [
    { tableName: { eq: 'public.filtered_toys' }, changedField: { eq: 'price' } },
    '{ tableName: { eq: "public.filtered_toys" }, changedField: { eq: "price" } }',
  ],
  [{ or: [{ entityKey: { in: ['kite'] } }, { text: 'counted' }] }, '{ or: [{ entityKey: { in: ["kite"] } }, { text: "counted" }] }'],
  [{ not: { actorName: { eq: 'ann' } } }, '{ not: { actorName: { eq: "ann" } } }'],
];

onEachDatabase('a feed takes the filters of auditEntries and gives the same entries, live and caught up', async (context) => {
  const tenant = 'filters';
  await openToys(context, 'filtered_toys', tenant);
  const server = await startServer(context, 300);
  const start = (await (await server.open(tenant)).next()).value?.cursor ?? '';
  const streams = await Promise.all(filters.map(([filter]) => server.open(tenant, filter)));
  const enough = filters.map(() => Number.POSITIVE_INFINITY);
  const reading = streams.map((stream, index) => take(stream, ({ length }) => length >= (enough[index] ?? 0)));
  for (let value = 1; value <= 3; value++) {
    await price(context, 'filtered_toys', tenant, { kite: value, ball: value });
    await context.source.write({ tenant, actor: 'bob' }, async (tx) => {
      await tx.run(sql`select audit.log_event('COUNTED', 'counted again')`);
    });
  }
  for (const [index, [filter, text]] of filters.entries()) {
    const { auditEntries } = await answer(
      context,
      tenant,
      `{ auditEntries(first: 100, direction: ASC, filter: ${text}) { nodes { id } } }`,
    );
    const wanted = auditEntries.nodes.map(({ id }: { id: string }) => id);
    expect(wanted.length).toBeGreaterThan(2);
    enough[index] = wanted.length;
    const caughtUp = await take(await server.open(tenant, filter, start), ({ length }) => length > wanted.length, true);
    const asIds = (items: Parameters<typeof idsOf>[0]) => idsOf(items).map((id) => encodeGlobalId('AuditEntry', id));
    expect(asIds(caughtUp)).toEqual(wanted);
    expect(asIds((await reading[index]) ?? [])).toEqual(wanted);
  }
});

onEachDatabase(
  'a reader that stays behind reads the database, and the memory of the feed does not grow with it',
  async (context) => {
    const tenant = 'slow reader';
    await openToys(context, 'slow_toys', tenant);
    const server = await startServer(context, 5_000);
    const slow = await server.open(tenant);
    const quick = take(await server.open(tenant), ({ length }) => length >= 3_000);
    for (let i = 0; i < 6; i++) {
      await context.owner.run(
        `insert into slow_toys select '${tenant}', g::text, g from generate_series(${i * 500 + 1}, ${i * 500 + 500}) g`,
      );
      server.worker.poke();
    }
    const late = await take(slow, ({ length }) => length >= 3_000);
    expect(late.map(({ entry }) => Number(entry.recordKey))).toEqual(Array.from({ length: 3_000 }, (_, index) => index + 1));
    expect(idsOf(await quick)).toEqual(idsOf(late));
  },
  { timeoutMs: 120_000 },
);

onEachDatabase(
  'the bulk of one tenant does not hold up the others',
  async (context) => {
    await openToys(context, 'bulk_toys', 'bulk');
    await context.owner.run(`select from audit.feed_step('{}', null, null, 100, '1 s')`);
    await context.owner.run(
      `insert into bulk_toys select 'bulk', g::text, g from generate_series(1, 500) g; insert into bulk_toys values ('small', 'a', 1)`,
    );
    await context.owner.run(`select from audit.feed_step('{}', null, null, 100, '1 s')`);
    const heads = () => context.owner.run(`select tenant, sequence from audit.feed_head where tenant in ('bulk', 'small') order by tenant`);
    expect(await heads()).toEqual([
      { tenant: 'bulk', sequence: '100' },
      { tenant: 'small', sequence: '1' },
    ]);
    for (let i = 0; i < 4; i++) await context.owner.run(`select from audit.feed_step('{}', null, null, 100, '1 s')`);
    expect(await heads()).toMatchObject([{ sequence: '500' }, { sequence: '1' }]);
  },
  { fresh: true },
);

onEachDatabase('a feed without news says how far it is, also over entries that its filter leaves out; it ends at once', async (context) => {
  const tenant = 'quiet';
  await openToys(context, 'quiet_toys', tenant);
  const server = await startServer(context, 100);
  const stream = await server.open(tenant, { operation: { eq: 'TRUNCATE' } });
  const first = await stream.next();
  expect(first.value?.items).toEqual([]);
  await price(context, 'quiet_toys', tenant, { kite: 1 });
  let cursor = first.value?.cursor;
  for (let beats = 0; beats < 50 && cursor === first.value?.cursor; beats++) cursor = (await stream.next()).value?.cursor;
  expect(cursor).not.toBe(first.value?.cursor);
  expect(await take(await server.open(tenant, null, cursor), ({ length }) => length > 0, true)).toEqual([]);
  const next = stream.next();
  const start = performance.now();
  await stream.return?.();
  await next;
  expect(performance.now() - start).toBeLessThan(90);
  expect(server.worker.lag()).toEqual({ entries: 0, seconds: 0, failingSeconds: 0 });
});
