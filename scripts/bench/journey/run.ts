// npm run bench:journey [-- quick]: what a customer's journey costs as the trail grows, for customers of 200 orders. On PostgreSQL at
// TEST_DATABASE_URL (else 127.0.0.1:5432), in a database of its own that is dropped afterwards. Writes results.md; quick writes nothing.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../../src/database/migrate.ts';
import { openOwner } from '../../../src/database/open.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type JourneyTime, type Milliseconds, measureJourneys } from './reads.ts';
import { fillShop } from './trail.ts';

const isQuick = process.argv.includes('quick');
const sizes = isQuick ? [50_000] : [500_000, 5_000_000];
const admin = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const say = (text: string) => process.stderr.write(`${text}\n`);
const many = (count: number) => count.toLocaleString('en');

async function measure(size: number): Promise<{ version: string; times: JourneyTime[] }> {
  const server = await openOwner({ url: admin });
  const name = `whence_journey_${size}_${process.pid}`;
  const url = new URL(admin);
  url.pathname = `/${name}`;
  try {
    const [about] = await server.run<{ version: string }>(`select current_setting('server_version') as version`);
    await server.run(`create database ${name}`);
    const owner = await openOwner({ url: url.href });
    await migrate(owner).finally(() => owner.close());
    say(`filling ${size} entries ...`);
    await fillShop(url.href, size);
    say('asking ...');
    return { version: about?.version ?? 'unknown', times: await measureJourneys(url.href, size) };
  } finally {
    await server.run(`drop database if exists ${name} with (force)`);
    await server.close();
  }
}

const results: [size: number, times: JourneyTime[]][] = [];
let version = '';
for (const size of sizes) {
  const measured = await measure(size);
  version = measured.version;
  results.push([size, measured.times]);
}
const three = (ms?: Milliseconds) => `${ms?.fastest.toFixed(1)} / ${ms?.median.toFixed(1)} / ${ms?.p95.toFixed(1)}`;
const tables = results.map(([size, times]) => {
  const rows = times.map(
    ({ what, statements, executed, processor, took, first }) =>
      `| ${what} | ${statements} | ${three(executed)} | ${three(processor)} | ${three(took)} | ${three(first)} |`,
  );
  return `## ${many(size)} entries\n\n| question | statements | executed | processor | took | took the first time |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n`;
});
const text = `# What a customer's journey costs

${new Date().toISOString().slice(0, 10)}, PostgreSQL ${version}, Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), default settings.
Command: \`npm run bench:journey${isQuick ? ' -- quick' : ''}\`. Every customer has 200 orders, each with three items, one payment and twelve entries: 2,401 events.
Milliseconds, fastest / median / 95th percentile of 30 customers. Executed: all statements together, by PostgreSQL's own account.
Processor: what this process needs. Took: the whole GraphQL operation in process, with the database on the same machine, asked a second time, when
the pages are in memory; and the first time, when they come from the system's cache or the disk: a journey of 2,401 entries lies on some 3,000 of them.

${tables.join('\n')}
Where the time of the whole story goes, at ${many(results.at(-1)?.[0] ?? 0)} entries (medians of each statement):

| statement | ms |
|---|---|
${(results.at(-1)?.[1][0]?.parts ?? []).map(([name, ms]) => `| ${name} | ${ms.toFixed(2)} |`).join('\n')}
`;
process.stdout.write(text);
if (!isQuick) writeFileSync(join(packageRoot, 'scripts', 'bench', 'journey', 'results.md'), text);
