// The demo shop, filled once per run: what the databases of many test files start from.
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase, openOwner } from '../../src/database/open.ts';
import { fillDemoShop } from '../../src/rooms/sources/demo-shop/demo-shop.service.ts';

const mutex = 4_733_011_520_735;

/** Name of a PostgreSQL database that holds the shop; the first test process that asks makes it, the others wait. */
export async function shopOnPostgres(adminUrl: string, template: string): Promise<string> {
  const name = template.replace(/template$/, 'shop');
  const admin = await openOwner({ url: adminUrl });
  try {
    await admin.run(`select pg_advisory_lock(${mutex})`);
    const [found] = await admin.run(`select from pg_database where datname = '${name}'`);
    if (found) return name;
    const draft = `${name}_draft`;
    await admin.run(`create database "${draft}" template "${template}"`);
    const url = new URL(adminUrl);
    url.pathname = `/${draft}`;
    const database = await openDatabase({ url: url.href });
    await fillDemoShop(database.as('whence_source'), 'demo').finally(() => database.close());
    const owner = await openOwner({ url: url.href });
    await owner.run('vacuum analyze').finally(() => owner.close());
    await admin.run(`alter database "${draft}" rename to "${name}"`);
    return name;
  } finally {
    await admin.close();
  }
}

/** File with a PGlite that holds the shop, beside the run's other files. */
export async function shopOnPglite(snapshot: Uint8Array, file: string): Promise<string> {
  try {
    mkdirSync(`${file}.lock`);
  } catch {
    while (!existsSync(file)) await sleep(100);
    return file;
  }
  const database = await openDatabase({ snapshot });
  try {
    await fillDemoShop(database.as('whence_source'), 'demo');
    await database.owner?.run('analyze');
    writeFileSync(`${file}.draft`, await database.dump());
    renameSync(`${file}.draft`, file);
  } finally {
    await database.close();
  }
  return file;
}
