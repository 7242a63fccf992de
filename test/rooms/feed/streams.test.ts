import { afterEach, expect, vi } from 'vitest';
import type { HttpServer } from '../../../src/server/http.ts';
import { usualSocketLimits } from '../../../src/server/socket-limits.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { DomainError } from '../../../src/shared/errors.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { openToys, price } from './feed-scene.ts';
import { clientOf, feedDocument, Listener, startLive } from './live-scene.ts';

const soon = { timeout: 10_000, interval: 20 };
const ending: AbortController[] = [];
afterEach(() => {
  for (const abort of ending.splice(0)) abort.abort();
});

interface ServerSentEvent {
  readonly event: string;
  readonly id: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it as a whole
  readonly data: any;
}

/** Opens /graphql/stream and gathers its events. */
async function open(server: HttpServer, tenant: string, body: object = { query: feedDocument }, headers: Record<string, string> = {}) {
  const abort = new AbortController();
  ending.push(abort);
  const response = await fetch(`${server.url}/graphql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: tenant, ...headers },
    body: JSON.stringify(body),
    signal: abort.signal,
  });
  const events: ServerSentEvent[] = [];
  const state = { isOver: false };
  const reading = async () => {
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const lines = new Map(
          text
            .slice(0, end)
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
        );
        text = text.slice(end + 2);
        const data = lines.get('data');
        if (lines.has('event')) events.push({ event: lines.get('event') ?? '', id: lines.get('id'), data: data ? JSON.parse(data) : null });
      }
    }
  };
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (isStream)
    void reading().then(
      () => (state.isOver = true),
      () => {},
    );
  const entries = () => events.filter(({ data }) => data?.data?.auditFeed?.__typename === 'AuditFeedEntry');
  return { response, isStream, events, entries, state, close: () => abort.abort() };
}

onEachDatabase('server-sent events carry the same answers as a socket, and Last-Event-ID resumes them', async (context) => {
  await openToys(context, 'stream_toys', 'streams');
  const server = await startLive(context);
  const socket = new Listener(clientOf(server, 'streams'));
  const stream = await open(server, 'streams');
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  await vi.waitFor(() => expect(socket.events.length && stream.events.length).toBeGreaterThan(0), soon);
  for (let n = 1; n <= 4; n++) await price(context, 'stream_toys', 'streams', { kite: n });
  await vi.waitFor(() => expect([socket.entries.length, stream.entries().length]).toEqual([4, 4]), soon);
  expect(stream.entries().map(({ data }) => data.data.auditFeed)).toEqual(socket.entries);
  expect(stream.entries().map(({ id }) => id)).toEqual(socket.entries.map(({ cursor }) => cursor));
  stream.close();
  await price(context, 'stream_toys', 'streams', { kite: 5 });
  const resumed = await open(server, 'streams', { query: feedDocument }, { 'last-event-id': stream.entries()[1]?.id ?? '' });
  await vi.waitFor(() => expect(resumed.entries()).toHaveLength(3), soon);
  await vi.waitFor(() => expect(socket.entries).toHaveLength(5), soon);
  expect(resumed.entries().map(({ id }) => id)).toEqual(socket.entries.slice(2).map(({ cursor }) => cursor));
  socket.close();
});

onEachDatabase(
  'what cannot be streamed is refused before a stream begins',
  async (context) => {
    const server = await startLive(context, 200, { sockets: { ...usualSocketLimits, socketsPerCaller: 1 } });
    const refusal = async (body: object, headers?: Record<string, string>) => {
      const { response, isStream } = await open(server, 'refused', body, headers);
      expect(isStream).toBe(false);
      const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
      return [response.status, errors[0]?.extensions.code];
    };
    expect(await refusal({ query: '{ viewer { tenantKey } }' })).toEqual([400, 'BAD_USER_INPUT']);
    expect(await refusal({ query: 'subscription { nothing }' })).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
    expect(await refusal({ query: feedDocument, variables: { after: 'nonsense' } })).toEqual([400, 'CURSOR_INVALID']);
    expect(await refusal({ query: feedDocument }, { 'last-event-id': 'nonsense' })).toEqual([400, 'CURSOR_INVALID']);
    expect((await fetch(`${server.url}/graphql/stream?query=${encodeURIComponent(feedDocument)}`)).status).toBe(400);
    await open(server, 'refused');
    expect(await refusal({ query: feedDocument })).toEqual([429, 'OPERATION_LIMIT']);
  },
  { only: 'pglite' },
);

onEachDatabase(
  'a token that ends while it is read ends its stream within five seconds, with the reason',
  async (context) => {
    let isRevoked = false;
    const validUntilMs = Date.now() + 3_000;
    const server = await startLive(context, 200, {
      callerOf: async ({ authorization }) => {
        if (authorization === 'key' && isRevoked) throw new DomainError('UNAUTHENTICATED', 'The key was revoked.');
        return { ...fixedCaller, tenant: 'ending', ...(authorization === 'token' ? { validUntilMs } : {}) };
      },
    });
    const [token, key] = [await open(server, 'token'), await open(server, 'key')];
    await vi.waitFor(() => expect(token.state.isOver).toBe(true), { timeout: 8_000 });
    expect(Date.now() - validUntilMs).toBeLessThan(5_000);
    expect(token.events.slice(-2)).toMatchObject([
      { event: 'next', data: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } },
      { event: 'complete' },
    ]);
    expect(key.state.isOver).toBe(false);
    isRevoked = true;
    await vi.waitFor(() => expect(key.state.isOver).toBe(true), { timeout: 5_000 });
  },
  { only: 'pglite', timeoutMs: 30_000 },
);
