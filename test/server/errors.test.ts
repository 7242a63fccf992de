import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../src/server/http.ts';
import { post, startTestServer } from '../support/test-server.ts';

let server: HttpServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const ask = (query: string, variables?: Record<string, unknown>) => post(server, { query, variables });
const nested = (open: string, close: string, times: number) => `${open.repeat(times)}${close.repeat(times)}`;

describe('errors carry the codes of the contract', () => {
  it.each([
    ['no GraphQL', '{ viewer', 'GRAPHQL_PARSE_FAILED'],
    ['a surrogate escape', '{ echo(json: "\\uD800") }', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a literal out of range', '{ echo(count: 99999999999) }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a literal that is no instant', '{ echo(time: "2026-02-30T00:00:00Z") }', 'GRAPHQL_VALIDATION_FAILED'],
    ['both fields of a one-of literal', '{ echo(by: { one: "a", two: "b" }) }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a document of many tokens', `{ ${'viewer { scopes } '.repeat(3_000)} }`, 'TOKEN_LIMIT'],
    ['a deep selection', nested('{ viewer ', '}', 5_000), 'DEPTH_LIMIT'],
    ['a deep literal', `{ echo(json: ${nested('[', ']', 100_000)}) }`, 'DEPTH_LIMIT'],
    ['a programming error', '{ bug }', 'INTERNAL_SERVER_ERROR'],
    ['a null where none may be', '{ hole }', 'INTERNAL_SERVER_ERROR'],
    ['a value that a scalar cannot write', '{ badTime }', 'INTERNAL_SERVER_ERROR'],
    ['a database that is away', '{ away }', 'UNAVAILABLE'],
  ])('%s', async (_what, query, code) => {
    expect((await ask(query)).code).toBe(code);
  });

  it.each([
    ['a number out of range', 'query($v: Int) { echo(count: $v) }', 99_999_999_999],
    ['an instant that does not exist', 'query($v: DateTime) { echo(time: $v) }', '2026-02-30T00:00:00Z'],
    ['both fields of a one-of', 'query($v: TrialOneOfInput) { echo(by: $v) }', { one: 'a', two: 'b' }],
    ['none of a one-of', 'query($v: TrialOneOfInput) { echo(by: $v) }', {}],
    ['null in a one-of', 'query($v: TrialOneOfInput) { echo(by: $v) }', { one: null }],
  ])('a variable with %s is BAD_USER_INPUT', async (_what, query, v) => {
    expect((await ask(query, { v })).code).toBe('BAD_USER_INPUT');
  });

  it.each([100, 5_000, 200_000])('a value nested %i levels deep is BAD_USER_INPUT', async (levels) => {
    const body = `{"query":"query($v: JSON) { echo(json: $v) }","variables":{"v":${nested('[', ']', levels)}}}`;
    expect((await post(server, body)).code).toBe('BAD_USER_INPUT');
  });

  it('names the variable and the operation that are wrong', async () => {
    const missing = await ask('query($v: Int!) { echo(count: $v) }');
    expect(missing.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', argument: 'v' });
    const two = await ask('query A { bug } query B { bug }');
    expect(two.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', argument: 'operationName' });
  });

  it('keeps what other root fields answer', async () => {
    const answer = await ask('{ bug viewer { tenantKey } }');
    expect(answer).toMatchObject({ status: 200, data: { bug: null, viewer: { tenantKey: 'demo' } }, errors: [{ path: ['bug'] }] });
  });
});

describe('errors tell nothing of the inside', () => {
  it('a fault of ours has a request id and no words of its own', async () => {
    const answer = await ask('{ bug }');
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', requestId: answer.headers.get('x-request-id') });
    expect(answer.text).not.toMatch(/secret|\.ts|stack|node_modules/);
  });

  it('a known fault keeps its figures and hides its cause', async () => {
    const answer = await ask('{ away }');
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'UNAVAILABLE', retryable: true, waitedMs: 5 });
    expect(answer.text).not.toContain('hunter2');
  });

  it('does not send a long value back', async () => {
    const answer = await ask('query($v: Int) { echo(count: $v) }', { v: 'x'.repeat(900_000) });
    expect(answer.code).toBe('BAD_USER_INPUT');
    expect(answer.text.length).toBeLessThan(1_000);
  });
});

describe('text that the database cannot hold is refused before anything runs', () => {
  const query = 'query($v: JSON) { echo(json: $v) }';
  it.each([
    ['NUL in a variable', { query, variables: { v: 'a\0b' } }],
    ['NUL deep in a variable', { query, variables: { v: { list: [{ text: 'a\0b' }] } } }],
    ['NUL in a key', { query, variables: { v: { 'a\0b': 1 } } }],
    ['a lone high surrogate', '{"query":"query($v: JSON) { echo(json: $v) }","variables":{"v":"\\ud800"}}'],
    ['a lone low surrogate', '{"query":"query($v: JSON) { echo(json: $v) }","variables":{"v":"x\\udc00y"}}'],
    ['NUL in the document', { query: '{ echo(json: "a\0b") }' }],
    ['NUL as an escape in the document', { query: '{ echo(json: "a\\u0000b") }' }],
    ['NUL as a wide escape in the document', { query: '{ echo(json: "a\\u{0}b") }' }],
    ['a lone surrogate in the document', '{"query":"{ echo(json: \\"\\ud800\\") }"}'],
    ['NUL in the operation name', { query: 'query A { viewer { scopes } }', operationName: 'A\0' }],
    ['bytes that are no UTF-8', new Uint8Array([...Buffer.from('{"query":"{ echo(json: \\"'), 0xff, ...Buffer.from('\\") }"}')])],
  ])('%s', async (_what, body) => {
    expect(await post(server, body)).toMatchObject({ status: 400, code: 'BAD_TEXT' });
  });

  it('takes what only looks like it', async () => {
    expect(await ask(query, { v: '😀 \\u0000' })).toMatchObject({ data: { echo: { json: '😀 \\u0000' } } });
    expect(await ask('{ echo(json: "\\\\u0000 \\u00e9 # {{{ \\" [[[") }')).toMatchObject({
      data: { echo: { json: '\\u0000 é # {{{ " [[[' } },
    });
    expect(await ask(`{ echo(json: """ a\\"""{{{ \\u0000 " """) # ((("\n }`)).toMatchObject({
      data: { echo: { json: ' a"""{{{ \\u0000 " ' } },
    });
  });

  it('takes a long text that is right', async () => {
    const v = 'é'.repeat(400_000);
    expect((await ask(query, { v })).data).toMatchObject({ echo: { json: v } });
  });
});
