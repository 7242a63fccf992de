import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noDatabase } from '../../src/database/no-database.ts';
import { AccessService } from '../../src/rooms/access/access.service.ts';
import { mintToken, tokenVerifier } from '../../src/rooms/access/token.ts';
import type { HttpServer } from '../../src/server/http.ts';
import { post, rawStatus, reply, startTestServer } from '../support/test-server.ts';

const secret = 'kq3vZ0pTn8xYb2LwRf6uJm1sGd9hAc4e';
const settings = { secret, publicKeyFile: null, jwksUrl: null, issuer: null, audience: null };
const query = '{ viewer { tenantKey scopes } }';

let server: HttpServer;
beforeAll(async () => {
  const access = new AccessService(noDatabase, false, tokenVerifier(settings));
  server = await startTestServer({ requiresTokens: true, callerOf: (credentials) => access.callerOf(credentials) });
});
afterAll(() => server.close());

const bearer = async (tenant: string, scope = 'AUDIT_READ', lifetimeSeconds = 60) => ({
  authorization: `Bearer ${await mintToken(secret, { sub: 'ann', tenant, scope, role: 'VIEWER' }, { ...settings, lifetimeSeconds })}`,
});

describe('with tokens', () => {
  it('a request is answered for the tenant and the permissions of its token', async () => {
    expect(await post(server, { query }, await bearer('acme'))).toMatchObject({
      status: 200,
      data: { viewer: { tenantKey: 'acme', scopes: ['AUDIT_READ'] } },
    });
  });

  it('a known document can be read by GET with the token alone', async () => {
    const search = new URLSearchParams({ query });
    const answer = await reply(await fetch(`${server.url}/graphql?${search}`, { headers: await bearer('acme') }));
    expect(answer).toMatchObject({ status: 200, data: { viewer: { tenantKey: 'acme' } } });
  });

  it.each([
    ['no token', {}],
    ['a word that is none', { authorization: 'Bearer x' }],
    ['another scheme', { authorization: 'Basic YWRtaW46YWRtaW4=' }],
    ['a key that is none', { 'x-api-key': 'whk_0' }],
  ])('%s is answered with 401 and UNAUTHENTICATED, also for the schema', async (_, headers) => {
    for (const asked of [query, '{ __schema { types { name } } }', '{ nonsense ']) {
      const answer = await post(server, { query: asked }, headers);
      expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
      expect(answer.data).toBeUndefined();
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('a token past its end is refused', async () => {
    expect(await post(server, { query }, await bearer('acme', '', -100))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  it('X-Customer-ID must be the tenant of the token', async () => {
    const headers = await bearer('acme');
    expect(await post(server, { query }, { ...headers, 'x-customer-id': 'acme' })).toMatchObject({ status: 200 });
    expect(await post(server, { query }, { ...headers, 'x-customer-id': 'globex' })).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  });

  it('GraphiQL is closed to strangers, health is not', async () => {
    for (const path of ['/graphiql', '/graphiql/examples.json', '/graphiql/page.js', '/']) {
      expect((await fetch(server.url + path, { redirect: 'manual' })).status, path).toBe(401);
    }
    expect((await fetch(`${server.url}/graphiql`, { headers: await bearer('acme') })).status).toBe(200);
    for (const path of ['/livez', '/healthz']) expect((await fetch(server.url + path)).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
    expect((await fetch(`${server.url}/metrics`, { headers: await bearer('acme', 'TENANT_REPORT') })).status).toBe(200);
  });

  it('the server answers under any name, since a foreign page holds no token', async () => {
    expect(await rawStatus(server, 'GET /livez HTTP/1.1\r\nHost: whence.example\r\n\r\n')).toContain('200');
  });

  it('two Authorization headers are not a way around', async () => {
    const [one, two] = [await bearer('acme'), await bearer('globex')];
    const body = JSON.stringify({ query });
    const head = [
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json',
      `Authorization: ${one.authorization}\r\nAuthorization: ${two.authorization}x\r\nContent-Length: ${body.length}\r\nConnection: close`,
    ].join('\r\n');
    // Node takes the first and drops the second; no mixture of both may come out.
    expect(await rawStatus(server, `${head}\r\n\r\n${body}`)).toMatch(/ (200|401) /);
  });
});
