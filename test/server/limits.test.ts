import { getIntrospectionQuery, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CostBudgets } from '../../src/server/cost-budget.ts';
import { usualLimits } from '../../src/server/graphql.ts';
import type { HttpServer } from '../../src/server/http.ts';
import { costOf } from '../../src/server/operation-cost.ts';
import { fragmentsOf } from '../../src/server/operation-limits.ts';
import { fixedCaller } from '../../src/shared/caller.ts';
import { bareSchema } from '../support/schema.ts';
import { post, startTestServer } from '../support/test-server.ts';

let server: HttpServer;
beforeAll(async () => {
  server = await startTestServer({ limits: { depth: 3, aliases: 2, rootFields: 3, directives: 2, cost: 1_000, costPerMinute: 20 } });
});
afterAll(() => server.close());

const ask = (query: string) => post(server, { query });

describe('an operation beyond a limit is refused with a code of its own, before it is executed', () => {
  it.each([
    ['depth', '{ __schema { types { fields { name } } } }', 'DEPTH_LIMIT'],
    [
      'depth through fragments',
      '{ ...a } fragment a on Query { __schema { ...b } } fragment b on __Schema { types { fields { name } } }',
      'DEPTH_LIMIT',
    ],
    ['aliases', '{ a: errorCodes b: errorCodes c: errorCodes }', 'ALIAS_LIMIT'],
    [
      'aliases of a fragment that is spread often',
      '{ viewer { ...a ...b } } fragment a on Viewer { x: scopes } fragment b on Viewer { ...a y: scopes }',
      'ALIAS_LIMIT',
    ],
    ['root fields', '{ errorCodes viewer { scopes } __typename change: __typename }', 'ALIAS_LIMIT'],
    ['root fields in fragments', '{ ...a ...a } fragment a on Query { errorCodes __typename }', 'ALIAS_LIMIT'],
    ['directives', '{ errorCodes @skip(if: false) @include(if: true) viewer @skip(if: false) { scopes } }', 'DIRECTIVE_LIMIT'],
    ['a syntax error', '{ a: errorCodes b: errorCodes c: ', 'GRAPHQL_PARSE_FAILED'],
  ])('%s', async (_, query, code) => {
    const answer = await ask(query);
    expect(answer).toMatchObject({ status: 200, code });
    expect(answer.data).toBeUndefined();
  });

  it('an operation at the limit is answered', async () => {
    expect(await ask('{ viewer { a: scopes b: scopes } errorCodes __typename }')).toMatchObject({ status: 200, errors: undefined });
    expect(await ask('{ __schema { types { name } } }')).toMatchObject({ errors: undefined });
  });

  it('fragments that spread each other twelve times deep are measured at once', async () => {
    const chain = Array.from({ length: 12 }, (_, n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`).join(' ');
    const begun = Date.now();
    expect((await ask(`{ ...f0 } ${chain} fragment f12 on Query { errorCodes }`)).code).toBe('ALIAS_LIMIT');
    expect(Date.now() - begun).toBeLessThan(2_000);
    expect((await ask('{ ...f } fragment f on Query { ...f }')).code).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('the usual limits leave room for the introspection of tools', async () => {
    const usual = await startTestServer();
    expect(await post(usual, { query: getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true }) })).toMatchObject({
      errors: undefined,
    });
    await usual.close();
  });
});

describe('the cost of an operation', () => {
  const schema = bareSchema();
  const cost = (source: string, variables = {}) => {
    const document = parse(source);
    const operation = document.definitions.find((definition) => definition.kind === 'OperationDefinition');
    return costOf(schema, operation!, fragmentsOf(document), variables);
  };

  it('is one for an object, once per item below a list', () => {
    expect(cost('{ viewer { tenantKey } }')).toBe(1);
    expect(cost('{ product(by: { sku: "A" }) { sku price { amount } } }')).toBe(2);
    expect(cost('{ products(first: 10) { nodes { sku } } }')).toBe(1 + 10);
    expect(cost('{ products(first: 10) { nodes { price { amount } } } }')).toBe(1 + 10 * 2);
    expect(cost('query($n: Int) { products(first: $n) { edges { node { sku } } } }', { n: 20 })).toBe(1 + 20 * 2);
    expect(cost('{ products { nodes { sku } } }')).toBe(1 + 50);
  });

  it('has the weights of the schema, and grows with lists in lists', () => {
    expect(cost('{ products(first: 1) { totalCount } }')).toBe(1 + 10);
    const nested = cost('{ customers(first: 500) { nodes { orders(first: 500) { nodes { payments(first: 500) { nodes { key } } } } } } }');
    expect(nested).toBeGreaterThan(1_000_000);
    expect(nested).toBeGreaterThan(usualLimits.cost);
  });

  it('counts a fragment wherever it is spread, and takes no absurd page', () => {
    const spread = cost(
      '{ a: products(first: 5) { ...f } b: products(first: 7) { ...f } } fragment f on ProductConnection { nodes { sku } }',
    );
    expect(spread).toBe(1 + 5 + (1 + 7));
    expect(cost('{ products(first: 2000000000) { nodes { sku } } }')).toBe(1 + 500);
    expect(cost('{ products(first: -5) { nodes { sku } } }')).toBe(1 + 1);
  });

  it('is said when it is too high, and spends the budget of the caller', async () => {
    const small = await startTestServer({ limits: { ...usualLimits, cost: 6, costPerMinute: 20 } });
    const slow = await post(small, { query: '{ slow }' });
    expect(slow.errors?.[0]).toMatchObject({ message: expect.any(String), extensions: { code: 'COST_LIMIT_EXCEEDED', cost: 7, limit: 6 } });
    const query = '{ viewer { costBudget { limit remaining resetsAt } } }';
    expect(await post(small, { query })).toMatchObject({ data: { viewer: { costBudget: { limit: 20, remaining: 18 } } } });
    for (let asked = 0; asked < 9; asked++) await post(small, { query });
    const refused = await post(small, { query });
    expect(refused).toMatchObject({ code: 'RATE_LIMITED' });
    expect(refused.errors?.[0]?.extensions?.['retryAfterMs']).toBeGreaterThan(0);
    await small.close();
  });
});

describe('a budget', () => {
  it('begins anew after a minute, is each caller’s own, and does not exist where the limit is 0', () => {
    let now = 0;
    const budgets = new CostBudgets(10, () => now);
    const [ann, bob] = [
      { ...fixedCaller, actor: 'ann' },
      { ...fixedCaller, actor: 'bob' },
    ];
    budgets.spend(ann, 10);
    expect(() => budgets.spend(ann, 1)).toThrow(/used up/);
    budgets.spend(bob, 10);
    expect(() => budgets.spend({ ...ann, tenant: 'other' }, 10)).not.toThrow();
    now = 59_999;
    expect(() => budgets.spend(ann, 1)).toThrow();
    now = 60_000;
    budgets.spend(ann, 10);
    expect(budgets.left(ann)).toEqual({ limit: 10, remaining: 0, resetsAt: '1970-01-01T00:02:00.000Z' });
    expect(new CostBudgets(0).left(ann)).toBeNull();
  });
});

describe('requests of one address', () => {
  it('are answered with 429 and RATE_LIMITED beyond the limit; a proxy that is trusted names the address', async () => {
    const limited = await startTestServer({ requestsPerMinute: 3, trustedProxies: ['127.0.0.1'] });
    const from = (address: string) => post(limited, { query: '{ __typename }' }, { 'x-forwarded-for': address });
    for (let asked = 0; asked < 3; asked++) expect((await from('192.0.2.1')).status).toBe(200);
    const refused = await from('192.0.2.1');
    expect(refused).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(refused.errors?.[0]?.extensions?.['retryAfterMs']).toBeGreaterThan(0);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await from('192.0.2.2')).status).toBe(200);
    await limited.close();
    const untrusting = await startTestServer({ requestsPerMinute: 3 });
    const statuses = [];
    for (let asked = 0; asked < 4; asked++)
      statuses.push((await post(untrusting, { query: '{ __typename }' }, { 'x-forwarded-for': `192.0.2.${asked}` })).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    await untrusting.close();
  });
});
