// npm run bench:capture [-- quick]: what capture costs a writer, what a change costs on disk, and what reading the trail costs as it grows.
// On PostgreSQL at TEST_DATABASE_URL (else 127.0.0.1:5432), whose processes run on this machine, in databases of its own that are dropped
// afterwards. Writes results.md beside the source, with notes.md at its end; quick takes a minute or two and writes nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../../../src/database/migrate.ts';
import { openOwner } from '../../../src/database/open.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { fillTrail, measureReads, type ReadTime } from './reads.ts';
import { report } from './report.ts';
import { measureBytes, measureThroughput, measureWrites } from './writes.ts';

const isQuick = process.argv.includes('quick');
const rounds = isQuick ? 5 : 21;
const changes = isQuick ? 20_000 : 500_000;
const sizes = isQuick ? [50_000] : [500_000, 5_000_000];
const writers = 4;
const admin = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const say = (text: string) => process.stderr.write(`${text}\n`);

/** Runs `work` on a migrated database that is dropped afterwards. */
async function withDatabase<T>(purpose: string, work: (url: string) => Promise<T>): Promise<T> {
  const server = await openOwner({ url: admin });
  const name = `whence_bench_${purpose}_${process.pid}`;
  const url = new URL(admin);
  url.pathname = `/${name}`;
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

async function serverVersion(): Promise<string> {
  const server = await openOwner({ url: admin });
  try {
    const [about] = await server.run<{ version: string }>(`select current_setting('server_version') as version`);
    return about?.version ?? 'unknown';
  } finally {
    await server.close();
  }
}

const written = await withDatabase('writes', async (url) => {
  say('writes ...');
  const factors = await measureWrites(url, rounds);
  say(`${writers} writers at once ...`);
  const throughput = await measureThroughput(url, writers, isQuick ? 1 : 5, isQuick ? 2 : 5);
  say('bytes ...');
  return { factors, throughput, bytes: await measureBytes(url, changes) };
});
const reads = await withDatabase('reads', async (url) => {
  const times: [number, ReadTime[]][] = [];
  for (const size of sizes) {
    say(`reads at ${size} entries ...`);
    await fillTrail(url, size);
    times.push([size, await measureReads(url, size)]);
  }
  return times;
});
const text = report({ version: await serverVersion(), isQuick, rounds, changes, writers, ...written, reads });
process.stdout.write(text);
if (!isQuick) {
  const folder = join(packageRoot, 'scripts', 'bench', 'capture');
  writeFileSync(join(folder, 'results.md'), `${text}\n${readFileSync(join(folder, 'notes.md'), 'utf8')}`);
}
