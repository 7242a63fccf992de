// npm run bench:vault [-- quick]: what events, tracked operations, DDL and debug bundles cost, what is read of a vault of a million operations,
// and what they take on disk, each beside the figure that the documents of the systems before it promise. On PostgreSQL at TEST_DATABASE_URL
// (else 127.0.0.1:5432), in databases of its own that are dropped afterwards. Writes results.md; quick writes nothing.
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../../src/database/migrate.ts';
import { openOwner } from '../../../src/database/open.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { measureBundles } from './bundles.ts';
import { measureEvents } from './events.ts';
import type { Figure } from './figure.ts';
import { measureOperations } from './operations.ts';
import { countOperations, fillVault, measureReads } from './reads.ts';

const isQuick = process.argv.includes('quick');
const operations = isQuick ? 50_000 : 1_000_000;
const rounds = isQuick ? 20 : 200;
const admin = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const load = loadavg()[0] ?? Number.NaN;
const say = (text: string) => process.stderr.write(`${text}\n`);

/** Runs `work` on a migrated database that is dropped afterwards. */
async function withDatabase<T>(purpose: string, work: (url: string) => Promise<T>): Promise<T> {
  const server = await openOwner({ url: admin });
  const name = `whence_vault_${purpose}_${process.pid}`;
  const url = Object.assign(new URL(admin), { pathname: `/${name}` });
  try {
    await server.run(`create database ${name}`);
    const owner = await openOwner({ url: url.href });
    await migrate(owner).finally(() => owner.close());
    return await work(url.href);
  } finally {
    await server.run(`drop database if exists ${name} with (force)`);
    await server.close();
  }
}

function report(version: string, figures: readonly Figure[]): string {
  const rows = figures.map(({ what, measured, promised, isKept }) => {
    return `| ${what} | **${measured}** | ${promised ?? ''} | ${isKept === undefined ? '' : isKept ? 'yes' : '**no**'} |`;
  });
  return `# What the vault costs

${new Date().toISOString().slice(0, 10)}, PostgreSQL ${version}, Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), default settings.
Command: \`npm run bench:vault${isQuick ? ' -- quick' : ''}\`; ${load.toFixed(1)} processes were at work beside it. Times are medians of ${rounds} calls (DDL, bundles: of fewer) from sending to
the answer, in milliseconds; commits wait for the disk. Promised is what the documents of the old systems say, most of them of SQLite or of no stated machine.

| what | measured | promised | kept |
|---|---|---|---|
${rows.join('\n')}
`;
}

const server = await openOwner({ url: admin });
const [about] = await server.run<{ version: string }>(`select current_setting('server_version') as version`).finally(() => server.close());
const figures = await withDatabase('small', async (url) => {
  say('events ...');
  const events = await measureEvents(url, rounds, isQuick ? 10_000 : 100_000);
  say('operations and DDL ...');
  const written = await measureOperations(url, rounds, isQuick ? 1 : 5);
  return [...events, ...written];
});
const bundles = await withDatabase('bundle', (url) => {
  say('bundles ...');
  return measureBundles(url, isQuick ? 3 : 15);
});
const reads = await withDatabase('large', async (url) => {
  say(`filling ${operations} operations ...`);
  const stored = await fillVault(url, operations);
  say('counting ...');
  const counted = await countOperations(url);
  say('reads ...');
  return [...stored, ...counted, ...(await measureReads(url, isQuick ? 5 : 30))];
});
const text = report(about?.version ?? 'unknown', [...figures, ...bundles, ...reads]);
process.stdout.write(text);
if (!isQuick) writeFileSync(join(packageRoot, 'scripts', 'bench', 'vault', 'results.md'), text);
