import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { catchUp } from '../../../src/rooms/feed/catch-up.ts';
import type { ImportReport } from '../../../src/rooms/sources/import.model.ts';
import { importOnlineRetail } from '../../../src/rooms/sources/online-retail.service.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer } from '../audit/trail.ts';
import { expectRetailDocuments } from '../lineage/document-graphs.ts';
import { expectOwnCancellations } from '../lineage/retail-journeys.ts';
import { money, workOut } from './retail-by-hand.ts';
import { sharedData } from './shared-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'whence-retail-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(sharedData === null)('the real Online Retail file', () => {
  const path = join(sharedData ?? '', 'online-retail', 'online_retail_2010-12-01_14.csv');
  const expected = sharedData === null ? null : workOut(path);

  const settled = (context: TestDatabase) => async (report: ImportReport) => {
    await catchUp(context.database);
    return report;
  };
  const imports = new Map<TestDatabase, Promise<ImportReport>>();
  const imported = (context: TestDatabase): Promise<ImportReport> => {
    const report = imports.get(context) ?? importOnlineRetail(context.source, path, { tenant: 'demo' }).then(settled(context));
    imports.set(context, report);
    return report;
  };

  onEachDatabase(
    'is replayed into the shop and the trail as a second computation from the file says, and a repeat doubles nothing',
    async (context) => {
      const { source, owner } = context;
      const wanted = expected!;
      const report = await imported(context);
      expect(report).toMatchObject(countsOf(wanted));
      expect(await shopOf(owner)).toEqual(shopWanted(wanted));
      expect(await priceHistory(owner)).toEqual(pricesWanted(wanted));

      const events = await owner.run<{
        said: string;
        sku: string;
        has_key: boolean;
      }>(`select concat_ws(' ', reference, entity_key, details ->> 'quantity') as said,
        entity_key as sku, record_key = (select p.id::text from commerce.products p where p.sku = entity_key) as has_key
        from audit.entry where operation = 'EVENT' and operation_name = 'CANCELLATION_UNMATCHED' order by id`);
      expect(events.map(({ said }) => said)).toEqual(wanted.unmatched);
      expect(events.every(({ has_key }) => has_key)).toBe(true);

      const notes = await owner.run<{ note: string }>(
        `select coalesce(reason, '') as note from audit.entry where reason_code = 'STOCK_ADJUSTMENT' order by id`,
      );
      expect(notes.map(({ note }) => note)).toEqual(wanted.notes);
      expect(await runsOf(owner)).toEqual(wanted.days.map((day) => ({ day, status: 'SUCCEEDED', named: true })));
      expect(await owner.run(`select distinct actor, actor_kind, record_source from audit.entry`)).toEqual([
        { actor: 'import', actor_kind: 'SERVICE', record_source: 'online-retail' },
      ]);
      expect(
        await owner.run(
          `select count(*)::int as strangers from audit.entry where occurred_at < '2010-12-01' or occurred_at > '2010-12-15'`,
        ),
      ).toEqual([{ strangers: 0 }]);

      await expectAnalytics(context, wanted);
      await expectReasons(context, wanted);

      const entries = await entryCount(owner);
      const copy = join(folder, 'another-name.csv');
      copyFileSync(path, copy);
      const again = await importOnlineRetail(source, copy, { tenant: 'demo' });
      expect(again).toMatchObject({ linesRead: wanted.lines, taken: 0, alreadyTaken: wanted.lines, rejected: 0, made: {} });
      expect(await entryCount(owner)).toBe(entries);
    },
    { timeoutMs: 240_000 },
  );

  // Statements of journeys and lineage are tried on PGlite with smaller shops.
  onEachDatabase(
    'gives customers the journeys that the file tells',
    async (context) => {
      await imported(context);
      await expectOwnCancellations(context, path);
    },
    { timeoutMs: 400_000, only: 'postgresql' },
  );

  onEachDatabase(
    'has lineage documents that keep to their formats and are read by others',
    async (context) => {
      await imported(context);
      await expectRetailDocuments(context);
    },
    { timeoutMs: 300_000, only: 'postgresql' },
  );
});

type Owner = TestDatabase['owner'];

async function expectAnalytics(context: TestDatabase, { made, prices, sold, unmatched, matched }: Wanted): Promise<void> {
  const range = '{ from: "2010-12-01T00:00:00Z", to: "2010-12-15T00:00:00Z" }';
  const { analytics } = await answer(
    context,
    'demo',
    `{ analytics {
      made: changeSummary(range: ${range}, groupBy: [DAY, TABLE_NAME], filter: { operation: { eq: INSERT } }) { day tableName count entityCount }
      unmatched: changeSummary(range: ${range}, groupBy: [OPERATION_NAME], filter: { operationName: { eq: "CANCELLATION_UNMATCHED" } }) { count }
      cancellations: changeSummary(range: ${range}, groupBy: [OPERATION], filter: { entityType: ORDER_ITEM, operation: { eq: UPDATE } }) { count entityCount }
      days: changeTrend(range: ${range}, filter: { tableName: { eq: "commerce.order_items" }, operation: { eq: INSERT } }) { bucketStart count }
      priceChangeDistribution(range: ${range}, bucketPercent: 100) { from to count }
      statusTransitions(range: ${range}, entityType: ORDER_ITEM) { statusBefore statusAfter count isExpected }
    } }`,
  );
  const madeToday = analytics.made.map(({ day, tableName, count }: Record<string, string>) => [`${day} ${tableName}`, count]);
  expect(new Map(madeToday)).toEqual(made);
  expect(analytics.made.every(({ count, entityCount }: Record<string, number>) => count === entityCount)).toBe(true);
  expect(analytics.unmatched).toEqual([{ count: unmatched.length }]);
  const itemsOn = (day: string) => made.get(`${day} commerce.order_items`) ?? 0;
  expect(analytics.days).toHaveLength(14);
  for (const { bucketStart, count } of analytics.days) expect(count).toBe(itemsOn(bucketStart.slice(0, 10)));
  const bars = new Map<string, number>();
  for (const list of prices.values()) {
    for (const [index, [price]] of list.entries()) {
      const old = list[index - 1]?.[0] ?? 0n;
      if (old === 0n) continue;
      const from = String((price / old) * 100n - 100n); // prices are positive, so the quotient is cut to the bar's lower bound
      bars.set(from, (bars.get(from) ?? 0) + 1);
    }
  }
  const filled = analytics.priceChangeDistribution.filter(({ count }: { count: number }) => count > 0);
  expect(new Map(filled.map(({ from, count }: Record<string, unknown>) => [from, count]))).toEqual(bars);
  const cancelled = sold.filter((item) => item.cancelled).length;
  expect([matched, cancelled]).toEqual([150, 133]); // 17 items were cancelled bit by bit
  expect(analytics.cancellations).toEqual([{ count: matched, entityCount: cancelled }]);
  expect(analytics.statusTransitions).toEqual([
    { statusBefore: null, statusAfter: 'ORDERED', count: sold.length, isExpected: true },
    { statusBefore: 'ORDERED', statusAfter: 'CANCELLED', count: cancelled, isExpected: true },
  ]);
}
type Wanted = ReturnType<typeof workOut>;

/** Asked why it has its price, a product names the invoices that gave it one, newest first, and no other. */
async function expectReasons(context: TestDatabase, { prices }: Wanted): Promise<void> {
  // Those whose prices the narrative tells all: of the most, some in between, the fewest.
  const several = [...prices].filter(([, list]) => list.length >= 3 && list.length <= 60 && list[0]![0] > 0n);
  const told = several.toSorted(([, a], [, b]) => b.length - a.length);
  const products = [0, 1, 2, Math.floor(told.length / 2), told.length - 1].map((place) => told[place]!);
  expect(products[0]![1].length).toBeGreaterThan(5);
  for (const [sku, list] of products) {
    const invoices = list.map(([, invoice]) => invoice).reverse();
    const { product } = await answer(
      context,
      'demo',
      `{ product(by: { sku: "${sku}" }) { why(field: "price") { reasons { reason { text reference } } narrative { text } } } }`,
    );
    const reasons: { text: string; reference: string }[] = product.why.reasons.map(({ reason }: { reason: unknown }) => reason);
    const named = (text: string) => [...text.matchAll(/invoice (\w+)/gi)].map(([, invoice]) => invoice);
    expect(reasons.flatMap(({ text }) => named(text))).toEqual(invoices);
    expect(reasons.map(({ reference }) => reference)).toEqual(invoices);
    expect(new Set(named(product.why.narrative.text))).toEqual(new Set(invoices));
  }
}

function countsOf(wanted: Wanted): Partial<ImportReport> {
  const changes = [...wanted.prices.values()].reduce((sum, prices) => sum + prices.length - 1, 0);
  return {
    linesRead: wanted.lines,
    taken: wanted.lines,
    rejected: 0,
    made: expect.objectContaining({
      products: wanted.prices.size,
      customers: wanted.customers.length,
      orders: wanted.invoices.length,
      items: wanted.sold.length,
      priceChanges: changes,
      cancellationsMatched: wanted.matched,
      cancellationsUnmatched: wanted.unmatched.length,
      stockAdjustments: wanted.notes.length,
      runs: wanted.days.length,
    }),
  };
}

/** Each product, item and order on one line. */
async function shopOf(owner: Owner): Promise<{ products: string[]; items: string[]; orders: string[]; customers: string[] }> {
  const lines = async (query: string) => (await owner.run<{ line: string }>(query)).map(({ line }) => line).sort();
  return {
    products: await lines(`select concat_ws('|', sku, name, stock_quantity) as line from commerce.products`),
    items: await lines(`select concat_ws('|', o.number, i.line, p.sku, i.quantity, i.unit_price, i.line_total, i.status) as line
      from commerce.order_items i join commerce.orders o on o.id = i.order_id join commerce.products p on p.id = i.product_id`),
    orders: await lines(`select concat_ws('|', o.number, coalesce(c.key, '-'), o.subtotal, o.total, o.status, o.currency) as line
      from commerce.orders o left join commerce.customers c on c.id = o.customer_id`),
    customers: await lines(`select key || '|' || name as line from commerce.customers where email is null and phone is null`),
  };
}

function shopWanted({ sold, invoices, stock, names, customers }: Wanted): Awaited<ReturnType<typeof shopOf>> {
  const decimal = (amount: bigint) => `${amount / 10_000n}.${String(amount % 10_000n).padStart(4, '0')}`;
  const ofInvoice = (invoice: string) => sold.filter((one) => one.invoice === invoice);
  return {
    products: [...stock].map(([sku, quantity]) => [sku, names.get(sku), quantity].join('|')).sort(),
    items: invoices
      .flatMap((invoice) =>
        ofInvoice(invoice).map(({ sku, left, price, cancelled }, i) =>
          [invoice, i + 1, sku, left, decimal(price), decimal(price * left), cancelled ? 'CANCELLED' : 'ORDERED'].join('|'),
        ),
      )
      .sort(),
    orders: invoices
      .map((invoice) => {
        const total = decimal(ofInvoice(invoice).reduce((sum, { left, price }) => sum + left * price, 0n));
        return [invoice, ofInvoice(invoice)[0]!.customer.replace('.0', '') || '-', total, total, 'INVOICED', 'GBP'].join('|');
      })
      .sort(),
    customers: customers.map((key) => `${key}|Customer ${key}`).sort(),
  };
}

/** Per product: the price it began with, then `old>new invoice` for each change, from the trail. */
async function priceHistory(owner: Owner): Promise<Record<string, string[]>> {
  const rows = await owner.run<{
    sku: string;
    operation: string;
    before: string;
    after: string;
    reference: string;
    reason: string;
    code: string;
  }>(
    `select entity_key as sku, operation, before ->> 'price' as before, after ->> 'price' as after, reference, reason, reason_code as code
     from audit.entry e join audit.tracked_table t using (table_key) where t.table_name = 'commerce.products' and after ? 'price' order by id`,
  );
  const history: Record<string, string[]> = {};
  for (const { sku, operation, before, after, reference, reason, code } of rows) {
    history[sku] ??= [];
    history[sku].push(operation === 'INSERT' ? `${money(after)}` : `${money(before)}>${money(after)} ${reference} ${code} ${reason}`);
  }
  return history;
}

function pricesWanted({ prices }: Wanted): Record<string, string[]> {
  const told = (price: bigint) =>
    `${price / 10_000n}.${String(price % 10_000n)
      .padStart(4, '0')
      .replace(/0{1,2}$/, '')}`;
  return Object.fromEntries(
    [...prices].map(([sku, list]) => [
      sku,
      list.map(([price, invoice], i) =>
        i === 0 ? `${price}` : `${list[i - 1]![0]}>${price} ${invoice} INVOICE_PRICE Invoice ${invoice} sold it at ${told(price)} GBP`,
      ),
    ]),
  );
}

function runsOf(owner: Owner) {
  return owner.run(`select to_char(started_at at time zone 'UTC', 'YYYY-MM-DD') as day, status,
    run_id like 'run\\_' || to_char(started_at at time zone 'UTC', 'YYYYMMDD') || '\\_%' and finished_at >= started_at
      and finished_at < started_at + interval '1 day' and exists (select from audit.entry e where e.run_id = r.run_id and e.operation = 'INSERT') as named
    from audit.run r order by started_at`);
}

async function entryCount(owner: Owner): Promise<number> {
  const [row] = await owner.run<{ n: number }>('select count(*)::int as n from audit.entry');
  return row!.n;
}
