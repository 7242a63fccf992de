// npm run bench:capture [-- quick]: what capture costs a writer, what a change costs on disk, and what reading the trail costs as it grows.
// On PostgreSQL at TEST_DATABASE_URL (else 127.0.0.1:5432), whose processes run on this machine, in a database of its own that is dropped
// afterwards. Writes results.md beside the source; quick takes a minute and writes nothing.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../../src/database/migrate.ts';
import { openOwner } from '../../../src/database/open.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { fillTrail, measureReads, type ReadTime } from './reads.ts';
import { type Factor, measureBytes, measureWrites } from './writes.ts';

const isQuick = process.argv.includes('quick');
const [rounds, changes, ...sizes] = isQuick ? [3, 20_000, 50_000] : [9, 500_000, 500_000, 5_000_000];
const admin = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const name = `whence_bench_capture_${process.pid}`;

async function main(): Promise<void> {
  const server = await openOwner({ url: admin });
  await server.run(`create database ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  try {
    const owner = await openOwner({ url: url.href });
    const [about] = await owner.run<{ version: string }>(`select current_setting('server_version') as version`);
    await migrate(owner);
    await owner.close();
    const say = (text: string) => process.stderr.write(`${text}\n`);
    say('writes ...');
    const factors = await measureWrites(url.href, rounds ?? 3);
    say('bytes ...');
    const bytes = await measureBytes(url.href, changes ?? 20_000);
    const reads: [number, ReadTime[]][] = [];
    for (const size of sizes) {
      const total = Math.max(size, (changes ?? 0) + 100_000);
      say(`reads at ${total} entries ...`);
      await fillTrail(url.href, total);
      reads.push([total, await measureReads(url.href, total)]);
    }
    const text = report(about?.version ?? 'unknown', factors, bytes, reads);
    process.stdout.write(text);
    if (!isQuick) writeFileSync(join(packageRoot, 'scripts', 'bench', 'capture', 'results.md'), text);
  } finally {
    await server.run(`drop database if exists ${name} with (force)`);
    await server.close();
  }
}

function report(version: string, factors: readonly Factor[], bytes: number, reads: readonly [number, readonly ReadTime[]][]): string {
  const us = (value: number) => (value < 1000 ? `${Math.round(value)} us` : `${(value / 1000).toFixed(1)} ms`);
  const rows = factors.map(
    ({ what, plain, tracked }) =>
      `| ${what} | ${us(plain.cpu)} | ${us(tracked.cpu)} | **${(tracked.cpu / plain.cpu).toFixed(2)}** | ${(tracked.elapsed / plain.elapsed).toFixed(2)} |`,
  );
  const readRows = (reads[0]?.[1] ?? []).map(
    ({ what }, i) =>
      `| ${what} | ${reads.map(([, times]) => `${times[i]?.median.toFixed(2)} / ${times[i]?.p95.toFixed(2)}`).join(' | ')} |`,
  );
  return `# What capture costs

${new Date().toISOString().slice(0, 10)}, PostgreSQL ${version}, Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), default settings.
Command: \`npm run bench:capture${isQuick ? ' -- quick' : ''}\`. Medians of ${rounds} rounds in which the two tables take turns; rerun, don't trust.

## Writes: processor time of the backend, tracked over untracked

| statement | untracked | tracked | factor | elapsed |
|---|---|---|---|---|
${rows.join('\n')}

Bytes per change with all indexes (${changes?.toLocaleString('en')} single-row updates with actor, role, reason and code, each in its own transaction): **${Math.round(bytes)}**.

## Reads: milliseconds in the database for a page of 50, median / 95th percentile

| page of | ${reads.map(([total]) => `${total.toLocaleString('en')} entries`).join(' | ')} |
|---|${reads.map(() => '---').join('|')}|
${readRows.join('\n')}
`;
}

await main();
