import { auditServer } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../src/server/http.ts';
import { post, startTestServer } from '../support/test-server.ts';

let server: HttpServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const json = { accept: 'application/json' };
const graphql = { accept: 'application/graphql-response+json' };

describe('GraphQL over HTTP', () => {
  it('passes the audits of the specification', async () => {
    // The audits send plain GETs, which we refuse for the safety of browsers: their fetch gets the header that we ask for.
    const fetchFn = (url: string, options: RequestInit = {}) => {
      return fetch(url, { ...options, headers: { ...options.headers, 'graphql-require-preflight': '1' } });
    };
    const results = await auditServer({ url: `${server.url}/graphql`, fetchFn });
    const failed = results
      .filter((result) => result.status !== 'ok')
      .map(({ name, ...result }) => `${name}: ${'reason' in result ? result.reason : ''}`);
    expect(failed).toEqual([]);
    expect(results.length).toBe(61);
  });

  it.each([
    [undefined, 'application/json; charset=utf-8'],
    ['*/*', 'application/json; charset=utf-8'],
    ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
    ['application/graphql-response+json, application/json;q=0.9', 'application/graphql-response+json; charset=utf-8'],
    ['application/json, application/graphql-response+json;q=0.5', 'application/json; charset=utf-8'],
    ['text/html, application/*;q=0.1', 'application/json; charset=utf-8'],
  ])('who takes %s gets %s', async (accept, type) => {
    expect((await post(server, { query: '{ __typename }' }, accept === undefined ? {} : { accept })).type).toBe(type);
  });

  it('answers 406 to who takes neither', async () => {
    expect((await post(server, { query: '{ __typename }' }, { accept: 'text/html' })).status).toBe(406);
    expect((await post(server, { query: '{ __typename }' }, { accept: 'application/json;q=0' })).status).toBe(406);
  });

  it('the status says whether there are data, in application/json whether the operation was read', async () => {
    expect((await post(server, { query: '{ nothing }' }, graphql)).status).toBe(400);
    expect((await post(server, { query: '{ nothing }' }, json)).status).toBe(200);
    expect((await post(server, { query: '{ bug }' }, graphql)).status).toBe(200);
    expect((await post(server, { query: '{ hole }' }, graphql)).status).toBe(200);
  });
});
