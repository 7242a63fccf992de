import { expect } from 'vitest';
import { onEachDatabase, startFrom } from '../../support/databases.ts';
import { answer, ask, codeOf } from '../audit/trail.ts';
import { filled, fillTenant } from '../demo-shop/filled.ts';

startFrom('shop');

const winter = { from: '2025-12-01T00:00:00Z', to: '2026-03-01T00:00:00Z' };
const query = `query ($range: TimeRangeInput!, $minScore: Float = 3, $first: Int, $last: Int, $after: String, $before: String) {
  analytics { anomalies(range: $range, minScore: $minScore, first: $first, last: $last, after: $after, before: $before) {
    totalCount
    nodes { id kind score observed expected occurredAt summary evidence { entityKey operation } }
    pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
  } }
}`;

interface Shown {
  readonly id: string;
  readonly kind: string;
  readonly score: number;
  readonly occurredAt: string;
  readonly summary: string;
  readonly evidence: readonly { readonly entityKey: string | null }[];
}
interface Listed {
  readonly totalCount: number;
  readonly nodes: readonly Shown[];
  readonly pageInfo: { startCursor: string; endCursor: string; hasNextPage: boolean; hasPreviousPage: boolean };
}
type Context = Parameters<typeof filled>[0];

async function anomalies(context: Context, variables: Record<string, unknown> = {}, tenant = 'demo'): Promise<Listed> {
  await filled(context);
  return (await answer(context, tenant, query, { range: winter, first: 100, ...variables })).analytics.anomalies;
}

onEachDatabase('the demo shop holds a price that fell to a tenth, at night, from a strange address', async (context) => {
  const { nodes } = await anomalies(context);
  expect(nodes[0]).toMatchObject({
    ...{ kind: 'PRICE_JUMP', observed: 10, occurredAt: '2026-01-22T23:47:12.000000Z' },
    summary: 'Jonas Weber changed price of product MONITOR-27 from 329.00 USD to 32.90 USD, by a factor of 10 where 1.02 is usual.',
    evidence: [{ entityKey: 'MONITOR-27', operation: 'UPDATE' }],
  });
  const atThatTime = nodes.filter(({ occurredAt }) => occurredAt === '2026-01-22T23:47:12.000000Z');
  expect(atThatTime.map(({ kind }) => kind)).toEqual(['PRICE_JUMP', 'OFF_HOURS', 'UNUSUAL_ORIGIN']);
  expect(atThatTime[2]?.summary).toContain('from 203.0.113.77 (admin-console) at 2026-01-22 23:47 UTC');
});

onEachDatabase('steps of a status that are not declared are found, all of them', async (context) => {
  const { nodes } = await anomalies(context);
  const steps = nodes.filter(({ kind }) => kind === 'UNUSUAL_TRANSITION');
  expect(steps.map(({ evidence }) => evidence[0]?.entityKey)).toEqual(['58', '96', '141', '31']);
  expect(steps.map(({ summary }) => summary)).toContain(
    'Jonas Weber moved order 31 from CANCELLED to CONFIRMED, a step that is not declared.',
  );
});

onEachDatabase('the list is short enough to be read: no nightly run, no evening of somebody who works evenings', async (context) => {
  const { nodes, totalCount } = await anomalies(context);
  expect(totalCount).toBe(nodes.length);
  expect(nodes.length).toBeLessThan(20);
  expect(nodes.filter(({ summary }) => /pricing-job|Carlos/.test(summary))).toEqual([]);
  expect(nodes.map(({ score }) => score)).toEqual(nodes.map(({ score }) => score).toSorted((a, b) => b - a));
  for (const { evidence } of nodes) expect(evidence.length).toBeGreaterThan(0);
  for (const { evidence } of nodes) expect(evidence.length).toBeLessThanOrEqual(20);
});

onEachDatabase('a page costs one round of statements, however many anomalies there are', async (context) => {
  await filled(context);
  const { statements } = await ask(
    context,
    'demo',
    `{ analytics { anomalies(range: { from: "${winter.from}", to: "${winter.to}" }) { nodes { kind evidence { id } } } } }`,
  );
  const names = ['hours', 'prices', 'transactions', 'steps', 'evidence'].map((part) => `analytics.anomalies.${part}`);
  expect([...statements].sort()).toEqual([...names, 'audit.entries.byId'].sort());
});

onEachDatabase('pages join without a gap, forwards and backwards', async (context) => {
  const all = (await anomalies(context, { minScore: 1, first: 500 })).nodes.map(({ id }) => id);
  expect(all.length).toBeGreaterThan(50);
  const forwards: string[] = [];
  let page = await anomalies(context, { minScore: 1, first: 17 });
  for (; ; page = await anomalies(context, { minScore: 1, first: 17, after: page.pageInfo.endCursor })) {
    expect(page.pageInfo.hasPreviousPage).toBe(forwards.length > 0);
    forwards.push(...page.nodes.map(({ id }) => id));
    if (!page.pageInfo.hasNextPage) break;
  }
  expect(forwards).toEqual(all.slice(0, forwards.length));
  expect(forwards).toHaveLength(page.totalCount);
  const before = await anomalies(context, { minScore: 1, first: null, last: 5, before: page.pageInfo.startCursor });
  expect(before.nodes.map(({ id }) => id)).toEqual(forwards.slice(-page.nodes.length - 5, -page.nodes.length));
  expect(before.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  expect((await anomalies(context, { first: 0 })).nodes).toEqual([]);
});

onEachDatabase('an anomaly is answered by its id, also when it scores less than a list would ask for', async (context) => {
  const { nodes } = await anomalies(context, { minScore: 0.5, first: 500 });
  const weakest = nodes.at(-1);
  const node = `query ($id: ID!) { node(id: $id) { id ... on Anomaly { kind score summary } } }`;
  const { id, kind, score, summary } = weakest as Shown;
  expect(score).toBeLessThan(2);
  expect(await answer(context, 'demo', node, { id })).toEqual({ node: { id, kind, score, summary } });
  expect(await answer(context, 'nobody', node, { id })).toEqual({ node: null });
  for (const key of [
    'PRICE_JUMP',
    'PRICE_JUMP|1',
    'NOTHING|1|2025-12-01T00:00:00.000000Z|2026-03-01T00:00:00.000000Z',
    'PRICE_JUMP|x|a|b',
    'PRICE_JUMP|1|2026-03-01T00:00:00.000000Z|2025-03-01T00:00:00.000000Z',
  ]) {
    expect(await codeOf(context, 'demo', node, { id: Buffer.from(`Anomaly:${key}`).toString('base64url') })).toBe('BAD_USER_INPUT');
  }
});

onEachDatabase('what other tenants do changes nothing', async (context) => {
  const ours = await anomalies(context);
  await fillTenant(context, 'other');
  await context.owner.run(`update commerce.products set price = price * 50 where tenant = 'other'`);
  expect(await anomalies(context)).toEqual(ours);
  expect((await anomalies(context, {}, 'nobody')).nodes).toEqual([]);
});

onEachDatabase('without an end of the period, the first cursor keeps it', async (context) => {
  const open = { range: { from: new Date(Date.now() - 390 * 86_400_000).toISOString() }, minScore: 0, first: 1 };
  const first = await anomalies(context, open);
  const second = await anomalies(context, { ...open, after: first.pageInfo.endCursor });
  if (first.nodes[0]) expect(second.nodes[0]?.id).not.toBe(first.nodes[0].id);
  expect(second.totalCount).toBe(first.totalCount);
});

onEachDatabase('bad input is refused, and never a fault of the server', async (context) => {
  await filled(context);
  const refusals: Record<string, unknown>[] = [
    { minScore: -1 },
    { first: -1 },
    { first: 1, last: 1 },
    { range: { from: winter.to, to: winter.from } },
    { range: { from: winter.from, to: winter.from } },
    { range: { from: '2024-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' } },
    { range: { from: '9000-01-01T00:00:00Z' } },
  ];
  for (const variables of refusals)
    expect(await codeOf(context, 'demo', query, { range: winter, ...variables }), JSON.stringify(variables)).toBe('BAD_USER_INPUT');
  expect(await codeOf(context, 'demo', query, { range: winter, after: 'x' })).toBe('CURSOR_INVALID');
  expect(await codeOf(context, 'demo', query, { range: winter, minScore: 'NaN' })).toMatch(/^graphql: /);
  for (const range of [
    { from: '0001-01-01T00:00:00Z', to: '0001-02-01T00:00:00Z' },
    { from: '9999-01-01T00:00:00Z', to: '9999-12-31T00:00:00Z' },
  ]) {
    expect((await anomalies(context, { range })).nodes).toEqual([]);
  }
  expect((await anomalies(context, { minScore: null })).nodes).toEqual((await anomalies(context)).nodes);
});

onEachDatabase('a name and an address are told only to those who may see personal data', async (context) => {
  await filled(context);
  const source = `{ analytics { anomalies(range: { from: "${winter.from}", to: "${winter.to}" }) { nodes { summary } } } }`;
  const { data } = await ask(context, 'demo', source, {}, { scopes: new Set(['ANALYTICS_READ', 'AUDIT_READ']) });
  expect(JSON.stringify(data)).toContain('*** made changes from an address (admin-console)');
  expect(JSON.stringify(data)).not.toContain('Weber');
  expect(JSON.stringify(data)).not.toContain('203.0.113.77');
});

onEachDatabase('without the permission nothing is told', async (context) => {
  expect(await codeOf(context, 'demo', query, { range: winter }, { scopes: new Set(['AUDIT_READ']) })).toBe('FORBIDDEN');
});
