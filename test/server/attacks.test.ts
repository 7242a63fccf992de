// What strangers and callers may try against the transport; limits with a code of their own are tried in limits, socket-limits and request-body.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noDatabase } from '../../src/database/no-database.ts';
import { AccessService } from '../../src/rooms/access/access.service.ts';
import { mintToken, tokenVerifier } from '../../src/rooms/access/token.ts';
import type { HttpServer } from '../../src/server/http.ts';
import { connectRaw, openRaw } from '../support/raw-socket.ts';
import { post, rawStatus, reply, startTestServer } from '../support/test-server.ts';

/** A connection whose bytes are written by hand, and all it is answered. */
function dial(server: HttpServer): { socket: Socket; answer: Promise<string> } {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (data) => (text += data.toString('latin1')));
  socket.on('error', () => {});
  return { socket, answer: once(socket, 'close').then(() => text) };
}

describe('overload: one request does not block the others', () => {
  let server: HttpServer;
  beforeAll(async () => {
    server = await startTestServer({ requestTimeoutMs: 1_000 });
  });
  afterAll(() => server.close());

  const waits = async (work: () => Promise<unknown>) => {
    let longest = 0;
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        const begun = Date.now();
        expect((await fetch(`${server.url}/livez`)).status).toBe(200);
        longest = Math.max(longest, Date.now() - begun);
      }
    })();
    await work().finally(() => {
      isOver = true;
    });
    await watching;
    return longest;
  };
  const many = (count: number, text: (n: number) => string) => Array.from({ length: count }, (_, n) => text(n)).join(' ');

  it.each([
    ['a field again and again', `{ ${'__typename '.repeat(9_900)} }`],
    ['an object again and again', `{ ${'viewer{scopes} '.repeat(2_400)} }`],
    ['fragments that spread each other', `{ ...f0 } ${many(600, (n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`)}`],
    ['fragments side by side', `{ ${many(900, (n) => `...f${n}`)} } ${many(900, (n) => `fragment f${n} on Query { __typename }`)}`],
    ['names that are nearly right', `{ ${many(9_000, (n) => `viewr${n}`)} }`],
    ['variables', `query(${many(2_400, (n) => `$v${n}: Int`)}) { __typename }`],
    ['directives', `{ __typename ${'@skip(if: true) '.repeat(1_400)} }`],
    ['a long string', `{ echo(json: "${'x'.repeat(900_000)}") }`],
    ['brackets', '['.repeat(1_000_000)],
    ['comments', `{ __typename } ${'#\n'.repeat(450_000)}`],
  ])('a document of %s', async (_, query) => {
    const longest = await waits(() => Promise.all([post(server, { query }), post(server, { query })]));
    expect(longest).toBeLessThan(8_000);
  });

  it('a body and headers that come byte by byte are given up (408), while others are answered', async () => {
    const head = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    for (const text of [`${head}Content-Length: 1000\r\n\r\n${'{'.repeat(900)}`, `${head}${'X-Slow: 1\r\n'.repeat(500)}`]) {
      const { socket, answer } = dial(server);
      const begun = Date.now();
      const longest = await waits(async () => {
        for (let at = 0; !socket.destroyed && at < text.length; at++) {
          socket.write(text.slice(at, at + 1));
          await sleep(20);
        }
        expect(await answer).toMatch(/^HTTP\/1.1 408 /);
      });
      expect(Date.now() - begun).toBeLessThan(10_000);
      expect(longest).toBeLessThan(3_000);
    }
  });
});

describe('transport', () => {
  let server: HttpServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  it('headers that are too long are answered with 431, without a word of the inside', async () => {
    const { socket, answer } = dial(server);
    socket.write(`GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(await answer).toMatch(/^HTTP\/1.1 431 /);
    expect(await answer).not.toMatch(/HPE_|node_modules|\.ts|\.js/);
  });

  it.each([
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef'],
    ['a length beside chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a length that is none', 'Content-Length: -1\r\n\r\n'],
    ['chunks that are none', 'Transfer-Encoding: chunked\r\n\r\nxyz\r\n'],
    ['a header that breaks its line', 'X-A: b\nX-C\r\n\r\n'],
  ])('a request of %s is answered with 400', async (_, rest) => {
    expect(await rawStatus(server, `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${rest}`)).toContain(
      '400',
    );
  });

  it.each(['application/graphql', 'application/jsonp', 'text/json', 'application/x-ndjson', ''])(
    'a body of type "%s" is refused with 415',
    async (type) => {
      expect(await post(server, '{"query":"{ __typename }"}', { 'content-type': type })).toMatchObject({ status: 415 });
    },
  );

  it('no page of another site can have an operation executed by a request that browsers send unasked', async () => {
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const query = new URLSearchParams({ query: '{ viewer { tenantKey } }' });
    const answers = [
      await reply(await fetch(`${server.url}/graphql?${query}`, { headers: foreign })),
      await post(server, '{"query":"mutation { change }"}', { ...foreign, 'content-type': 'text/plain' }),
      await post(server, 'query=mutation%7Bchange%7D', { ...foreign, 'content-type': 'application/x-www-form-urlencoded' }),
    ];
    for (const { status, data, headers } of answers) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(data).toBeUndefined();
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

describe('information: with tokens a stranger learns nothing', () => {
  const secret = 'kq3vZ0pTn8xYb2LwRf6uJm1sGd9hAc4e';
  const settings = { secret, publicKeyFile: null, jwksUrl: null, issuer: null, audience: null };
  let server: HttpServer;
  beforeAll(async () => {
    const access = new AccessService(noDatabase, false, tokenVerifier(settings));
    server = await startTestServer({ requiresTokens: true, callerOf: (credentials) => access.callerOf(credentials) });
  });
  afterAll(() => server.close());

  const documents = [
    getIntrospectionQuery(),
    '{ __type(name: "Viewer") { name } }',
    '{ viewr }',
    '{ viewer ',
    '{ bug }',
    'mutation { chang }',
    `{ ${'x '.repeat(20_000)} }`,
    '{ echo(json: "a\\u0000") }',
  ];

  it('of the schema: the answer is the same to whatever is asked, and suggests no name', async () => {
    const told = new Set<string>();
    for (const query of documents) {
      const overGet = await fetch(`${server.url}/graphql?${new URLSearchParams({ query: query.slice(0, 5_000) })}`, {
        headers: { 'apollo-require-preflight': '1' },
      });
      for (const answer of [await post(server, { query }), await reply(overGet)]) {
        expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
        told.add(answer.text);
      }
    }
    expect(told.size).toBe(1);
    expect([...told][0]).not.toMatch(/did you mean|viewer/i);
    for (const body of [[{ query: '{ __typename }' }], { documentId: `sha256:${'0'.repeat(64)}` }, {}, 'null']) {
      expect((await post(server, body)).text).toBe([...told][0]);
    }
  });

  it('on a socket either, which closes before an operation is looked at', async () => {
    for (const query of documents.slice(0, 4)) {
      const raw = await openRaw(server.url);
      const messages: unknown[] = [];
      raw.socket.on('message', (data) => messages.push(data));
      raw.send({ type: 'connection_init' });
      raw.send({ id: '1', type: 'subscribe', payload: { query } });
      expect(await raw.closed).toMatchObject({ code: 4401, reason: expect.not.stringMatching(/did you mean|viewer/i) });
      expect(messages).toEqual([]);
    }
  });

  it('of callers: a caller sees the schema, suggestions, and nothing of the inside', async () => {
    const authorization = `Bearer ${await mintToken(secret, { sub: 'ann', tenant: 'acme', scope: '', role: 'VIEWER' }, { ...settings, lifetimeSeconds: 60 })}`;
    expect(await post(server, { query: documents[0] }, { authorization })).toMatchObject({ errors: undefined });
    expect((await post(server, { query: '{ viewr }' }, { authorization })).text).toContain('Did you mean');
    const raw = await connectRaw(server.url, { authorization });
    for (const query of ['{ bug }', '{ away }', '{ hole }', '{ badTime }', 'subscription { counting(to: -1) }']) {
      raw.send({ id: query, type: 'subscribe', payload: { query } });
      const texts = [(await post(server, { query }, { authorization })).text];
      for (let type = ''; type !== 'complete' && type !== 'error'; ) {
        const message = await raw.until(({ id }) => id === query);
        texts.push(JSON.stringify(message));
        type = message.type;
      }
      expect(texts.join('\n')).not.toMatch(/select|secret|hunter2|\.ts|stack|node_modules|\/home/);
    }
    raw.socket.close();
  });
});
