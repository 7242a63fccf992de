// How fast an import is and whether its memory grows with the file:
//   npm run bench:import [-- FILE.csv | number of lines, 500000]
// on PostgreSQL at TEST_DATABASE_URL (else 127.0.0.1:5432), in a database of its own that is dropped afterwards.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, openOwner } from '../../src/database/open.ts';
import { importOnlineRetail } from '../../src/rooms/sources/online-retail.service.ts';
import { count } from '../../src/shared/progress.ts';
import { writeRetailFile } from './retail-file.ts';

const [what = '500000'] = process.argv.slice(2);
const admin = new URL(process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres');
const name = `whence_bench_import_${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'whence-bench-'));

async function main(): Promise<void> {
  const file = existsSync(what) ? what : join(folder, 'retail.csv');
  if (file !== what) await writeRetailFile(file, Number(what));
  const database = await openPostgres();
  try {
    await measure(database.as('whence_source', { transactionMs: 120_000, statementMs: 60_000 }), file);
  } finally {
    await database.close();
  }
}

async function openPostgres() {
  await asAdmin(`create database ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return await openDatabase({ url: url.href, ownerUrl: url.href, migrate: true });
}

async function measure(database: Parameters<typeof importOnlineRetail>[0], file: string): Promise<void> {
  const startedAt = performance.now();
  const megabytes = () => Math.round(process.memoryUsage.rss() / 1_048_576);
  let shown = 0;
  const report = await importOnlineRetail(database, file, {
    tenant: 'demo',
    progress(done, total) {
      const tenth = Math.floor((done * 10) / total);
      if (tenth === shown) return;
      shown = tenth;
      const seconds = (performance.now() - startedAt) / 1000;
      console.log(
        `${count(done)} lines, ${seconds.toFixed(1)} s, ${count(Math.round(done / seconds))} lines/s, ${megabytes()} MB resident`,
      );
    },
  });
  console.log(JSON.stringify(report));
}

async function asAdmin(text: string): Promise<void> {
  const owner = await openOwner({ url: admin.href });
  await owner.run(text).finally(() => owner.close());
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
  await asAdmin(`drop database if exists ${name} with (force)`);
}
