import { expect } from 'vitest';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase } from '../../support/databases.ts';
import { openBusyTrail } from './busy-trail.ts';
import { answer, change, codeOf, insert, openTrail } from './trail.ts';

onEachDatabase('an entry tells who, what, when, where from and why', async (context) => {
  await openTrail(context, 'entry');
  const { auditEntries } = await answer(
    context,
    'entry',
    `{ auditEntries(filter: { entityKey: { eq: "LAPTOP-15" } }) { totalCount nodes {
        operation entityType entityKey tableName occurredAt summary before after
        actor { kind key displayName role isVerified databaseUser user { key } }
        changes { field before after delta kind }
        reason { text code reference source statedAt statedBy { key } approvedBy { displayName } }
        reasons { text }
        origin { application clientIp recordSource requestId sessionId }
        run { key } } } }`,
  );
  expect(auditEntries.totalCount).toBe(3);
  const [stock, price, made] = auditEntries.nodes;
  expect(price).toMatchObject({
    ...{
      operation: 'UPDATE',
      entityType: 'PRODUCT',
      entityKey: 'LAPTOP-15',
      tableName: 'commerce.products',
      occurredAt: '2026-02-01T09:00:00.000000Z',
    },
    summary: 'Ann Price changed price of product LAPTOP-15 from 1299.99 USD to 1199.99 USD: spring promotion.',
    before: { price: '1299.9900', currency: 'USD' },
    actor: { kind: 'USER', key: 'ann', displayName: 'Ann Price', role: 'buyer', isVerified: false, user: { key: 'ann' } },
    changes: [
      {
        ...{ field: 'price', delta: '-100.00', kind: 'MODIFIED' },
        before: { amount: '1299.99', currency: 'USD' },
        after: { amount: '1199.99', currency: 'USD' },
      },
    ],
    reason: {
      text: 'spring promotion',
      code: 'PROMOTION',
      reference: 'T-1',
      source: 'CALLER',
      statedBy: { key: 'ann' },
      approvedBy: { displayName: 'Bob Ray' },
    },
    reasons: [{ text: 'spring promotion' }],
    origin: { application: 'shop', clientIp: '10.1.2.3', recordSource: 'erp', requestId: 'r-1', sessionId: 's-1' },
    run: null,
  });
  expect(stock).toMatchObject({
    actor: { kind: 'DATABASE', user: null, role: null },
    changes: [{ field: 'stockQuantity', before: 7, after: 5, delta: '-2', kind: 'MODIFIED' }],
    reason: null,
    reasons: [],
    origin: { recordSource: 'postgresql' },
  });
  expect(stock.actor.displayName).toBe(stock.actor.databaseUser);
  expect(made).toMatchObject({ operation: 'INSERT', before: null, actor: { kind: 'SERVICE', key: 'setup', user: null } });
  expect(made.changes.map(({ field, kind }: { field: string; kind: string }) => `${kind} ${field}`)).toEqual(
    ['id', 'sku', 'name', 'categories', 'price', 'stockQuantity', 'safetyStock', 'isActive', 'createdAt'].map((field) => `ADDED ${field}`),
  );
});

onEachDatabase('entries, runs and tables are nodes; an unknown one is null, nonsense is refused', async (context) => {
  const tenant = 'nodes';
  await openBusyTrail(context, tenant);
  const { auditEntries, runs, trackedTables } = await answer(
    context,
    tenant,
    `{ auditEntries(first: 2) { nodes { id } } runs(first: 1) { nodes { id } } trackedTables { id tableName } }`,
  );
  const known = [auditEntries.nodes[1].id, runs.nodes[0].id, trackedTables[0].id, auditEntries.nodes[0].id];
  const ids = [...known, encodeGlobalId('AuditEntry', '999999999'), encodeGlobalId('Run', 'run_19990101_000000_00000000')];
  const query =
    'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on AuditEntry { operation } ... on Run { key } ... on TrackedTable { tableName } } }';
  const { nodes } = await answer(context, tenant, query, { ids });
  expect(nodes.map((node: { id: string } | null) => node?.id ?? null)).toEqual([...known, null, null]);
  expect(nodes.map((node: { __typename: string } | null) => node?.__typename)).toEqual([
    'AuditEntry',
    'Run',
    'TrackedTable',
    'AuditEntry',
    undefined,
    undefined,
  ]);
  for (const id of [
    encodeGlobalId('AuditEntry', 'x'),
    encodeGlobalId('Run', 'x'),
    encodeGlobalId('TrackedTable', '-1'),
    encodeGlobalId('Actor', 'ann'),
  ]) {
    expect(await codeOf(context, tenant, query, { ids: [id] })).toBe('BAD_USER_INPUT');
  }
});

onEachDatabase('without the permission nothing of the trail is told or written', async (context) => {
  await openTrail(context, 'scopes');
  const scopes = new Set(['PII_READ'] as const);
  const code = (source: string) => codeOf(context, 'scopes', source, {}, { scopes });
  expect(await code('{ auditEntries { totalCount } }')).toBe('FORBIDDEN');
  expect(await code('{ trackedTables { tableName } }')).toBe('FORBIDDEN');
  expect(await code('mutation { startRun(input: { name: "x" }) { run { key } } }')).toBe('FORBIDDEN');
  expect(await code('mutation { trackTable(input: { tableName: "public.x" }) { userErrors { code } } }')).toBe('FORBIDDEN');
  expect(await answer(context, 'scopes', '{ runs { totalCount } }')).toEqual({ runs: { totalCount: 0 } });
});

onEachDatabase('who made a customer is an actor', async (context) => {
  const customer = { id: 1, key: 'C1', name: 'Cara', created_by: 1, created_at: '2026-01-03' };
  await openTrail(context, 'creators');
  await change(
    context,
    { tenant: 'creators', actor: 'ann' },
    insert('customers', 'creators', customer, { ...customer, id: 2, key: 'C2', created_by: null }),
  );
  const { customers } = await answer(context, 'creators', '{ customers { nodes { key createdBy { key kind displayName user { id } } } } }');
  expect(customers.nodes).toEqual([
    { key: 'C1', createdBy: { key: 'ann', kind: 'USER', displayName: 'Ann Price', user: { id: encodeGlobalId('User', '1') } } },
    { key: 'C2', createdBy: null },
  ]);
});
