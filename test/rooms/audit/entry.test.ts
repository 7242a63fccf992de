import { expect } from 'vitest';
import { onEachDatabase } from '../../support/databases.ts';
import { answer, openTrail } from './trail.ts';

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
