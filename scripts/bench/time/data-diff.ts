// What a day's differences cost, in a short log and in one ten times as long: a day touches as many rows in either.
import { type GraphQLSchema, graphql } from 'graphql';
import { schemaOf } from '../../../src/app.ts';
import type { Database, Owner } from '../../../src/database/database.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { requestContext } from '../../../src/shared/request-context.ts';

const rows = 20_000;
const changesPerDay = 5_000;
/** Each of them changes twice. */
const rowsPerDay = changesPerDay / 2;
const beginning = Date.parse('2020-01-01T00:00:00Z');
const dayMs = 86_400_000;
const rounds = 10;

interface Case {
  readonly name: string;
  readonly selection: string;
}

const cases: readonly Case[] = [
  { name: 'statistics', selection: 'statistics { entityType added modified removed }' },
  { name: 'first 100, with what changed', selection: 'entities(first: 100) { nodes { kind changes { field before after } } }' },
];

/** Fills an empty log with changes of products, day by day; positions are to be given after it. */
export async function fillDays(owner: Owner, entries: number, perTransaction = 50_000): Promise<void> {
  await owner.run(`set synchronous_commit = off;
    update audit.tracked_table set tracked_since = '${new Date(beginning).toISOString()}'`);
  for (let from = 0; from < entries; from += perTransaction) {
    const to = Math.min(from + perTransaction, entries) - 1;
    await owner.run(`select audit.ensure_partitions();
      insert into audit.entry (tenant, table_key, record_key, entity_key, operation, actor, occurred_at, recorded_at, schema_version, before, after)
      select '${fixedCaller.tenant}', t.table_key, r.id::text, 'SKU-' || r.id, case when n < ${rows} then 'INSERT' else 'UPDATE' end, 'ann', at, at, t.schema_version,
             case when n >= ${rows} then jsonb_build_object('price', (n - 1)::text || '.0000', 'currency', 'USD') end,
             jsonb_build_object('price', n::text || '.0000', 'currency', 'USD') ||
               case when n < ${rows} then jsonb_build_object('id', r.id::text, 'sku', 'SKU-' || r.id, 'name', 'Thing', 'categories', '[]'::jsonb,
                 'stock_quantity', 1, 'safety_stock', null, 'is_active', true, 'created_at', '2020-01-01T00:00:00.000000Z') else '{}' end
        from generate_series(${from}, ${to}) n
       cross join lateral (select case when n < ${rows} then n else (n / ${changesPerDay} * ${rowsPerDay} + n % ${rowsPerDay}) % ${rows} end + 1 as id) r
       cross join lateral (select timestamptz '2020-01-01' + n * interval '1 day' / ${changesPerDay} as at) a
        join audit.tracked_table t on t.table_name = 'commerce.products'`);
  }
}

/** Lines of a table: name, fewest and median milliseconds, for a day in the middle of the log and for its last one, by either clock and by position. */
export async function measureDataDiff(database: Database, entries: number): Promise<string[]> {
  const schema = schemaOf(database, 'a secret for benchmarks only');
  const days = Math.floor(entries / changesPerDay);
  const lines: string[] = [];
  for (const [when, day] of [
    ['in the middle', Math.floor(days / 2)],
    ['at the end', days - 1],
  ] as const) {
    const at = (number: number) => new Date(beginning + number * dayMs).toISOString();
    for (const [clock, from, to] of [
      ['sourceTime', `"${at(day)}"`, `"${at(day + 1)}"`],
      ['systemTime', `"${at(day)}"`, `"${at(day + 1)}"`],
      ['sequence', `"${day * changesPerDay}"`, `"${(day + 1) * changesPerDay}"`],
    ] as const) {
      for (const { name, selection } of cases) {
        const taken: number[] = [];
        for (let round = 0; round < rounds; round++) {
          taken.push(await took(schema, `{ dataDiff(from: { ${clock}: ${from} }, to: { ${clock}: ${to} }) { ${selection} } }`));
        }
        const sorted = taken.sort((a, b) => a - b);
        lines.push(`| ${name}, a day ${when} by ${clock} | ${sorted[0]?.toFixed(1)} | ${sorted[Math.floor(rounds / 2)]?.toFixed(1)} |`);
      }
    }
  }
  return lines;
}

async function took(schema: GraphQLSchema, source: string): Promise<number> {
  const start = performance.now();
  const { data, errors } = await graphql({ schema, source, contextValue: requestContext(fixedCaller, 'a benchmark') });
  if (errors?.[0] || !data) throw errors?.[0] ?? new Error('no answer');
  return performance.now() - start;
}
