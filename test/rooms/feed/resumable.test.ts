import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, vi } from 'vitest';
import { WebSocket } from 'ws';
import { FeedRefused, resumableFeed } from '../../../src/client/resumable-feed.ts';
import type { HttpServer } from '../../../src/server/http.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { openToys, price } from './feed-scene.ts';
import { type Event, feedDocument, startLive } from './live-scene.ts';

/** A way to the server that can be cut. */
async function cutter(server: HttpServer) {
  const open = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = connect(Number(new URL(server.url).port), '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one
        .on('error', () => {})
        .on('close', () => {
          open.delete(one);
          other.destroy();
        });
      one.pipe(other);
    }
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as { port: number };
  return {
    url: `ws://127.0.0.1:${port}/graphql`,
    cut: () => {
      for (const socket of open) socket.destroy();
      return open.size > 0;
    },
    close: () => proxy.close(),
  };
}

onEachDatabase(
  'a feed whose connection is cut a hundred times has every entry once, in order',
  async (context) => {
    await openToys(context, 'cut_toys', 'cut');
    const server = await startLive(context);
    const way = await cutter(server);
    const abort = new AbortController();
    const connection = { url: way.url, webSocketImpl: WebSocket, connectionParams: { authorization: 'cut' } };
    const ids: string[] = [];
    let cuts = 0;
    const follow = async (after: string | null) => {
      const feed = resumableFeed<Event>({
        ...{ connection, query: feedDocument, after, signal: abort.signal, waitMs: [2, 20] },
        onTrouble: () => cuts++,
      });
      for await (const event of feed) if (event.__typename === 'AuditFeedEntry') ids.push(event.entry.id);
    };
    const start = resumableFeed<Event>({ connection, query: feedDocument });
    const { value: beginning } = await start.next();
    await start.return();
    const following = follow(beginning?.cursor ?? null);
    let written = 0;
    const writing = (async () => {
      while (cuts < 100) {
        await price(context, 'cut_toys', 'cut', { kite: ++written, ball: written });
        if (written % 2 === 0) way.cut();
      }
    })();
    await writing;
    const expected = await context.owner.run<{ id: string }>(`select id from audit.entry where tenant = 'cut' order by id`);
    await vi.waitFor(() => expect(ids).toHaveLength(expected.length), { timeout: 20_000 });
    expect(ids.map((id) => Buffer.from(id, 'base64').toString())).toEqual(expected.map(({ id }) => `AuditEntry:${id}`));
    expect(cuts).toBeGreaterThanOrEqual(100);
    abort.abort();
    await following;
    way.close();
  },
  { timeoutMs: 120_000, only: 'postgresql' },
);

onEachDatabase(
  'what trying again does not mend ends the feed with its code',
  async (context) => {
    const server = await startLive(context);
    const connection = { url: `${server.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket };
    const refusal = async (query: string, after?: string) => {
      const feed = resumableFeed({ connection, query, after });
      const error = await feed.next().then(
        () => null,
        (refused: unknown) => refused,
      );
      await feed.return();
      return error;
    };
    expect(await refusal(feedDocument, 'nonsense')).toMatchObject({ name: 'FeedRefused', code: 'CURSOR_INVALID' });
    expect(await refusal('subscription { nothing }')).toBeInstanceOf(FeedRefused);
    expect(await refusal('subscription { auditFeed { __typename } }')).toMatchObject({ code: 'BAD_USER_INPUT' });
  },
  { only: 'pglite' },
);
