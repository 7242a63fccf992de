import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { schemaOf } from '../../../src/app.ts';
import { examples } from '../../../src/examples.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import {
  BatchEventsDocument,
  FailedRunsDocument,
  OrderProgressDocument,
  PriceHistoryDocument,
  ProductTraceDocument,
  UnexplainedPricesDocument,
  WhoUpdatedSafetyStockDocument,
} from '../../generated/operations.ts';
import { ask } from '../../support/ask.ts';
import { onEachDatabase, startFrom } from '../../support/databases.ts';
import { filled } from './filled.ts';

startFrom('shop');

const folder = join(packageRoot, 'schema', 'operations');
const names = readdirSync(folder).map((file) => file.replace(/\.graphql$/, ''));
const textOf = (name: string) => readFileSync(join(folder, `${name}.graphql`), 'utf8');

onEachDatabase('price-history tells who reduced the price of the laptop, why, and what came before', async (context) => {
  await filled(context);
  expect(await ask(context, PriceHistoryDocument)).toEqual({
    product: {
      ...{ name: 'Laptop 15', price: { amount: '1199.99', currency: 'USD' } },
      priceHistory: {
        nodes: [
          {
            ...{ occurredAt: '2026-02-11T10:04:37.250114Z', actor: { displayName: 'Priya Nair' }, changePercent: -7.6924 },
            ...{ priceBefore: { amount: '1299.99', currency: 'USD' }, priceAfter: { amount: '1199.99', currency: 'USD' } },
            reason: {
              ...{ text: 'Spring promotion: stay close to the price of Northgate Electronics', code: 'PROMOTION', reference: 'PRC-468' },
              approvedBy: { displayName: 'Ada Brandt' },
            },
            auditEntry: {
              causes: [
                {
                  ...{ occurredAt: '2026-02-11T06:00:12.418905Z', operationName: 'COMPETITOR_PRICE', summary: expect.any(String) },
                  details: { competitor: 'Northgate Electronics', price: '1189.00', currency: 'USD' },
                },
              ],
            },
          },
        ],
      },
    },
  });
});

onEachDatabase('batch-events tells the seventeen entries in order', async (context) => {
  await filled(context);
  const { run } = await ask(context, BatchEventsDocument);
  expect(run).toMatchObject({
    name: 'Confirm 15 orders',
    status: 'SUCCEEDED',
    startedAt: '2026-02-17T14:30:22.104512Z',
    durationMs: 2341.592,
    entryCount: 17,
  });
  const operations = run?.entries.nodes.map(({ operationName }) => operationName);
  expect(operations).toEqual(['BATCH_START', ...Array.from({ length: 15 }, () => 'ORDER_CONFIRMED'), 'BATCH_END']);
  expect(run?.entries.pageInfo.hasNextPage).toBe(false);
});

onEachDatabase('safety-stock names both who changed it that week', async (context) => {
  await filled(context);
  expect(await ask(context, WhoUpdatedSafetyStockDocument)).toEqual({
    auditEntries: {
      nodes: [
        {
          ...{ occurredAt: '2026-02-15T14:32:11.000000Z', actor: { displayName: 'Ada Brandt' } },
          changes: [{ field: 'safetyStock', before: 10, after: 20 }],
          reason: { text: 'Supplier now needs ten days to deliver' },
        },
        {
          ...{ occurredAt: '2026-02-10T09:15:33.000000Z', actor: { displayName: 'system' } },
          changes: [{ field: 'safetyStock', before: 15, after: 10 }],
          reason: { text: 'Demand of the last 30 days fell' },
        },
      ],
    },
  });
});

onEachDatabase('order-progress tells the way of order 123', async (context) => {
  await filled(context);
  const { order, auditEntries } = await ask(context, OrderProgressDocument);
  expect(order).toMatchObject({
    ...{ status: 'DELIVERED', total: { amount: '1331.01', currency: 'USD' } },
    payments: { nodes: [{ key: 'PAY-123', method: 'CARD', status: 'SETTLED', amount: { amount: '1331.01' } }] },
    items: [
      { key: '123/1', unitPrice: { amount: '1299.99' }, product: { sku: 'LAPTOP-15' } },
      { key: '123/2', product: { sku: 'SKU001' } },
    ],
  });
  expect(order?.statusFlow).toMatchObject([
    { statusBefore: null, statusAfter: 'PENDING', isExpected: true, timeInPreviousMs: null },
    ...[
      { statusBefore: 'PENDING', statusAfter: 'CONFIRMED' },
      { statusBefore: 'CONFIRMED', statusAfter: 'PROCESSING' },
      { statusBefore: 'PROCESSING', statusAfter: 'SHIPPED' },
      { statusBefore: 'SHIPPED', statusAfter: 'DELIVERED' },
    ].map((step) => ({ ...step, isExpected: true, timeInPreviousMs: expect.any(Number) })),
  ]);
  const states = auditEntries?.nodes.flatMap(({ changes }) => changes.filter(({ field }) => field === 'status').map(({ after }) => after));
  expect(states).toEqual(['PENDING', 'CONFIRMED', 'PROCESSING', 'SHIPPED', 'DELIVERED']);
});

onEachDatabase('failed-runs and unexplained-prices find what went wrong', async (context) => {
  await filled(context);
  const { runs } = await ask(context, FailedRunsDocument);
  expect(runs).toMatchObject({
    nodes: [
      { name: 'Nightly prices from LIST-370', entries: { nodes: [{}, { operationName: 'PRODUCT_LOCKED', entityKey: 'DOCK-C' }, {}] } },
    ],
  });
  const { auditEntries } = await ask(context, UnexplainedPricesDocument);
  const keys = auditEntries?.nodes.map(({ entityKey }) => entityKey);
  expect(keys).toEqual(['SSD-1T', 'MONITOR-27', 'WEBCAM-HD']);
});

onEachDatabase(
  'product-trace tells who gave the laptop each of its values, and what happened to it from its creation on',
  async (context) => {
    await filled(context);
    const { product } = await ask(context, ProductTraceDocument);
    const price = product?.blame.find(({ field }) => field === 'price');
    expect(price).toMatchObject({
      ...{ value: { amount: '1199.99', currency: 'USD' }, changeCount: 1 },
      auditEntry: { occurredAt: '2026-02-11T10:04:37.250114Z', actor: { displayName: 'Priya Nair' } },
    });
    const { nodes, pageInfo } = product?.timeline ?? { nodes: [], pageInfo: null };
    expect(nodes).toHaveLength(50);
    expect(pageInfo?.hasNextPage).toBe(true);
    expect(nodes[0]?.summary).toMatch(/ created product LAPTOP-15/);
    expect(nodes.filter((item) => 'changePercent' in item)).toMatchObject([
      { priceBefore: { amount: '1299.99' }, priceAfter: { amount: '1199.99' }, changePercent: -7.6924 },
    ]);
    expect(nodes.find((item) => 'level' in item)).toMatchObject({ level: 'ON_HAND', stockBefore: expect.any(Number) });
  },
);

describe('the operations', () => {
  const schema = schemaOf(
    { kind: 'pglite', read: async () => [], write: () => Promise.reject(new Error('nothing is written')), close: async () => {} },
    'a secret for tests only',
  );

  it.each(names)('%s fits the schema and begins with its question', (name) => {
    expect(validate(schema, parse(textOf(name)))).toEqual([]);
    expect(textOf(name)).toMatch(/^# .*\?\n(query|mutation) \w+/);
  });

  it('are what `whence serve` prints and GraphiQL opens', () => {
    expect(examples.map(({ question }) => question)).toEqual([
      'Why was the price of the laptop reduced to 1199.99?',
      'What happened in the batch run_20260217_143022_a1b2c3d4?',
      'Which user updated the safety stock of SKU001 last week?',
    ]);
    for (const { query } of examples) expect(query).toMatch(/^query /);
  });
});
