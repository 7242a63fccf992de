import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../src/server/http.ts';
import { post, reply, startTestServer } from '../support/test-server.ts';

const limit = 100_000;
let server: HttpServer;
beforeAll(async () => {
  server = await startTestServer({ bodyLimitBytes: limit });
});
afterAll(() => server.close());

const question = Buffer.from(JSON.stringify({ query: '{ viewer { tenantKey } }' }));
const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const codings = { gzip: gzipSync, deflate: deflateSync, br: (body: Buffer) => brotliCompressSync(body, quick) };
const eachCoding = Object.entries(codings);

describe('a compressed body', () => {
  it.each(eachCoding)('is read: %s', async (coding, compress) => {
    expect(await post(server, compress(question), { 'content-encoding': coding })).toMatchObject({
      status: 200,
      data: { viewer: { tenantKey: 'demo' } },
    });
  });

  it.each(eachCoding)('counts as what comes out of it: a small bomb is refused at the limit: %s', async (coding, compress) => {
    const bomb = compress(Buffer.alloc(64 * 1_048_576, ' '));
    expect(bomb.length).toBeLessThan(limit);
    const before = process.memoryUsage().rss;
    const refused = await post(server, bomb, { 'content-encoding': coding });
    expect(refused).toMatchObject({ status: 413, code: 'BAD_USER_INPUT', errors: [{ extensions: { argument: 'body' } }] });
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1_048_576);
  });

  it('that holds a compressed body, or is of another kind, is refused with 415', async () => {
    for (const coding of ['gzip, gzip', 'zstd', 'compress', 'x'.repeat(1_000), '__proto__', 'constructor']) {
      expect(await post(server, gzipSync(question), { 'content-encoding': coding }), coding).toMatchObject({
        status: 415,
        code: 'BAD_USER_INPUT',
      });
    }
  });

  it.each([
    ['is none', question],
    ['is cut off', gzipSync(question).subarray(0, 30)],
    ['is empty', new Uint8Array(0)],
    ['is damaged', Buffer.concat([gzipSync(question).subarray(0, -8), Buffer.alloc(8)])],
  ])('that %s is answered with 400', async (_, body) => {
    const refused = await post(server, body, { 'content-encoding': 'gzip' });
    expect(refused).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    expect(refused.text).not.toMatch(/zlib|Z_|header check|node_modules/);
  });
});

it('a number that would be kept as another one is refused, however it is sent; its text is taken', async () => {
  const query = 'query ($v: JSON) { echo(json: $v) }';
  const answerOf = async (variables: string) => {
    const asked = `{"query":${JSON.stringify(query)},"variables":${variables}}`;
    const url = `${server.url}/graphql?${new URLSearchParams({ query, variables }).toString()}`;
    const got = await reply(await fetch(url, { headers: { 'apollo-require-preflight': '1' } }));
    expect(got.code).toBe((await post(server, Buffer.from(asked))).code);
    return got.code;
  };
  for (const number of ['9007199254740993', '-12345678901234567890', '1e400', '-1e400', `1${'0'.repeat(400)}`]) {
    expect(await answerOf(`{"v":${number}}`), number).toBe('BAD_USER_INPUT');
    expect(await answerOf(`{"v":{"a":[{"b":${number}}]}}`), number).toBe('BAD_USER_INPUT');
    expect(await answerOf(`{"v":["${number}",{"${number}":0.1234567890123456}]}`), number).toBeUndefined();
    expect((await post(server, { query: `{ echo(json: { a: [${number}] }) }` })).code, number).toBe('GRAPHQL_VALIDATION_FAILED');
  }
  for (const number of ['9007199254740992', '-0', '1e300', '1.7976931348623157e308', '0.12345678901234567890', '100000000000000000000'])
    expect(await answerOf(`{"v":${number}}`), number).toBeUndefined();
});
