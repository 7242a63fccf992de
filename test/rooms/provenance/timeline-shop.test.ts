import { expect } from 'vitest';
import { onEachDatabase, startFrom } from '../../support/databases.ts';
import { filled } from '../demo-shop/filled.ts';
import { answer, ask } from './asking.ts';

startFrom('shop');

onEachDatabase('the price of the laptop fell by 7.6924 per cent, for a reason', async (context) => {
  await filled(context);
  const { product } = await answer<{ product: { priceHistory: unknown } }>(
    context,
    'demo',
    `{ product(by: { sku: "LAPTOP-15" }) { priceHistory(first: 5) { totalCount pageInfo { hasNextPage hasPreviousPage } nodes {
        occurredAt priceBefore { amount currency } priceAfter { amount currency } changePercent actor { displayName } summary reason { text code } } } } }`,
  );
  expect(product.priceHistory).toEqual({
    ...{ totalCount: 1, pageInfo: { hasNextPage: false, hasPreviousPage: false } },
    nodes: [
      {
        ...{ occurredAt: '2026-02-11T10:04:37.250114Z', actor: { displayName: 'Priya Nair' }, changePercent: -7.6924 },
        ...{ priceBefore: { amount: '1299.99', currency: 'USD' }, priceAfter: { amount: '1199.99', currency: 'USD' } },
        summary:
          'Priya Nair changed price of product LAPTOP-15 from 1299.99 USD to 1199.99 USD: Spring promotion: stay close to the price of Northgate Electronics.',
        reason: { text: 'Spring promotion: stay close to the price of Northgate Electronics', code: 'PROMOTION' },
      },
    ],
  });
});

onEachDatabase('order 123 went from pending to delivered, each step expected, with the time spent in each', async (context) => {
  await filled(context);
  const { order } = await answer<{ order: { statusFlow: Record<string, unknown>[] } }>(
    context,
    'demo',
    '{ order(by: { number: "123" }) { statusFlow { statusBefore statusAfter isExpected timeInPreviousMs occurredAt } } }',
  );
  const told = order.statusFlow.map(({ statusBefore, statusAfter, isExpected }) => `${statusBefore} ${statusAfter} ${isExpected}`);
  expect(told).toEqual([
    ...['null PENDING true', 'PENDING CONFIRMED true', 'CONFIRMED PROCESSING true', 'PROCESSING SHIPPED true', 'SHIPPED DELIVERED true'],
  ]);
  const times = order.statusFlow.map(({ occurredAt }) => Date.parse(String(occurredAt)));
  const spent = order.statusFlow.map(({ timeInPreviousMs }) => timeInPreviousMs);
  expect(spent[0]).toBeNull();
  for (const [index, time] of times.entries()) if (index > 0) expect(spent[index]).toBeCloseTo(time - (times[index - 1] ?? 0), -1);
});

onEachDatabase('the express delivery of order 123 shows in its shipping amount and its total, with the reason', async (context) => {
  await filled(context);
  const { order } = await answer<{ order: { timeline: unknown } }>(
    context,
    'demo',
    `{ order(by: { number: "123" }) { timeline(itemTypes: [AMOUNT_CHANGE, APPLICATION_EVENT, FIELDS_CHANGED]) { totalCount nodes { __typename summary
        ... on AmountChange { field amountBefore { amount } amountAfter { amount } reason { text } }
        ... on FieldsChanged { changes { field before after } }
        ... on ApplicationEvent { operationName details } } } } }`,
  );
  const reason = { text: 'Express delivery added on the telephone' };
  expect(order.timeline).toEqual({
    totalCount: 3,
    nodes: [
      {
        ...{ __typename: 'ApplicationEvent', operationName: 'SUPPORT_CALL', summary: 'Carlos Mendes recorded SUPPORT_CALL for order 123.' },
        details: { channel: 'telephone', minutes: 6, ticket: 'HELP-2207', topic: 'When will it be sent?' },
      },
      {
        ...{
          __typename: 'AmountChange',
          field: 'shippingAmount',
          amountBefore: { amount: '0.00' },
          amountAfter: { amount: '12.00' },
          reason,
        },
        summary: 'Carlos Mendes changed shipping amount of order 123 from 0.00 USD to 12.00 USD: Express delivery added on the telephone.',
      },
      {
        ...{ __typename: 'AmountChange', field: 'total', amountBefore: { amount: '1319.01' }, amountAfter: { amount: '1331.01' }, reason },
        summary: 'Carlos Mendes changed total of order 123 from 1319.01 USD to 1331.01 USD: Express delivery added on the telephone.',
      },
    ],
  });
});

onEachDatabase('the safety stock of SKU001 was lowered by the system and raised by Ada Brandt', async (context) => {
  await filled(context);
  const { product } = await answer<{ product: { timeline: { nodes: { level?: string }[] } } }>(
    context,
    'demo',
    `{ product(by: { sku: "SKU001" }) { timeline(itemTypes: [STOCK_CHANGE], range: { from: "2026-02-09T00:00:00Z", to: "2026-02-16T00:00:00Z" }) { nodes {
        ... on StockChange { level levelBefore levelAfter actor { displayName } reason { text } } } } } }`,
  );
  expect(product.timeline.nodes.filter(({ level }) => level === 'SAFETY')).toEqual([
    {
      level: 'SAFETY',
      levelBefore: 15,
      levelAfter: 10,
      actor: { displayName: 'system' },
      reason: { text: 'Demand of the last 30 days fell' },
    },
    {
      level: 'SAFETY',
      levelBefore: 10,
      levelAfter: 20,
      actor: { displayName: 'Ada Brandt' },
      reason: { text: 'Supplier now needs ten days to deliver' },
    },
  ]);
});

onEachDatabase('twenty products are asked for their price history with the statements of one', async (context) => {
  await filled(context);
  const asked = (first: number) =>
    ask(
      context,
      'demo',
      `{ products(first: ${first}) { nodes { priceHistory(first: 3) { nodes { changePercent summary reason { text } auditEntry { id } } } timeline(first: 5) { totalCount nodes { id } } } } }`,
    );
  const [one, twenty] = [await asked(1), await asked(20)];
  expect(twenty.errors).toBeUndefined();
  expect(twenty.statements.filter((name) => name.startsWith('provenance.'))).toEqual(
    one.statements.filter((name) => name.startsWith('provenance.')),
  );
});
