// Products with 20 entries each, mostly of their stock, and one with 20,000; asked through GraphQL as the server answers.
import { graphql } from 'graphql';
import postgres, { type Sql } from 'postgres';
import { schemaOf } from '../../../src/app.ts';
import type { Observe, Statement } from '../../../src/database/database.ts';
import { openDatabase, openOwner } from '../../../src/database/open.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import { median, quantile } from '../capture/measure.ts';

const entriesPerRecord = 20;
const busyEntries = 20_000;
/** Its price changed every 1,000 entries, its stock with all the others. */
const busyId = 1;

export interface Milliseconds {
  readonly median: number;
  readonly p95: number;
}

export interface Explanation {
  readonly what: string;
  /** Sent for one answer. */
  readonly statements: number;
  readonly executed: Milliseconds;
  readonly waited: Milliseconds;
}

/** Entries until the trail holds `total`: creations first, then changes of all products in turn, so that a record's entries lie far apart. */
export async function fillShop(url: string, total: number): Promise<void> {
  const owner = await openOwner({ url });
  const records = Math.ceil(total / entriesPerRecord);
  try {
    const [table] = await owner.run<{ key: number; version: number }>(
      "select table_key as key, schema_version as version from audit.tracked_table where table_name = 'commerce.products'",
    );
    // What a smaller trail of the same run left behind goes: nothing but a benchmark may do so.
    await owner.run(`set synchronous_commit = off; set session_replication_role = replica; delete from audit.entry; delete from commerce.products;
      insert into commerce.products (tenant, id, sku, name, categories, price, currency, stock_quantity)
        select 'demo', i, 'SKU' || i, 'Product ' || i, '{tools}', 10, 'EUR', 5 from generate_series(1, ${records}) i`);
    const columns =
      'tenant, table_key, schema_version, operation, record_key, entity_key, actor, application, reason, occurred_at, before, after';
    const at = (i: string) => `timestamptz '2025-01-01' + ${i} * interval '1 second'`;
    const context = `'demo', ${table?.key}, ${table?.version}`;
    await owner.run(`select audit.ensure_partitions(); insert into audit.entry (${columns})
      select ${context}, 'INSERT', i::text, 'SKU' || i, 'ann', 'shop', 'Opening', ${at('i')}, null, to_jsonb(p) - 'price' || jsonb_build_object('price', p.price::text, 'id', p.id::text)
        from generate_series(1, ${records}) i join commerce.products p on p.id = i`);
    for (let from = records; from < total; from += 250_000) {
      const to = Math.min(total, from + 250_000);
      // Every entry of the busy product lies among those of the others.
      const busy = `(i % ${Math.max(1, Math.floor((total - records) / busyEntries))} = 0)`;
      await owner.run(`select audit.ensure_partitions(); insert into audit.entry (${columns})
        select ${context}, 'UPDATE', r::text, 'SKU' || r, 'actor' || (i % 500), 'shop', case when i % 3 = 0 then 'Order placed' end, ${at('i')},
          case when isPrice then jsonb_build_object('price', (10 + i % 7) || '.0000', 'currency', 'EUR') else jsonb_build_object('stock_quantity', i % 100) end,
          case when isPrice then jsonb_build_object('price', (11 + i % 7) || '.0000', 'currency', 'EUR') else jsonb_build_object('stock_quantity', i % 100 + 1) end
          from generate_series(${from + 1}, ${to}) i
         cross join lateral (select case when ${busy} then ${busyId} else 2 + (i * 7919::bigint) % ${records - 1} end as r, i % ${20 * 997} < 997 as isPrice) p`);
    }
    for (const statement of ['reset session_replication_role', 'vacuum analyze audit.entry', 'vacuum analyze commerce.products'])
      await owner.run(statement);
  } finally {
    await owner.close();
  }
}

/** What PostgreSQL says executing a statement took: explain runs it once more. */
async function executionMs(sql: Sql, { text, params }: Statement): Promise<number> {
  const values = params.map((value) => (value === null ? null : String(value)));
  const [row] = await sql.unsafe(`explain (analyze, timing off, format json) ${text}`, values, { prepare: true });
  const plan: unknown = row?.['QUERY PLAN'];
  return (plan as { 'Execution Time': number }[])[0]?.['Execution Time'] ?? Number.NaN;
}

const narrative = 'narrative { text sentences { evidence { id } } }';
const why = `{ reasons { change { field before after } reason { text } impact { before after } auditEntry { id actor { displayName } } } causes { degree relation auditEntry { id summary } } ${narrative} }`;
const how = `{ totalDurationMs steps { sincePreviousMs isExpected changes { field before after } auditEntry { id } } ${narrative} }`;
const where = `{ fields { field value actor { displayName } origin { application } auditEntry { id } copiedFrom { column } } ${narrative} }`;
const questions: readonly (readonly [what: string, selection: string])[] = [
  ['why (price)', `why(field: "price") ${why}`],
  ['why (stockQuantity)', `why(field: "stockQuantity") ${why}`],
  ['why', `why ${why}`],
  ['how (price)', `how(field: "price") ${how}`],
  ['how', `how ${how}`],
  ['where', `where ${where}`],
  ['blame without changeCount', 'blame { field value auditEntry { id } }'],
  ['timeline(first: 50)', 'timeline(first: 50) { nodes { __typename occurredAt summary } }'],
  [
    'priceHistory(first: 20)',
    'priceHistory(first: 20) { nodes { occurredAt priceBefore { amount } priceAfter { amount } reason { text } } }',
  ],
  ['history(first: 20)', 'history(first: 20) { nodes { id changes { field before after } } }'],
];

export async function measureExplanations(url: string, total: number, repeats: number): Promise<Explanation[]> {
  const sent: Statement[] = [];
  const observe: Observe = (observation) => void sent.push(observation.sent);
  const database = await openDatabase({ url });
  database.observe(observe);
  const app = postgres(url, {
    max: 1,
    onnotice: () => {},
    connection: { role: 'whence_app', jit: 'off' } as Record<string, string | boolean>,
  });
  const schema = schemaOf(database, 'a secret for the benchmark');
  const records = Math.ceil(total / entriesPerRecord);
  const kinds: readonly (readonly [string, (i: number) => number])[] = [
    ['an ordinary record', (i) => 2 + ((i * 7919) % (records - 1))],
    [`one with ${busyEntries.toLocaleString('en')} entries`, () => busyId],
  ];
  const summary = (values: number[]): Milliseconds => ({ median: median(values), p95: quantile(values, 0.95) });
  try {
    const found: Explanation[] = [];
    for (const [kind, idOf] of kinds) {
      for (const [what, selection] of questions) {
        const waited: number[] = [];
        const executed: number[] = [];
        for (let i = 0; i < repeats + 5; i++) {
          sent.length = 0;
          const started = performance.now();
          const source = `{ product(by: { sku: "SKU${idOf(i)}" }) { ${selection} } }`;
          const { errors } = await graphql({ schema, source, contextValue: requestContext(fixedCaller, 'bench') });
          if (errors?.[0]) throw errors[0];
          if (i < 5) continue; // warms up
          waited.push(performance.now() - started);
          let ms = 0;
          for (const statement of sent) ms += await executionMs(app, statement);
          executed.push(ms);
        }
        found.push({ what: `${what}, ${kind}`, statements: sent.length, executed: summary(executed), waited: summary(waited) });
      }
    }
    return found;
  } finally {
    await app.end();
    await database.close();
  }
}
