import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { expect, vi } from 'vitest';
import { usualSocketLimits } from '../../../src/server/socket-limits.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { connectRaw } from '../../support/raw-socket.ts';
import { post } from '../../support/test-server.ts';
import { openToys, price } from './feed-scene.ts';
import { clientOf, feedDocument, Listener, startLive } from './live-scene.ts';

const soon = { timeout: 10_000, interval: 20 };

onEachDatabase('a subscriber gets what is committed from then on, once and in order, and heartbeats when nothing is', async (context) => {
  await openToys(context, 'live_toys', 'live');
  await openToys(context, 'foreign_toys', 'foreign');
  const server = await startLive(context);
  await price(context, 'live_toys', 'live', { before: 1 });
  const placed = () => context.owner.run(`select from audit.position where tenant = 'live'`);
  await vi.waitFor(async () => expect(await placed()).toHaveLength(1), soon); // a feed begins behind what has its position
  const listener = new Listener(clientOf(server, 'live'));
  await vi.waitFor(() => expect(listener.events).toMatchObject([{ __typename: 'AuditFeedHeartbeat', cursor: expect.any(String) }]), soon);
  await price(context, 'live_toys', 'live', { kite: 10, ball: 5 });
  await price(context, 'foreign_toys', 'foreign', { secret: 1 });
  await price(context, 'live_toys', 'live', { kite: 12 });
  await vi.waitFor(() => expect(listener.entries).toHaveLength(3), soon);
  expect(listener.entries).toMatchObject([
    { entry: { operation: 'INSERT', sequence: '2', actor: { key: 'ann' } } },
    { entry: { operation: 'INSERT', sequence: '3' } },
    { entry: { operation: 'UPDATE', sequence: '4', changes: [{ field: 'price' }] } },
  ]);
  expect(listener.errors).toEqual([]);
  listener.close();
});

onEachDatabase(
  'who has paged to the end goes live behind the same cursor without a gap, and resumes behind any of its events',
  async (context) => {
    await openToys(context, 'paged_toys', 'paged');
    const server = await startLive(context);
    for (let n = 1; n <= 5; n++) await price(context, 'paged_toys', 'paged', { kite: n });
    const query = `{ auditEntries(first: 3, direction: ASC) { nodes { id } pageInfo { endCursor } } }`;
    const page = (await post(server, { query }, { authorization: 'paged' })).data?.['auditEntries'] as {
      nodes: { id: string }[];
      pageInfo: { endCursor: string };
    };
    const client = clientOf(server, 'paged');
    const listener = new Listener(client, { after: page.pageInfo.endCursor });
    await vi.waitFor(() => expect(listener.entries).toHaveLength(2), soon);
    for (let n = 6; n <= 9; n++) await price(context, 'paged_toys', 'paged', { kite: n });
    await vi.waitFor(() => expect(listener.entries).toHaveLength(6), soon);
    const all = [...page.nodes.map(({ id }) => id), ...listener.ids];
    expect(new Set(all).size).toBe(9);
    const resumed = new Listener(client, { after: listener.entries[2]?.cursor });
    await vi.waitFor(() => expect(resumed.ids).toEqual(listener.ids.slice(3)), soon);
    listener.close();
    resumed.close();
  },
);

onEachDatabase('a filter is that of auditEntries, and keeps the cursor moving', async (context) => {
  await openToys(context, 'sieved_toys', 'sieved');
  const server = await startLive(context);
  const client = clientOf(server, 'sieved');
  const filter = { operation: { eq: 'UPDATE' } };
  const listener = new Listener(client, { filter });
  await vi.waitFor(() => expect(listener.events).toHaveLength(1), soon);
  await price(context, 'sieved_toys', 'sieved', { kite: 1, ball: 2 });
  await price(context, 'sieved_toys', 'sieved', { kite: 3 });
  await vi.waitFor(() => expect(listener.entries).toHaveLength(1), soon);
  await price(context, 'sieved_toys', 'sieved', { drum: 3 });
  const heard = listener.events.length;
  await vi.waitFor(() => expect(listener.events.length).toBeGreaterThan(heard), soon);
  expect(listener.events.at(-1)?.cursor).not.toBe(listener.entries[0]?.cursor);
  const query = 'query ($filter: AuditEntryFilterInput) { auditEntries(first: 10, filter: $filter) { nodes { id } } }';
  const { data } = await post(server, { query, variables: { filter } }, { authorization: 'sieved' });
  expect(data?.['auditEntries']).toEqual({ nodes: listener.ids.map((id) => ({ id })) });
  listener.close();
});

onEachDatabase('many who ask the same cost one read and one execution', async (context) => {
  await openToys(context, 'shared_toys', 'shared');
  const server = await startLive(context, 60_000);
  const listeners = Array.from({ length: 60 }, () => new Listener(clientOf(server, 'shared')));
  const late = new Listener(clientOf(server, 'shared'), {}, feedDocument.replace('sequence', 'sequence tableName'));
  await vi.waitFor(async () => expect(await subscribers(server)).toBe(61), soon);
  await price(context, 'shared_toys', 'shared', { kite: 1 });
  await vi.waitFor(() => expect([...listeners, late].every(({ entries }) => entries.length === 1)).toBe(true), soon);
  const sent: string[] = [];
  const unobserve = context.observe(({ asked }) => void sent.push(/\/\* ([\w.]+) \*\//.exec(asked.text)?.[1] ?? ''));
  await price(context, 'shared_toys', 'shared', { ball: 1 });
  await vi.waitFor(() => expect([...listeners, late].every(({ entries }) => entries.length === 2)).toBe(true), soon);
  unobserve();
  expect(sent.filter((name) => name === 'feed.entries')).toHaveLength(1);
  expect(
    Math.max(...[...new Set(sent)].filter((name) => !name.startsWith('feed.')).map((name) => sent.filter((one) => one === name).length)),
  ).toBeLessThanOrEqual(2);
  const [first, ...others] = listeners;
  for (const other of others) expect(other.events).toEqual(first?.events);
  for (const listener of [...listeners, late]) listener.close();
  await vi.waitFor(async () => expect(await subscribers(server)).toBe(0), soon);
});

onEachDatabase(
  'a reader that stalls is left behind with bounded memory, and misses nothing when it reads on',
  async (context) => {
    await openToys(context, 'stalled_toys', 'stalled');
    const server = await startLive(context, 60_000, { sockets: { ...usualSocketLimits, patienceMs: 120_000, pingMs: 600_000 } });
    const brisk = new Listener(clientOf(server, 'stalled'));
    const raw = await connectRaw(server.url, { authorization: 'stalled' });
    const ids: string[] = [];
    raw.socket.on('message', (data) => {
      const { payload } = JSON.parse(String(data));
      if (payload?.data) ids.push(payload.data.auditFeed.entry.id);
    });
    raw.send({ id: '1', type: 'subscribe', payload: { query: feedDocument } });
    await vi.waitFor(async () => expect(await subscribers(server)).toBe(2), soon);
    raw.socket.pause();
    for (let round = 1; round <= 16; round++) {
      await context.source.write({ tenant: 'stalled', actor: 'ann' }, (tx) =>
        tx.run(sql`insert into stalled_toys (name, price) select format('toy %s %s', n, repeat('x', 200)), ${round}::int from generate_series(1, 500) n
          on conflict (tenant, name) do update set price = excluded.price`),
      );
    }
    await vi.waitFor(() => expect(brisk.entries).toHaveLength(8_000), { timeout: 60_000 });
    expect(ids.length).toBeLessThan(8_000);
    raw.socket.resume();
    await vi.waitFor(() => expect(ids).toHaveLength(8_000), { timeout: 60_000 });
    expect(ids).toEqual(brisk.ids);
    raw.socket.terminate();
    brisk.close();
  },
  { timeoutMs: 180_000, only: 'postgresql' },
);

onEachDatabase(
  'a reader that takes too long over what waits is closed with 4429',
  async (context) => {
    await openToys(context, 'slow_toys', 'slow');
    const server = await startLive(context, 60_000, { sockets: { ...usualSocketLimits, patienceMs: 300, pingMs: 600_000 } });
    const raw = await connectRaw(server.url, { authorization: 'slow' });
    raw.send({ id: '1', type: 'subscribe', payload: { query: feedDocument } });
    await vi.waitFor(async () => expect(await subscribers(server)).toBe(1), soon);
    raw.socket.pause();
    const toys = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`${n} ${'x'.repeat(30_000)}`, 1]));
    await price(context, 'slow_toys', 'slow', toys);
    await vi.waitFor(async () => expect(await subscribers(server)).toBe(0), soon);
    raw.socket.resume();
    expect([4429, 1006]).toContain((await raw.closed).code); // 1006: it did not answer the close within a second
  },
  { timeoutMs: 120_000, only: 'postgresql' },
);

onEachDatabase('a cursor that is forged, foreign or ahead is refused with its own code', async (context) => {
  await openToys(context, 'cursor_toys', 'cursors');
  const server = await startLive(context);
  const owner = new Listener(clientOf(server, 'cursors'));
  await vi.waitFor(() => expect(owner.events).toHaveLength(1), soon);
  const cursor = owner.events[0]?.cursor ?? '';
  const refusal = async (tenant: string, after: string) => {
    const listener = new Listener(clientOf(server, tenant), { after });
    await vi.waitFor(() => expect(listener.isOver).toBe(true), soon);
    return listener.errors[0]?.extensions?.code;
  };
  expect(await refusal('strangers', cursor)).toBe('CURSOR_INVALID');
  expect(await refusal('cursors', `${cursor.slice(0, -2)}xx`)).toBe('CURSOR_INVALID');
  expect(await refusal('cursors', 'nonsense')).toBe('CURSOR_INVALID');
  owner.close();
});

async function subscribers(server: { url: string }): Promise<number> {
  await sleep(1);
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^whence_feed_subscribers (\d+)/m.exec(text)?.[1]);
}
