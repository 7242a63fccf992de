// npm run bench:explain [-- quick | half]: what WHY, HOW, WHERE, a timeline and a price history of one record cost as the trail grows, of ordinary
// records and of one with 20,000 entries. On PostgreSQL at TEST_DATABASE_URL (else 127.0.0.1:5432), in a database of its own that is dropped
// afterwards. Writes results.md beside the source, with notes.md at its end; half leaves out the 5,000,000 entries, quick takes a minute or two and
// writes nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../../src/database/migrate.ts';
import { openOwner } from '../../../src/database/open.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type Explanation, fillShop, measureExplanations } from './explanations.ts';

const isQuick = process.argv.includes('quick');
const sizes = isQuick ? [50_000] : process.argv.includes('half') ? [500_000] : [500_000, 5_000_000];
const admin = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const server = await openOwner({ url: admin });
const name = `whence_explain_bench_${process.pid}`;
const url = new URL(admin);
url.pathname = `/${name}`;
const measured: [number, Explanation[]][] = [];
let version = 'unknown';
try {
  const [about] = await server.run<{ version: string }>(`select current_setting('server_version') as version`);
  version = about?.version ?? version;
  await server.run(`create database ${name}`);
  const owner = await openOwner({ url: url.href });
  await migrate(owner).finally(() => owner.close());
  for (const size of sizes) {
    process.stderr.write(`${size} entries ...\n`);
    await fillShop(url.href, size);
    measured.push([size, await measureExplanations(url.href, size, isQuick ? 10 : 40)]);
  }
} finally {
  await server.run(`drop database if exists ${name} with (force)`);
  await server.close();
}

const many = (count: number) => count.toLocaleString('en');
const rows = (measured[0]?.[1] ?? []).map(({ what, statements }, i) => {
  const times = measured.map(
    ([, all]) =>
      `${all[i]?.executed.median.toFixed(1)} / ${all[i]?.executed.p95.toFixed(1)} | ${all[i]?.waited.median.toFixed(1)} / ${all[i]?.waited.p95.toFixed(1)}`,
  );
  return `| ${what} | ${statements} | ${times.join(' | ')} |`;
});
const text = `# What explanations cost

${new Date().toISOString().slice(0, 10)}, PostgreSQL ${version}, Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), default settings.
Command: \`npm run bench:explain${isQuick ? ' -- quick' : sizes.length === 1 ? ' -- half' : ''}\`. Milliseconds for one record, median / 95th percentile, all statements of the answer together: executed, by PostgreSQL's
own account; waited, from asking to the whole answer, with GraphQL, on a machine that does other things too. Rerun, don't trust.

| question | statements | ${measured.map(([size]) => `${many(size)} entries: executed | waited`).join(' | ')} |
|---|---|${measured.map(() => '---|---').join('|')}|
${rows.join('\n')}
`;
process.stdout.write(text);
if (!isQuick) {
  const folder = join(packageRoot, 'scripts', 'bench', 'explain');
  writeFileSync(join(folder, 'results.md'), `${text}\n${readFileSync(join(folder, 'notes.md'), 'utf8')}`);
}
