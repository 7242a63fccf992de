import { expect } from 'vitest';
import { onEachDatabase, startFrom } from '../../support/databases.ts';
import { answer } from '../provenance/asking.ts';
import { filled } from './filled.ts';

startFrom('shop');

interface Sentence {
  text: string;
  evidence: { operationName: string | null }[];
}

onEachDatabase('why the laptop costs 1199.99 is told with reason, approval, cause and effect, each with its entries', async (context) => {
  await filled(context);
  const { product } = await answer<{
    product: { why: { narrative: { text: string; sentences: Sentence[] }; reasons: { impact: unknown }[] } };
  }>(
    context,
    'demo',
    `{ product(by: { sku: "LAPTOP-15" }) { why(field: "price", value: { amount: "1199.99", currency: "USD" }) {
        narrative { text sentences { text evidence { operationName } } } reasons { impact { measure before after periodDays } } } } }`,
  );
  const { narrative, reasons } = product.why;
  for (const told of [
    'Priya Nair',
    '1299.99 USD',
    '1199.99 USD',
    'Spring promotion: stay close',
    'PRC-468',
    'Ada Brandt',
    'COMPETITOR_PRICE',
    'Northgate Electronics',
    '1189.00',
  ])
    expect(narrative.text).toContain(told);
  expect(reasons).toEqual([{ impact: { measure: 'units_per_day', before: '0.43', after: '0.86', periodDays: 14 } }]);
  expect(narrative.sentences.map(({ evidence }) => evidence.map(({ operationName }) => operationName))).toEqual([
    ...[['PRICE_CHANGED'], ['PRICE_CHANGED'], ['COMPETITOR_PRICE']],
    ['PRICE_CHANGED', ...Array.from({ length: narrative.sentences[3]!.evidence.length - 1 }, () => 'ORDER_PLACED')],
  ]);
  expect(narrative.sentences[3]!.text).toContain('0.43 units a day');
});

onEachDatabase('what nobody explained is told to be unknown; a reason given later is told with who gave it', async (context) => {
  await filled(context);
  const text = async (sku: string) => {
    const { product } = await answer<{ product: { why: { narrative: { text: string } } } }>(
      context,
      'demo',
      `{ product(by: { sku: "${sku}" }) { why(field: "price") { narrative { text } } } }`,
    );
    return product.why.narrative.text;
  };
  expect(await text('WEBCAM-HD')).toContain(
    'Jonas Weber changed price of product WEBCAM-HD from 69.00 USD to 64.00 USD on 2026-01-08 16:20:33 UTC; the reason is unknown.',
  );
  expect(await text('LAMP-D')).toContain(
    'The reason was given later, by Priya Nair on 2026-02-19 11:40:02 UTC: "Shelf price of the outlet was meant; keep it"',
  );
});

onEachDatabase('order 123 took 5 days and 21 hours; four orders took steps that are not allowed', async (context) => {
  await filled(context);
  interface How {
    how: { totalDurationMs: number; narrative: { text: string }; steps: { isExpected: boolean; changes: { after: unknown }[] }[] };
  }
  const how = async (number: string) =>
    (
      await answer<{ order: How }>(
        context,
        'demo',
        `{ order(by: { number: "${number}" }) { how(field: "status") { totalDurationMs narrative { text } steps { isExpected changes { after } } } } }`,
      )
    ).order.how;
  const { totalDurationMs, narrative, steps } = await how('123');
  expect(totalDurationMs).toBe(508_319_008.345);
  expect(steps.map(({ changes }) => changes.map(({ after }) => after))).toEqual([
    ['PENDING'],
    ['CONFIRMED'],
    ['PROCESSING'],
    ['SHIPPED'],
    ['DELIVERED'],
  ]);
  expect(narrative.text).toMatch(
    /After 2 hours 14 minutes Lena Fischer changed status .* from PROCESSING to SHIPPED.* it took 5 days 21 hours\.$/,
  );
  for (const number of ['31', '58', '96', '141']) {
    const strange = await how(number);
    expect(strange.steps.filter(({ isExpected }) => !isExpected)).toHaveLength(1);
    expect(strange.narrative.text).toContain('The declared state machine does not allow this step.');
  }
});

onEachDatabase('the laptop on order 123 cost what it cost that day, and its payment what the order did', async (context) => {
  await filled(context);
  interface Where {
    where: {
      fields: { copiedFrom: { column: string; value: unknown; row: { table: string; key: unknown; entity: { key: string } } }[] }[];
    };
  }
  const copied = 'fields { copiedFrom { column value row { table key entity { key } } } }';
  const { order, product } = await answer<{
    order: { items: Where[]; payments: { nodes: Where[] } };
    product: { price: { amount: string } };
  }>(
    context,
    'demo',
    `{ order(by: { number: "123" }) { items { where(field: "unitPrice") { ${copied} } } payments { nodes { where(field: "amount") { ${copied} } } } } product(by: { sku: "LAPTOP-15" }) { price { amount } } }`,
  );
  expect(product.price.amount).toBe('1199.99');
  expect(order.items[0]?.where.fields).toEqual([
    {
      copiedFrom: [
        {
          column: 'price',
          value: { amount: '1299.99', currency: 'USD' },
          row: { table: 'products', key: { id: '1' }, entity: { key: 'LAPTOP-15' } },
        },
      ],
    },
  ]);
  expect(order.payments.nodes[0]?.where.fields[0]?.copiedFrom).toMatchObject([
    { column: 'total', value: { amount: '1331.01' }, row: { entity: { key: '123' } } },
  ]);
});
