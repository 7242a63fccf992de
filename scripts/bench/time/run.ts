// npm run bench:time [-- quick] [keep] [500000]: what reading the shop as it was costs as the trail grows. On PostgreSQL at TEST_DATABASE_URL (else
// 127.0.0.1:5432), in databases of its own that are dropped afterwards; with keep they stay, and the next run finds them. Writes results.md; quick,
// or with a number of entries, it writes nothing.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../../src/database/migrate.ts';
import { openOwner } from '../../../src/database/open.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { measureTimeTravel, type TimeTravelTime } from './reads.ts';
import { fillTrail } from './trail.ts';

const isQuick = process.argv.includes('quick');
const isKept = process.argv.includes('keep');
const wanted = process.argv.map(Number).filter((size) => size > 0);
const sizes = wanted.length > 0 ? wanted : isQuick ? [100_000] : [500_000, 5_000_000];
const admin = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const say = (text: string) => process.stderr.write(`${text}\n`);

async function measure(size: number): Promise<{ version: string; times: TimeTravelTime[] }> {
  const server = await openOwner({ url: admin });
  const name = `whence_time_${size}`;
  const url = new URL(admin);
  url.pathname = `/${name}`;
  try {
    const [about] = await server.run<{ version: string; is_there: boolean }>(
      `select current_setting('server_version') as version, exists (select from pg_database where datname = '${name}') as is_there`,
    );
    if (!about?.is_there) {
      await server.run(`create database ${name}`);
      const owner = await openOwner({ url: url.href });
      await migrate(owner).finally(() => owner.close());
      say(`filling ${size} entries ...`);
      await fillTrail(url.href, size);
    }
    say('asking ...');
    return { version: about?.version ?? 'unknown', times: await measureTimeTravel(url.href, size) };
  } finally {
    if (!isKept) await server.run(`drop database if exists ${name} with (force)`);
    await server.close();
  }
}

const tables: string[] = [];
let version = '';
for (const size of sizes) {
  const measured = await measure(size);
  version = measured.version;
  const three = (ms: TimeTravelTime['took']) => `${ms.fastest.toFixed(1)} / ${ms.median.toFixed(1)} / ${ms.p95.toFixed(1)}`;
  const rows = measured.times.map(
    ({ what, statements, executed, took }) => `| ${what} | ${statements} | ${three(executed)} | ${three(took)} |`,
  );
  tables.push(
    `## ${size.toLocaleString('en')} entries\n\n| question | statements | executed | took |\n|---|---|---|---|\n${rows.join('\n')}\n`,
  );
}
const text = `# What reading at another time costs

${new Date().toISOString().slice(0, 10)}, PostgreSQL ${version}, Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), default settings.
Command: \`npm run bench:time${isQuick ? ' -- quick' : ''}\`. Every product has 20 entries, one a second over the whole trail; one in a hundred is gone now; one more product has 20,000.
Milliseconds, fastest / median / 95th percentile of 30 times (fewer of what takes seconds), each about another product and another second. Executed: all statements together,
by PostgreSQL's own account, the point's own included. Took: the whole GraphQL operation in process, with the database on the same machine.

${tables.join('\n')}`;
process.stdout.write(text);
if (!isQuick && wanted.length === 0) writeFileSync(join(packageRoot, 'scripts', 'bench', 'time', 'results.md'), text);
