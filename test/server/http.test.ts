import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../src/server/http.ts';
import { fixedCaller } from '../../src/shared/caller.ts';
import { post, rawStatus, reply, startTestServer } from '../support/test-server.ts';

let server: HttpServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const query = '{ viewer { tenantKey } }';
const get = async (search: Record<string, string>, headers: Record<string, string> = {}) =>
  reply(await fetch(`${server.url}/graphql?${new URLSearchParams(search)}`, { headers }));

describe('who may ask', () => {
  it('answers a POST of JSON', async () => {
    expect(await post(server, { query })).toMatchObject({ status: 200, data: { viewer: { tenantKey: 'demo' } } });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'refuses what an HTML form can send: %s',
    async (type) => {
      expect(await post(server, JSON.stringify({ query }), { 'content-type': type })).toMatchObject({
        status: 415,
        code: 'BAD_USER_INPUT',
      });
    },
  );

  it('refuses a POST without a content type', async () => {
    const head = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 31\r\n\r\n';
    expect(await rawStatus(server, `${head}${JSON.stringify({ query: '{viewer{scopes}}' })}`)).toContain('415');
  });

  it('refuses a GET that a page of another site can send, and takes it with a header', async () => {
    expect(await get({ query })).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    expect(await get({ query }, { 'content-type': 'text/plain' })).toMatchObject({ status: 400 });
    expect(await get({ query }, { 'apollo-require-preflight': '1' })).toMatchObject({
      status: 200,
      data: { viewer: { tenantKey: 'demo' } },
    });
    expect(await get({ query }, { authorization: 'Bearer x' })).toMatchObject({ status: 200 });
    expect(await get({ query }, { 'content-type': 'application/json' })).toMatchObject({ status: 200 });
  });

  it('changes nothing by GET', async () => {
    const answer = await get({ query: 'mutation { change }' }, { 'apollo-require-preflight': '1' });
    expect(answer).toMatchObject({ status: 405, code: 'BAD_USER_INPUT' });
    expect(answer.headers.get('allow')).toBe('POST');
  });

  it('answers to its own names only, so that no foreign page becomes the same origin (DNS rebinding)', async () => {
    const head = (host: string) => `GET /livez HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    expect(await rawStatus(server, head('evil.example'))).toContain('421');
    expect(await rawStatus(server, head('localhost.evil.example:4000'))).toContain('421');
    expect(await rawStatus(server, head('localhost:4000'))).toContain('200');
    expect(await rawStatus(server, head('[::1]:4000'))).toContain('200');
    expect(await rawStatus(server, 'GET /livez HTTP/1.0\r\n\r\n')).not.toContain('200');
  });

  it('gives no other origin leave to read or to send JSON', async () => {
    const preflight = await fetch(`${server.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect(preflight.status).toBe(405);
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('what may be asked', () => {
  it('refuses a batch', async () => {
    expect(await post(server, [{ query }, { query }])).toMatchObject({ status: 400, code: 'BATCH_LIMIT' });
  });

  it.each([
    ['no JSON', '{"query":'],
    ['nothing', ''],
    ['null', 'null'],
    ['no query', '{}'],
    ['a query of another type', '{"query":5}'],
    ['an empty query', '{"query":"  "}'],
    ['variables in a list', '{"query":"{__typename}","variables":[]}'],
    ['variables in text', '{"query":"{__typename}","variables":"{}"}'],
    ['an operation name of another type', '{"query":"{__typename}","operationName":{}}'],
    ['extensions in text', '{"query":"{__typename}","extensions":"x"}'],
    ['a poisoned prototype', '{"query":"{__typename}","variables":{"__proto__":{"x":1}}}'],
  ])('answers 400 to %s', async (_what, body) => {
    const answer = await post(server, body);
    expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', type: 'application/json; charset=utf-8' });
    expect(answer.text).not.toMatch(/at |node_modules|\.ts|FST_/);
  });

  it('answers 400 to variables of a GET that are no JSON', async () => {
    const header = { 'apollo-require-preflight': '1' };
    expect(await get({ query, variables: '{' }, header)).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    expect(await get({ query: 'query($c: Int) { echo(count: $c) }', variables: '{"c":3}' }, header)).toMatchObject({
      data: { echo: { count: 3 } },
    });
  });

  it('answers 413 to a body over the limit, in the form of GraphQL', async () => {
    const answer = await post(server, { query, variables: { text: 'x'.repeat(1_048_576) } });
    expect(answer).toMatchObject({ status: 413, code: 'BAD_USER_INPUT', errors: [{ extensions: { argument: 'body' } }] });
  });
});

describe('what is around it', () => {
  it("names each request, by the caller's id when that is plain", async () => {
    expect((await post(server, { query }, { 'x-request-id': 'job-17' })).headers.get('x-request-id')).toBe('job-17');
    expect((await post(server, { query }, { 'x-request-id': 'a b"c' })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is never cached', async () => {
    expect((await post(server, { query })).headers.get('cache-control')).toBe('no-store');
  });

  it('tells whether it lives and whether it can answer', async () => {
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    expect(await (await fetch(`${server.url}/readyz`)).json()).toEqual({ status: 'ready', checks: [] });
    const checks = [
      { name: 'database', isWell: true },
      { name: 'capture', isWell: false, detail: '1 table' },
    ];
    const unwell = await startTestServer({ health: async () => checks });
    expect((await fetch(`${unwell.url}/livez`)).status).toBe(200);
    const answer = await fetch(`${unwell.url}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([503, { status: 'not ready', checks }]);
    await unwell.close();
  });

  it('counts requests and errors, without a name of anybody', async () => {
    const counted = await startTestServer();
    await post(counted, { query: '{ away viewer { tenantKey } }' });
    await fetch(`${counted.url}/acme/secret`);
    const figures = await (await fetch(`${counted.url}/metrics`)).text();
    expect(figures).toContain('whence_http_requests_total{method="POST",route="/graphql",status="200"} 1');
    expect(figures).toContain('whence_http_requests_total{method="GET",route="unknown",status="404"} 1');
    expect(figures).toContain('whence_graphql_errors_total{code="UNAVAILABLE"} 1');
    expect(figures).toContain('whence_pool_connections{state="busy"} 1');
    expect(figures).toContain('whence_trail_newest_entry 42');
    expect(figures).toContain('whence_feed_lag_seconds 0.5');
    expect(figures).toMatch(/^whence_trail_newest_entry 42$/m);
    expect(figures).toMatch(/^whence_feed_waiting_entries 3$/m);
    expect(figures).toMatch(/^whence_feed_lag_seconds 0.5$/m);
    expect(figures).not.toContain('acme');
    expect(figures).not.toMatch(/^# TYPE \w+_total gauge$/m);
    await counted.close();
    const closed = await startTestServer({ callerOf: async () => ({ ...fixedCaller, scopes: new Set(['AUDIT_READ'] as const) }) });
    expect(await reply(await fetch(`${closed.url}/metrics`))).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    await closed.close();
  });

  it('answers 404 and malformed addresses without a stack', async () => {
    expect(await reply(await fetch(`${server.url}/nothing`))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(await reply(await fetch(`${server.url}/%zz`))).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
  });

  it('gives up an answer that takes too long', async () => {
    const hasty = await startTestServer({ requestTimeoutMs: 300 });
    const answer = await post(hasty, { query: '{ slow }' });
    expect(answer).toMatchObject({ status: 504, code: 'DEADLINE_EXCEEDED', errors: [{ extensions: { retryable: true } }] });
    await hasty.close();
  });

  it('lets a request under way end before it closes', async () => {
    const closing = await startTestServer();
    const answer = post(closing, { query: '{ slow }' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await closing.close();
    expect(await answer).toMatchObject({ status: 200, data: { slow: 'done' } });
    await expect(fetch(`${closing.url}/livez`)).rejects.toThrow();
  });

  it('is not held up by a connection on which nothing was asked', async () => {
    const closing = await startTestServer();
    const silent = connect(Number(new URL(closing.url).port), '127.0.0.1');
    await once(silent, 'connect');
    const ends = [closing.close().then(() => 'closed'), sleep(5_000, 'held up')];
    expect(await Promise.race(ends)).toBe('closed');
    silent.destroy();
  });

  it('says in one line that a port is taken', async () => {
    const port = Number(new URL(server.url).port);
    await expect(startTestServer({ port })).rejects.toThrow(new RegExp(`^PORT ${port} is already in use on 127.0.0.1`));
  });
});
