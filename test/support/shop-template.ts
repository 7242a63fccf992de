// The demo shop, filled once per run: what the databases of many test files start from.
import { cpSync, existsSync, mkdirSync, renameSync } from 'node:fs';
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

/** Data folder of a PGlite that holds the shop, beside the run's other files. */
export async function shopOnPglite(migrated: string, folder: string): Promise<string> {
  try {
    mkdirSync(`${folder}.lock`);
  } catch {
    while (!existsSync(folder)) await sleep(100);
    return folder;
  }
  const draft = `${folder}.draft`;
  cpSync(migrated, draft, { recursive: true });
  const database = await openDatabase({ dataDirectory: draft });
  try {
    await fillDemoShop(database.as('whence_source'), 'demo');
    await database.owner?.run('analyze');
  } finally {
    await database.close(); // cleanly, so that no copy begins with a recovery
  }
  renameSync(draft, folder);
  return folder;
}
