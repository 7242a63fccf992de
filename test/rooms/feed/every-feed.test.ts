import { sql } from 'drizzle-orm';
import { expect, vi } from 'vitest';
import type { HttpServer } from '../../../src/server/http.ts';
import { usualSocketLimits } from '../../../src/server/socket-limits.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { connectRaw, type RawSocket } from '../../support/raw-socket.ts';
import { startLive } from './live-scene.ts';

const tenant = 'every-feed';

/** One subscription of each kind, by its field. */
async function feedsOf({ database }: TestDatabase): Promise<ReadonlyMap<string, string>> {
  const [row] = await database.write({ tenant, actor: 'ann' }, (tx) => tx.run(sql`select audit.start_run('Load') as id`));
  return new Map([
    ['auditFeed', 'subscription { auditFeed { __typename } }'],
    ['runProgress', `subscription { runProgress(runId: "${row?.['id']}") { status } }`],
    ['alerts', 'subscription { alerts { __typename } }'],
    ['vaultFeed', 'subscription { vaultFeed { status } }'],
  ]);
}

const begin = (raw: RawSocket, id: string, query: string) => raw.send({ id, type: 'subscribe', payload: { query } });
const following = async (server: HttpServer) =>
  Number(/^whence_feed_subscribers (\d+)$/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1]);
const untilFollowing = (server: HttpServer, count: number) =>
  vi.waitFor(async () => expect(await following(server)).toBe(count), { timeout: 10_000, interval: 20 });

onEachDatabase(
  'auditFeed, runProgress, alerts and vaultFeed end with their token within five seconds, with 4403; those of other tokens go on',
  async (context) => {
    const feeds = await feedsOf(context);
    const validUntilMs = Date.now() + 2_000;
    const server = await startLive(context, 200, {
      callerOf: async ({ authorization }) => ({ ...fixedCaller, tenant, ...(authorization === 'short' ? { validUntilMs } : {}) }),
    });
    const sockets = new Map<string, RawSocket>();
    for (const [field, query] of feeds) {
      const raw = await connectRaw(server.url, { authorization: 'short' });
      begin(raw, '1', query);
      sockets.set(field, raw);
    }
    const long = await connectRaw(server.url, { authorization: 'long' });
    for (const [field, query] of feeds) begin(long, field, query);
    await untilFollowing(server, 8);
    expect(Date.now()).toBeLessThan(validUntilMs);
    for (const [field, { closed }] of sockets) {
      expect([field, await closed]).toEqual([field, { code: 4403, reason: expect.stringContaining('expired') }]);
    }
    expect(Date.now() - validUntilMs).toBeGreaterThanOrEqual(0);
    expect(Date.now() - validUntilMs).toBeLessThan(5_000);
    await untilFollowing(server, 4);
    long.socket.terminate();
  },
  { only: 'postgresql' },
);

onEachDatabase(
  'auditFeed, runProgress, alerts and vaultFeed count as operations: no more of any than a socket and a caller may have, until one ends',
  async (context) => {
    const feeds = await feedsOf(context);
    const server = await startLive(context, 200, {
      callerOf: async ({ authorization }) => ({ ...fixedCaller, tenant, actor: authorization ?? '' }),
      sockets: { ...usualSocketLimits, operationsPerSocket: 4, operationsPerCaller: 5 },
    });
    const refused = async (raw: RawSocket, limit: number) => {
      for (const [field, query] of feeds) {
        begin(raw, `no ${field}`, query);
        const answer = await raw.until(({ id }) => id === `no ${field}`);
        expect(answer).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'OPERATION_LIMIT', limit } }] });
      }
    };
    const [first, second, other] = [
      await connectRaw(server.url, { authorization: 'ann' }),
      await connectRaw(server.url, { authorization: 'ann' }),
      await connectRaw(server.url, { authorization: 'bob' }),
    ];
    for (const [field, query] of feeds) begin(first, field, query);
    await refused(first, 4);
    begin(second, '1', feeds.get('vaultFeed') ?? '');
    await untilFollowing(server, 5);
    await refused(second, 5);
    for (const [field, query] of feeds) {
      first.send({ id: field, type: 'complete' });
      await untilFollowing(server, 4);
      begin(first, field, query);
      await untilFollowing(server, 5);
    }
    for (const [field, query] of feeds) begin(other, field, query);
    await untilFollowing(server, 9);
    for (const { socket } of [first, second, other]) socket.terminate();
    await untilFollowing(server, 0);
  },
  { only: 'postgresql' },
);
