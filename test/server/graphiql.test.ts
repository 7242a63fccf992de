import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDocuments } from '../../src/documents.ts';
import { examples } from '../../src/examples.ts';
import type { HttpServer } from '../../src/server/http.ts';
import { startTestServer } from '../support/test-server.ts';

let server: HttpServer;
beforeAll(async () => {
  server = await startTestServer({ examples });
});
afterAll(() => server.close());

describe('GraphiQL', () => {
  it('comes with all of its files from this server, and no script inside the page', async () => {
    const page = await (await fetch(`${server.url}/graphiql`)).text();
    const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(addresses.length).toBe(7);
    for (const address of addresses) {
      expect(address).toMatch(/^\/graphiql\/[a-z.-]+$/);
      expect((await fetch(server.url + address)).status, address).toBe(200);
    }
    expect(page).not.toMatch(/<script(?![^>]*src=)|\son\w+=|style=/);
  });

  it('may run scripts of this server only', async () => {
    const policy = (await fetch(`${server.url}/graphiql`)).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).not.toMatch(/unsafe-eval|https?:|upgrade-insecure/);
  });

  it('opens with the examples', async () => {
    expect(await (await fetch(`${server.url}/graphiql/examples.json`)).json()).toEqual(examples);
  });

  it('gives out nothing else', async () => {
    for (const path of [
      '/graphiql/',
      '/graphiql/..%2fbundle/main.js',
      '/graphiql/../package.json',
      '/graphiql/%2e%2e/%2e%2e/package.json',
      '/graphiql/.x',
    ]) {
      expect((await fetch(server.url + path)).status, path).toBeGreaterThanOrEqual(400);
    }
  });
});

describe('the page of the audit log', () => {
  it('A23 comes with all of its files from this server, under a policy that runs no other script, and asks a known document', async () => {
    const answer = await fetch(`${server.url}/audit-log`);
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'self'(;|$)/);
    const page = await answer.text();
    const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)]
      .map((match) => match[1] ?? '')
      .filter((address) => address !== '/graphiql');
    expect(new Set(addresses)).toEqual(new Set(['/audit-log/icon.svg', '/audit-log/page.css', '/audit-log/page.js']));
    for (const address of addresses) expect((await fetch(server.url + address)).status, address).toBe(200);
    expect(page).not.toMatch(/<script(?![^>]*src=)|\son\w+=|style=/);
    const asked = await (await fetch(`${server.url}/audit-log/query.graphql`)).text();
    expect(readDocuments(null).map(({ text }) => text)).toContain(asked);
    for (const path of ['/audit-log/', '/audit-log/..%2fbundle/main.js', '/audit-log/.x'])
      expect((await fetch(server.url + path)).status, path).toBeGreaterThanOrEqual(400);
  });
});
