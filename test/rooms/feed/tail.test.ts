import { expect, vi } from 'vitest';
import { UsageError } from '../../../src/commands/command.ts';
import { tail } from '../../../src/commands/tail.ts';
import type { HttpServer } from '../../../src/server/http.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { openToys, price } from './feed-scene.ts';
import { startLive } from './live-scene.ts';

const soon = { timeout: 10_000, interval: 20 };

/** `whence tail` until it is stopped. */
function tailing(server: HttpServer, options: Record<string, string | boolean> = {}) {
  const [out, err, stop] = [[] as string[], [] as string[], new AbortController()];
  const ended = tail.run({
    ...{ options: { url: server.url, ...options }, positionals: [], environment: {} },
    ...{ out: (text) => out.push(text), err: (text) => err.push(text), stop: stop.signal },
  });
  return { out, err, ended, stop: () => stop.abort() };
}

onEachDatabase('tail prints entries as they are committed, from an instant on, one object a line, filtered', async (context) => {
  await openToys(context, 'tail_toys', 'demo');
  const server = await startLive(context);
  await price(context, 'tail_toys', 'demo', { kite: 1, ball: 2 });
  const all = tailing(server, { since: '2020-01-01T00:00:00Z' });
  await vi.waitFor(() => expect(all.out).toHaveLength(2), soon);
  const updates = tailing(server, { since: '2020-01-01T00:00:00Z', operation: 'update', json: true });
  await price(context, 'tail_toys', 'demo', { kite: 3 });
  await price(context, 'tail_toys', 'demo', { kite: 4 });
  await vi.waitFor(() => expect([all.out.length, updates.out.length]).toEqual([4, 2]), soon);
  expect(all.out[3]).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+ {2}UPDATE {2}public\.tail_toys .* ann {2}.*price/);
  const [first] = updates.out.map((line) => JSON.parse(line));
  expect(first).toMatchObject({ cursor: expect.any(String), entry: { operation: 'UPDATE', actor: { key: 'ann' } } });
  const behind = tailing(server, { after: first.cursor });
  await vi.waitFor(() => expect(behind.out).toEqual(all.out.slice(3)), soon);
  for (const { stop } of [all, updates, behind]) stop();
  expect(await Promise.all([all.ended, updates.ended, behind.ended])).toEqual([0, 0, 0]);
  expect([...all.err, ...updates.err, ...behind.err]).toEqual([]);
});

onEachDatabase(
  'what tail cannot do is said in one line',
  async (context) => {
    const server = await startLive(context);
    const refused = tailing(server, { after: 'nonsense' });
    expect(await refused.ended).toBe(1);
    expect(refused.err).toEqual([expect.stringMatching(/^CURSOR_INVALID: /)]);
    await expect(tailing(server, { since: 'yesterday' }).ended).rejects.toThrow(UsageError);
    await expect(tailing(server, { url: 'nowhere' }).ended).rejects.toThrow('--url is the http:// or https:// address');
  },
  { only: 'pglite' },
);
