import { createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { HttpServer } from '../../src/server/http.ts';
import { connectRaw, openRaw, type RawSocket } from '../support/raw-socket.ts';
import { post, startTestServer } from '../support/test-server.ts';
import { counting } from '../support/trial-schema.ts';

let server: HttpServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
afterEach(async () => {
  await eventually(() => expect(counting.open).toBe(0)); // nobody listens for somebody who is gone
});

const eventually = (holds: () => unknown) => vi.waitFor(holds, 15_000); // the machine may be busy
const subscribe = (id: string, query: string, rest: Record<string, unknown> = {}) => ({
  id,
  type: 'subscribe',
  payload: { query, ...rest },
});
const answerOf = (raw: RawSocket, id: string) => raw.until((message) => message.id === id);

it('a number that would be kept as another one is refused on a socket, too', async () => {
  const raw = await connectRaw(server.url);
  const query = 'query ($v: JSON) { echo(json: $v) }';
  raw.send(`{"id":"long","type":"subscribe","payload":{"query":"${query}","variables":{"v":9007199254740993}}}`);
  expect(await answerOf(raw, 'long')).toMatchObject({ payload: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
});

describe('the client of graphql-ws', () => {
  const client = () => createClient({ url: `${server.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });

  it('gets answers to queries and mutations', async () => {
    const asking = client();
    const ask = async (query: string, variables?: Record<string, unknown>) => {
      const answers = [];
      for await (const answer of asking.iterate({ query, variables })) answers.push(answer);
      return answers;
    };
    expect(await ask('{ viewer { tenantKey } }')).toEqual([{ data: { viewer: { tenantKey: 'demo' } } }]);
    expect(await ask('mutation { change }')).toEqual([{ data: { change: 'changed' } }]);
    expect(await ask('query ($v: JSON) { echo(json: $v) }', { v: [1] })).toMatchObject([{ data: { echo: { json: [1] } } }]);
    expect(await ask('{ away viewer { tenantKey } }')).toMatchObject([
      {
        data: { away: null, viewer: { tenantKey: 'demo' } },
        errors: [{ path: ['away'], extensions: { code: 'UNAVAILABLE', waitedMs: 5 } }],
      },
    ]);
    await asking.dispose();
  });

  it('gets a syntax error for one operation while its others go on', async () => {
    const asking = client();
    let closes = 0;
    asking.on('closed', () => closes++);
    const slow = asking.iterate({ query: '{ slow }' }).next();
    const waiting = asking.iterate({ query: 'subscription { silence }' });
    void waiting.next();
    await expect(asking.iterate({ query: '{ viewer ' }).next()).rejects.toMatchObject([{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }]);
    await expect(asking.iterate({ query: '{ nothing }' }).next()).rejects.toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ]);
    expect(await asking.iterate({ query: 'subscription { counting(to: 1) }' }).next()).toMatchObject({ value: { data: { counting: 1 } } });
    expect(await slow).toMatchObject({ value: { data: { slow: 'done' } } });
    expect(closes).toBe(0);
    await waiting.return?.();
    await asking.dispose();
  });

  it('gets the events of a subscription one by one, then its end', async () => {
    const asking = client();
    const seen = [];
    for await (const { data } of asking.iterate<{ counting: number }>({ query: 'subscription { counting(to: 3) }' }))
      seen.push(data?.counting);
    expect(seen).toEqual([1, 2, 3]);
    await asking.dispose();
  });

  it('gets a fault of a subscription as its end, without the words of the inside', async () => {
    const asking = client();
    const events = asking.iterate({ query: 'subscription { counting(to: -1) }' });
    expect(await events.next()).toMatchObject({ value: { data: { counting: 1 } } });
    const failed = await events.next().catch((errors: unknown) => errors);
    expect(failed).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) } }]);
    expect(JSON.stringify(failed)).not.toMatch(/secret|\.ts|stack/);
    await asking.dispose();
  });
});

describe('what breaks the protocol closes the socket with the code of graphql-transport-ws', () => {
  const init: unknown = { type: 'connection_init' };
  it.each<[string, unknown[], number]>([
    ['a binary message', [Buffer.from('{"type":"connection_init"}')], 4400],
    ['no JSON', ['{'], 4400],
    ['JSON that is no object', ['5'], 4400],
    ['an unknown type', [{ type: 'start', id: '1' }], 4400],
    ['a type that only servers send', [init, { type: 'connection_ack' }], 4400],
    ['an answer', [init, { type: 'next', id: '1', payload: {} }], 4400],
    ['a subscription without an id', [init, { type: 'subscribe', payload: { query: '{ __typename }' } }], 4400],
    ['an operation before connection_init', [subscribe('1', '{ __typename }')], 4401],
    ['a second connection_init', [init, init], 4429],
    ['an id that is in use', [init, subscribe('a', 'subscription { silence }'), subscribe('a', '{ __typename }')], 4409],
    ['a long id that is in use', [init, subscribe('é'.repeat(300), '{ slow }'), subscribe('é'.repeat(300), '{ slow }')], 4409],
  ])('%s', async (_, messages, code) => {
    const raw = await openRaw(server.url);
    for (const message of messages) {
      raw.send(message);
      if (message === init) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await raw.closed).toMatchObject({ code, reason: expect.not.stringMatching(/node_modules|\.ts/) });
  });

  it.each([['graphql-ws'], ['chat']])('a client that speaks %s', async (protocol) => {
    const refused = await openRaw(server.url, {}, [protocol]).catch(() => null); // ws gives up where no protocol is agreed upon
    if (refused) expect(await refused.closed).toMatchObject({ code: 4406 });
  });

  it('a message that is too large, while others are served', async () => {
    const [large, other] = [await connectRaw(server.url), await connectRaw(server.url)];
    large.send(subscribe('1', '{ __typename }', { variables: { text: 'x'.repeat(300_000) } }));
    expect(await large.closed).toMatchObject({ code: 1009 });
    other.send(subscribe('1', '{ __typename }'));
    expect(await answerOf(other, '1')).toMatchObject({ type: 'next', payload: { data: { __typename: 'Query' } } });
    other.socket.close();
  });
});

describe('one operation', () => {
  let raw: RawSocket;
  beforeAll(async () => {
    raw = await connectRaw(server.url);
  });
  afterAll(() => raw.socket.close());

  it.each([
    ['no GraphQL', '{ viewer', 'GRAPHQL_PARSE_FAILED'],
    ['an empty document', ' ', 'BAD_USER_INPUT'],
    ['an unknown field', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['an unknown field of a subscription', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a subscription of two fields', 'subscription { a: silence b: silence }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a document of many tokens', `{ ${'viewer { scopes } '.repeat(3_000)} }`, 'TOKEN_LIMIT'],
    ['a deep selection', '{ viewer '.repeat(100), 'DEPTH_LIMIT'],
    ['many aliases', `{ ${`viewer { ${Array.from({ length: 101 }, (_value, n) => `a${n}: scopes`).join(' ')} }`} }`, 'ALIAS_LIMIT'],
    ['two operations without a name', 'query A { bug } query B { bug }', 'BAD_USER_INPUT'],
    ['text that no database holds', '{ echo(json: "a\\u0000b") }', 'BAD_TEXT'],
    ['a document that is not known', '', 'PERSISTED_DOCUMENT_NOT_FOUND'],
  ])('is refused by the rules of HTTP, alone: %s', async (what, query, code) => {
    const rest = query === '' ? { documentId: `sha256:${'0'.repeat(64)}` } : {};
    raw.send(subscribe(what, query, rest));
    expect(await answerOf(raw, what)).toMatchObject({ type: 'error', payload: [{ extensions: { code } }] });
    const overHttp = await post(server, { query, ...rest });
    expect(overHttp.code).toBe(code);
  });

  it('says the same as over HTTP, to the letter', async () => {
    for (const query of ['{ viewer { tenantKey scopes } }', '{ away bug hole }', '{ echo(json: "é😀") }', '{ a: echo(count: 2) }']) {
      raw.send(subscribe('same', query));
      const { payload } = await answerOf(raw, 'same');
      const { data, errors } = await post(server, { query });
      const withoutRequest = (value: unknown) =>
        JSON.parse(JSON.stringify(value ?? null).replace(/"requestId":"[^"]*"/g, '"requestId":""'));
      expect(withoutRequest(payload.data)).toEqual(withoutRequest(data));
      expect(withoutRequest(payload.errors)).toEqual(withoutRequest(errors));
      await raw.until(({ type, id }) => type === 'complete' && id === 'same');
    }
  });

  it('may be given up: nothing comes, and its id is free again', async () => {
    raw.send(subscribe('x', 'subscription { silence }'));
    await eventually(() => expect(counting.open).toBe(1));
    raw.send({ id: 'x', type: 'complete' });
    await eventually(() => expect(counting.open).toBe(0));
    raw.send(subscribe('x', '{ __typename }'));
    expect(await answerOf(raw, 'x')).toMatchObject({ type: 'next' });
  });

  it('is no subscription over HTTP', async () => {
    const refused = await post(server, { query: 'subscription { silence }' });
    expect(refused).toMatchObject({ code: 'BAD_USER_INPUT', errors: [{ message: expect.stringContaining('WebSocket') }] });
    expect(refused.data).toBeUndefined();
  });
});

describe('a socket', () => {
  it('answers a ping of the protocol', async () => {
    const raw = await openRaw(server.url);
    raw.send({ type: 'ping', payload: { n: 1 } });
    expect(await raw.until(({ type }) => type === 'pong')).toEqual({ type: 'pong', payload: { n: 1 } });
    raw.socket.close();
  });

  it('that breaks off takes its subscriptions with it', async () => {
    const raw = await connectRaw(server.url);
    raw.send(subscribe('1', 'subscription { silence }'));
    await eventually(() => expect(counting.open).toBe(1));
    raw.socket.terminate();
    await eventually(() => expect(counting.open).toBe(0));
  });

  it('whose peer does not leave holds up nobody: the server ends in time', async () => {
    const stopping = await startTestServer();
    const [mute, alive] = [await connectRaw(stopping.url), await connectRaw(stopping.url)];
    mute.socket.pause();
    const begun = Date.now();
    await stopping.close();
    expect(Date.now() - begun).toBeLessThan(8_000);
    expect(await alive.closed).toMatchObject({ code: 1001 });
    mute.socket.terminate();
  });

  it('is counted', async () => {
    const counted = await startTestServer();
    const raw = await connectRaw(counted.url);
    const figures = async () => (await fetch(`${counted.url}/metrics`)).text();
    expect(await figures()).toMatch(/^whence_sockets 1$/m);
    raw.send(subscribe('1', '{ viewer '));
    await answerOf(raw, '1');
    raw.send('{');
    await raw.closed;
    await eventually(async () => expect(await figures()).toMatch(/^whence_sockets 0$/m));
    expect(await figures()).toContain('whence_socket_closes_total{code="4400"} 1');
    expect(await figures()).toContain('whence_graphql_errors_total{code="GRAPHQL_PARSE_FAILED"} 1');
    await counted.close();
  });
});
