// npm run bench:rollup [-- quick]: what counts over 30 days cost from the rollup and from the entries, and how fast positions and counts are
// given. On PostgreSQL at TEST_DATABASE_URL (else 127.0.0.1:5432), in a database of its own that is dropped afterwards. Writes results.md;
// quick writes nothing.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { graphql } from 'graphql';
import { schemaOf } from '../../../src/app.ts';
import type { Owner } from '../../../src/database/database.ts';
import { openDatabase, openOwner } from '../../../src/database/open.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { requestContext } from '../../../src/shared/request-context.ts';

const isQuick = process.argv.includes('quick');
const total = isQuick ? 100_000 : 2_000_000;
const perTransaction = 20_000;
const rounds = 20;
const admin = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const say = (text: string) => process.stderr.write(`${text}\n`);
const range = { from: '2026-01-01T00:00:00Z', to: '2026-01-31T00:00:00Z' };

/** 200 actors and five tables over 31 days, in transactions as an import makes them. */
async function fill(owner: Owner): Promise<void> {
  await owner.run('set synchronous_commit = off');
  for (let from = 0; from < total; from += perTransaction) {
    await owner.run(`select audit.ensure_partitions();
      insert into audit.entry (tenant, table_key, record_key, operation, actor, occurred_at, after)
      select 'demo', n % 5 + 1, (n % 50000)::text, case n % 10 when 0 then 'INSERT' when 1 then 'DELETE' else 'UPDATE' end, 'user ' || n * 7 % 200,
             timestamptz '2026-01-01' + n * interval '31 days' / ${total}, jsonb_build_object('n', n)
        from generate_series(${from}, ${from + perTransaction - 1}) n`);
  }
  await owner.run('vacuum analyze audit.entry');
}

async function place(owner: Owner): Promise<number> {
  const start = performance.now();
  for (let waiting = 1; waiting > 0; ) {
    const [step] = await owner.run<{ waiting: string }>(`select waiting from audit.feed_step('{}', null, null, 2000, '100 ms')`);
    waiting = Number(step?.waiting);
  }
  const tookMs = performance.now() - start;
  await owner.run('vacuum analyze audit.position, audit.rollup');
  return tookMs;
}

const questions = [
  ['by day, table and operation', '[DAY, TABLE_NAME, OPERATION]'],
  ['by actor', '[ACTOR]'],
] as const;

async function measure(url: string): Promise<string[]> {
  const database = await openDatabase({ url, limits: { statementMs: 120_000 } });
  const schema = schemaOf(database, 'a secret for benchmarks only');
  const ask = async (groupBy: string, more: string) => {
    const source = `query ($range: TimeRangeInput!) { analytics { changeSummary(range: $range, groupBy: ${groupBy}, limit: 10000) {
      day tableName operation actor count firstAt lastAt ${more} } } }`;
    const start = performance.now();
    const { data, errors } = await graphql({
      schema,
      source,
      variableValues: { range },
      contextValue: requestContext(fixedCaller, 'a benchmark'),
    });
    if (errors?.[0]) throw errors[0];
    const groups = (JSON.parse(JSON.stringify(data)) as { analytics: { changeSummary: { entityCount?: number }[] } }).analytics
      .changeSummary;
    return { tookMs: performance.now() - start, groups: groups.map(({ entityCount, ...group }) => JSON.stringify(group)) };
  };
  const timesOf = async (groupBy: string, more: string, times: number) => {
    const taken: number[] = [];
    for (let round = 0; round < times; round++) taken.push((await ask(groupBy, more)).tookMs);
    const sorted = taken.sort((a, b) => a - b);
    return `${sorted[0]?.toFixed(1)} / ${sorted[Math.floor(times / 2)]?.toFixed(1)}`;
  };
  const lines: string[] = [];
  for (const [name, groupBy] of questions) {
    const [rolled, raw] = [await ask(groupBy, ''), await ask(groupBy, 'entityCount')];
    if (JSON.stringify(rolled.groups) !== JSON.stringify(raw.groups))
      throw new Error(`${name}: the rollup counts otherwise than the entries`);
    lines.push(`| ${name} | ${raw.groups.length} | ${await timesOf(groupBy, '', rounds)} | ${await timesOf(groupBy, 'entityCount', 5)} |`);
  }
  await database.close();
  return lines;
}

const server = await openOwner({ url: admin });
const name = `whence_rollup_${process.pid}`;
const url = new URL(admin);
url.pathname = `/${name}`;
try {
  await server.run(`create database ${name}`);
  const owned = await openDatabase({ url: url.href, ownerUrl: url.href, migrate: true });
  const owner = owned.owner as Owner;
  say(`filling ${total} entries ...`);
  await fill(owner);
  say('giving positions ...');
  const placedMs = await place(owner);
  await owner.run(`insert into audit.entry (tenant, table_key, record_key, operation, actor, occurred_at)
    select 'demo', 1, n::text, 'UPDATE', 'late', timestamptz '2026-01-15' + n * interval '1 minute' from generate_series(1, 100) n`);
  await owned.close();
  say('asking ...');
  const lines = await measure(url.href);
  const [about] = await server.run<{ version: string }>(`select current_setting('server_version') as version`);
  const text = `# What counts over 30 days cost

${new Date().toISOString().slice(0, 10)}, PostgreSQL ${about?.version}, Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), default settings.
Command: \`npm run bench:rollup${isQuick ? ' -- quick' : ''}\`. ${total.toLocaleString('en')} entries of one tenant over 31 days, 200 actors, five tables; 100 more that the rollup has not counted yet.
\`analytics.changeSummary\` in process, milliseconds, fastest / median; with \`entityCount\` the entries themselves are counted. Both give the same counts.

| question | groups | from the rollup | from the entries, with entityCount |
|---|---|---|---|
${lines.join('\n')}

Positions and counts were given at ${Math.round(total / (placedMs / 1000)).toLocaleString('en')} entries per second, 2,000 per transaction.
`;
  process.stdout.write(text);
  if (!isQuick) writeFileSync(join(packageRoot, 'scripts', 'bench', 'rollup', 'results.md'), text);
} finally {
  await server.run(`drop database if exists ${name} with (force)`);
  await server.close();
}
