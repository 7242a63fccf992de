import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { noDatabase } from '../../src/database/no-database.ts';
import { AccessService } from '../../src/rooms/access/access.service.ts';
import { mintToken, tokenVerifier } from '../../src/rooms/access/token.ts';
import type { HttpServer } from '../../src/server/http.ts';
import { usualSocketLimits } from '../../src/server/socket-limits.ts';
import { fixedCaller } from '../../src/shared/caller.ts';
import { DomainError } from '../../src/shared/errors.ts';
import type { RequestReads } from '../../src/shared/read-notes.ts';
import { connectRaw, openRaw, refusedUpgrade } from '../support/raw-socket.ts';
import { rawStatus, startTestServer } from '../support/test-server.ts';
import { counting } from '../support/trial-schema.ts';

const secret = 'kq3vZ0pTn8xYb2LwRf6uJm1sGd9hAc4e';
const settings = { secret, publicKeyFile: null, jwksUrl: null, issuer: null, audience: null };
const bearer = async (tenant: string, scope = 'AUDIT_READ', lifetimeSeconds = 60) =>
  `Bearer ${await mintToken(secret, { sub: 'ann', tenant, scope, role: 'VIEWER' }, { ...settings, lifetimeSeconds })}`;
const query = '{ viewer { tenantKey scopes } }';
const asked = (id: string, document: string) => ({ id, type: 'subscribe', payload: { query: document } });

describe('with tokens', () => {
  let server: HttpServer;
  beforeAll(async () => {
    const access = new AccessService(noDatabase, false, tokenVerifier(settings));
    server = await startTestServer({ requiresTokens: true, callerOf: (credentials) => access.callerOf(credentials) });
  });
  afterAll(() => server.close());

  const tenantOn = async (parameters: Record<string, unknown> | undefined, headers: Record<string, string> = {}) => {
    const raw = await connectRaw(server.url, parameters, { headers });
    raw.send(asked('1', query));
    const { payload } = await raw.until(({ id }) => id === '1');
    raw.socket.close();
    return payload.data.viewer.tenantKey;
  };
  const refusal = async (parameters: Record<string, unknown> | undefined, headers: Record<string, string> = {}) => {
    const raw = await openRaw(server.url, { headers });
    raw.send({ type: 'connection_init', payload: parameters });
    return raw.closed;
  };

  it('a socket is that of the token in connection_init, else of the headers of the upgrade', async () => {
    const [acme, globex] = [await bearer('acme'), await bearer('globex')];
    expect(await tenantOn({ authorization: acme })).toBe('acme');
    expect(await tenantOn({ Authorization: acme, 'X-Customer-ID': 'acme' })).toBe('acme');
    expect(await tenantOn(undefined, { authorization: globex })).toBe('globex');
    expect(await tenantOn({ authorization: acme }, { authorization: globex })).toBe('acme');
  });

  it.each([
    ['no token', undefined, {}],
    ['a word that is none', { authorization: 'Bearer x' }, {}],
    ['a token that is no text', { authorization: { a: 1 } }, {}],
    ['a key that is none', { 'x-api-key': 'whk_0' }, {}],
    ['a header that is none', undefined, { authorization: 'Bearer x' }],
  ])('%s closes the socket with 4401', async (_, parameters, headers) => {
    expect(await refusal(parameters, headers)).toMatchObject({ code: 4401 });
  });

  it('a wrong token is not made good by the headers of the upgrade', async () => {
    expect(await refusal({ authorization: 'Bearer x' }, { authorization: await bearer('acme') })).toMatchObject({ code: 4401 });
  });

  it('another tenant in X-Customer-ID closes it with 4403', async () => {
    const authorization = await bearer('acme');
    expect(await refusal({ authorization, 'x-customer-id': 'globex' })).toMatchObject({ code: 4403 });
    expect(await refusal({ authorization }, { 'x-customer-id': 'globex' })).toMatchObject({ code: 4403 });
  });

  it('permissions are those of the token, also where a subscription begins', async () => {
    const raw = await connectRaw(server.url, { authorization: await bearer('acme') });
    raw.send(asked('1', 'subscription { secretCounting }'));
    expect(await raw.until(({ id }) => id === '1')).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'FORBIDDEN', scope: 'VAULT_READ' } }],
    });
    raw.socket.close();
    const permitted = await connectRaw(server.url, { authorization: await bearer('acme', 'VAULT_READ') });
    permitted.send(asked('1', 'subscription { secretCounting }'));
    expect(await permitted.until(({ id }) => id === '1')).toMatchObject({ type: 'next', payload: { data: { secretCounting: 1 } } });
    permitted.socket.close();
  });

  it('a socket ends with its token, within five seconds, and its subscriptions with it', async () => {
    const [short, long] = [
      await connectRaw(server.url, { authorization: await bearer('acme', '', 2) }),
      await connectRaw(server.url, { authorization: await bearer('acme') }),
    ];
    const begun = Date.now();
    for (const raw of [short, long]) raw.send(asked('1', 'subscription { silence }'));
    expect(await short.closed).toMatchObject({ code: 4403, reason: expect.stringContaining('expired') });
    expect(Date.now() - begun).toBeLessThan(2_000 + 5_000);
    await sleep(100);
    expect(counting.open).toBe(1);
    long.socket.close();
  });

  it('the client of graphql-ws connects again with a new token when the first one has ended', async () => {
    let connected = 0;
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryWait: async () => {},
      connectionParams: async () => ({ authorization: await bearer('acme', '', ++connected === 1 ? 2 : 60) }),
    });
    const waiting = client.iterate({ query: 'subscription { silence }' });
    void waiting.next();
    const until = Date.now() + 8_000;
    while (connected < 2 && Date.now() < until) await sleep(50);
    expect(connected).toBe(2);
    expect(await client.iterate({ query }).next()).toMatchObject({ value: { data: { viewer: { tenantKey: 'acme' } } } });
    await waiting.return?.();
    await client.dispose();
  });

  it('may be opened by a page of any origin, which holds no token', async () => {
    const raw = await connectRaw(server.url, { authorization: await bearer('acme') }, { headers: { origin: 'https://shop.example' } });
    raw.socket.close();
  });
});

describe('a caller who is nobody any more', () => {
  let server: HttpServer;
  let fault: DomainError | null = null;
  const callerOf = async () => {
    if (fault) throw fault;
    return fixedCaller;
  };
  beforeAll(async () => {
    server = await startTestServer({ requiresTokens: true, callerOf });
  });
  afterAll(() => server.close());
  afterEach(() => {
    fault = null;
  });

  it('loses the socket (4403), but not while that cannot be found out', async () => {
    const raw = await connectRaw(server.url);
    fault = new DomainError('UNAVAILABLE', 'The database is away.');
    await sleep(2_500);
    raw.send(asked('1', query));
    expect(await raw.until(({ id }) => id === '1')).toMatchObject({ type: 'next' });
    fault = new DomainError('UNAUTHENTICATED', 'The API key is not valid here.');
    expect(await raw.closed).toMatchObject({ code: 4403 });
  });

  it('gets none while that cannot be found out (1013)', async () => {
    fault = new DomainError('UNAVAILABLE', 'The database is away.', {}, { cause: new Error('password=hunter2') });
    const raw = await openRaw(server.url);
    raw.send({ type: 'connection_init' });
    expect(await raw.closed).toEqual({ code: 1013, reason: 'Callers cannot be verified now' });
  });
});

describe('without tokens', () => {
  let server: HttpServer;
  beforeAll(async () => {
    server = await startTestServer({ sockets: { ...usualSocketLimits, sockets: 1 } });
  });
  afterAll(() => server.close());

  it.each([
    ['a page of another site', { origin: 'https://evil.example' }, '/graphql', 403, 'FORBIDDEN'],
    ['a page of another port', { origin: 'http://127.0.0.1:1' }, '/graphql', 403, 'FORBIDDEN'],
    ['a page without an origin of its own', { origin: 'null' }, '/graphql', 403, 'FORBIDDEN'],
    ['another name of this machine', { host: 'evil.example' }, '/graphql', 421, 'FORBIDDEN'],
    ['another address of this server', {}, '/livez', 400, 'BAD_USER_INPUT'],
    ['an address that is not there', {}, '/nothing', 400, 'BAD_USER_INPUT'],
  ])('%s opens no socket', async (_, headers, path, status, code) => {
    expect(await refusedUpgrade(server.url, { headers }, path)).toEqual({ status, code });
  });

  it('a page of this server opens one, as do programs; there is room for so many (503)', async () => {
    const raw = await connectRaw(server.url, undefined, { headers: { origin: server.url } });
    expect(await refusedUpgrade(server.url)).toEqual({ status: 503, code: 'UNAVAILABLE' });
    raw.socket.close();
    await raw.closed;
    const program = await connectRaw(server.url);
    program.socket.close();
    await program.closed;
  });

  it.each([
    ['to another protocol', 'GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'],
    ['without a key', 'GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['by POST', 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n'],
  ])('an upgrade %s is answered with 400', async (_, text) => {
    expect(await rawStatus(server, text)).toContain('400');
  });

  it('upgrades count as requests of their address', async () => {
    const limited = await startTestServer({ requestsPerMinute: 2 });
    for (let n = 0; n < 2; n++) (await connectRaw(limited.url)).socket.close();
    expect(await refusedUpgrade(limited.url)).toEqual({ status: 429, code: 'RATE_LIMITED' });
    await limited.close();
  });
});

describe('what is read on a socket', () => {
  it('is kept before it is told, with who asked, from where and what for; where it cannot be kept it is not told', async () => {
    const kept: RequestReads[] = [];
    let fault: DomainError | null = null;
    const keep = async (reads: RequestReads) => {
      if (fault) throw fault;
      kept.push(reads);
    };
    const server = await startTestServer({ readLog: { keep } });
    const raw = await connectRaw(server.url, { 'X-Purpose': 'Ticket 17, Ünal' }, { headers: { 'user-agent': 'desk/1.0' } });
    raw.send(asked('1', 'query Who { secret { name } }'));
    expect(await raw.until(({ id }) => id === '1')).toMatchObject({ type: 'next', payload: { data: { secret: { name: 'Ann' } } } });
    expect(kept).toMatchObject([
      {
        caller: { actor: 'developer' },
        operationName: 'Who',
        purpose: 'Ticket 17, Ünal',
        application: 'desk/1.0',
        clientIp: '127.0.0.1',
        kinds: [{ fields: ['TrialSecret.name'], isAllowed: true }],
      },
    ]);
    fault = new DomainError('UNAVAILABLE', 'What was read could not be logged.');
    raw.send(asked('2', '{ secret { name } }'));
    expect(await raw.until(({ id }) => id === '2')).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'UNAVAILABLE' } }] });
    const wordy = await openRaw(server.url);
    wordy.send({ type: 'connection_init', payload: { 'x-purpose': 'x'.repeat(201) } });
    expect(await wordy.closed).toMatchObject({ code: 4400, reason: expect.stringContaining('X-Purpose') });
    await server.close();
  });
});
