// npm run bench:data-diff [-- quick]: what the differences of one day cost, in a log of 500,000 entries and in one ten times as long; a day touches
// as many rows in either. On PostgreSQL at TEST_DATABASE_URL (else 127.0.0.1:5432), in databases of its own that are dropped afterwards. Writes
// data-diff.md; quick looks at two short logs and writes nothing.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type GraphQLSchema, graphql } from 'graphql';
import { schemaOf } from '../../../src/app.ts';
import type { Database, Owner } from '../../../src/database/database.ts';
import { migrate } from '../../../src/database/migrate.ts';
import { openDatabase, openOwner } from '../../../src/database/open.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { requestContext } from '../../../src/shared/request-context.ts';

const isQuick = process.argv.includes('quick');
const lengths = isQuick ? [50_000, 100_000] : [500_000, 5_000_000];
const admin = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const say = (text: string) => process.stderr.write(`${text}\n`);
const rows = 20_000;
const changesPerDay = 5_000;
/** Each of them changes twice. */
const rowsPerDay = changesPerDay / 2;
const beginning = Date.parse('2020-01-01T00:00:00Z');
const dayMs = 86_400_000;
const rounds = isQuick ? 2 : 20;

interface Case {
  readonly name: string;
  readonly selection: string;
}

const cases: readonly Case[] = [
  { name: 'statistics', selection: 'statistics { entityType added modified removed }' },
  { name: 'first 100, with what changed', selection: 'entities(first: 100) { nodes { kind changes { field before after } } }' },
];

/** Changes of products, day by day, each with its position. */
async function fill(owner: Owner, entries: number): Promise<void> {
  await owner.run(`set synchronous_commit = off;
    update audit.tracked_table set tracked_since = '${new Date(beginning).toISOString()}'`);
  const perTransaction = 50_000;
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
  await owner.run('vacuum analyze audit.entry');
  for (let waiting = 1; waiting > 0; ) {
    const [step] = await owner.run<{ waiting: string }>(`select waiting from audit.feed_step('{}', null, null, 20000, '1 s')`);
    waiting = Number(step?.waiting);
  }
  await owner.run('vacuum analyze audit.position, audit.rollup, audit.clock_day');
}

/** Fewest and median milliseconds by question: of a day in the middle of the log and of its last one, by either clock and by position. */
async function measure(database: Database, entries: number): Promise<Map<string, string>> {
  const schema = schemaOf(database, 'a secret for benchmarks only');
  const days = Math.floor(entries / changesPerDay);
  const at = (day: number) => new Date(beginning + day * dayMs).toISOString();
  const found = new Map<string, string>();
  for (const [when, day] of [
    ['in the middle', Math.floor(days / 2)],
    ['at the end', days - 1],
  ] as const) {
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
        found.set(`${name}, a day ${when} by ${clock}`, `${sorted[0]?.toFixed(1)} / ${sorted[Math.floor(rounds / 2)]?.toFixed(1)}`);
      }
    }
  }
  return found;
}

async function took(schema: GraphQLSchema, source: string): Promise<number> {
  const start = performance.now();
  const { data, errors } = await graphql({ schema, source, contextValue: requestContext(fixedCaller, 'a benchmark') });
  if (errors?.[0] || !data) throw errors?.[0] ?? new Error('no answer');
  return performance.now() - start;
}

async function measured(entries: number): Promise<Map<string, string>> {
  const name = `whence_data_diff_${process.pid}`;
  const url = new URL(admin);
  url.pathname = `/${name}`;
  const server = await openOwner({ url: admin });
  await server.run(`create database ${name}`);
  try {
    const owner = await openOwner({ url: url.href });
    try {
      await migrate(owner);
      say(`filling a log of ${entries.toLocaleString('en')} entries`);
      await fill(owner, entries);
    } finally {
      await owner.close();
    }
    const database = await openDatabase({ url: url.href, limits: { statementMs: 120_000 } });
    return await measure(database, entries).finally(() => database.close());
  } finally {
    await server.run(`drop database ${name} with (force)`);
    await server.close();
  }
}

const columns: Map<string, string>[] = [];
for (const entries of lengths) columns.push(await measured(entries));
const names = lengths.map((entries) => `${entries.toLocaleString('en')} entries`);
const table = [
  `| milliseconds, fewest / median of ${rounds} | ${names.join(' | ')} |`,
  `|---|${names.map(() => '---|').join('')}`,
  ...[...(columns[0]?.keys() ?? [])].map((question) => `| ${question} | ${columns.map((column) => column.get(question)).join(' | ')} |`),
].join('\n');
say(table);
if (!isQuick) {
  const text = `# What a day's differences cost\n\n\`npm run bench:data-diff\`, ${cpus().length} cores (${cpus()[0]?.model}), PostgreSQL on the same machine. A day is ${changesPerDay.toLocaleString('en')} changes of ${rowsPerDay.toLocaleString('en')} products.\n\n${table}\n`;
  writeFileSync(join(packageRoot, 'scripts', 'bench', 'time', 'data-diff.md'), text);
}
