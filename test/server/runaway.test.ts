// A statement that does not end: a policy makes one of every read of products.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/open.ts';
import { answered } from '../support/answered.ts';
import { onEachDatabase, type TestDatabase } from '../support/databases.ts';

const limits = { statementMs: 700, transactionMs: 5_000 };
const home = mkdtempSync(join(tmpdir(), 'whence-runaway-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const scene = `insert into commerce.products (tenant, sku, name, price, currency) values ('demo', 'KITE', 'Kite', 10, 'EUR');
  create policy runaway on commerce.products as restrictive for select to whence_app
    using ((select count(*) from generate_series(1, 100000000000)) > 0)`;

const event = (n: number) =>
  `mutation { recordAuditEvent(input: { operationName: "EVENT_${n}", idempotencyKey: "event-${n}" }) { auditEntry { operationName } } }`;
const january = '{ from: "2000-01-01T00:00:00Z" }';
const dashboard = `{
  analytics { changeSummary(range: ${january}, groupBy: [OPERATION], filter: { operation: { eq: EVENT } }) { count } }
  products(first: 1) { nodes { sku } }
  auditEntries(first: 1, filter: { operation: { eq: EVENT } }) { nodes { operationName } }
  viewer { tenantKey }
}`;

/** One panel fails by its time, the others have their answers; what was acknowledged is there, and writing goes on. */
async function survives(context: Pick<TestDatabase, 'database' | 'owner'>) {
  expect(await answered(context, event(1))).toMatchObject({ data: { recordAuditEvent: { auditEntry: { operationName: 'EVENT_1' } } } });
  await context.owner.run(scene);
  const { data, errors } = await answered(context, dashboard);
  expect(errors).toMatchObject([{ path: ['products'], extensions: { code: 'DEADLINE_EXCEEDED', retryable: true } }]);
  expect(data).toMatchObject({
    analytics: { changeSummary: [{ count: 1 }] },
    products: null,
    auditEntries: { nodes: [{ operationName: 'EVENT_1' }] },
    viewer: { tenantKey: 'demo' },
  });
  expect(await answered(context, event(2))).toMatchObject({ data: { recordAuditEvent: { auditEntry: { operationName: 'EVENT_2' } } } });
  expect(await context.owner.run(`select count(*)::int as events from audit.entry where operation = 'EVENT'`)).toEqual([{ events: 2 }]);
}

onEachDatabase(
  'a statement that does not end costs its panel alone',
  async ({ url, owner }) => {
    const database = await openDatabase({ url: url ?? '', limits });
    await survives({ database, owner });
    await database.close();
  },
  { only: 'postgresql', fresh: true },
);

it('a statement that does not end costs its panel alone, though the embedded database must be opened anew (pglite)', async () => {
  const database = await openDatabase({ dataDirectory: join(home, 'data'), migrate: true, limits });
  const { owner } = database;
  if (!owner) throw new Error('the embedded database has an owner');
  await survives({ database, owner });
  await database.close();
});
