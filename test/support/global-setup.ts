// Makes, once per run, what each test file's database starts from: a migrated data folder of PGlite and a migrated template on PostgreSQL.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Owner } from '../../src/database/database.ts';
import { migrate, migrationsFolder, readMigrations } from '../../src/database/migrate.ts';
import { openOwner } from '../../src/database/open.ts';
import { PgliteThread } from '../../src/database/pglite-thread.ts';

export interface TestDatabases {
  /** Data folders with an empty PGlite and with a migrated one, and where one with the demo shop is put; or why there are none. */
  readonly embedded: { readonly empty: string; readonly migrated: string; readonly shop: string } | { readonly fault: string };
  /** Null where no PostgreSQL answers. */
  readonly postgres: { readonly adminUrl: string; readonly template: string } | { readonly fault: string } | null;
}

declare module 'vitest' {
  export interface ProvidedContext {
    databases: TestDatabases;
  }
}

const adminUrl = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
// Named after this machine and process, so that a later run can tell what a killed one left behind.
const ours = `whence_test_${createHash('sha256').update(hostname()).digest('hex').slice(0, 6)}_`;
const prefix = `${ours}${process.pid}_`;
const runFolder = mkdtempSync(join(tmpdir(), 'whence-test-run-'));
const mutex = 4_733_011_520_734; // roles belong to the whole cluster: two runs must not make them at once

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [embedded, postgres] = await Promise.all([makeEmbedded().catch(faultOf), makeTemplate()]);
  project.provide('databases', { embedded, postgres });
  return async () => {
    rmSync(runFolder, { recursive: true, force: true });
    if (postgres && 'template' in postgres) await withAdmin((admin) => dropWhere(admin, (name) => name.startsWith(prefix)));
  };
}

const faultOf = (error: unknown): { fault: string } => ({ fault: error instanceof Error ? error.message : String(error) });

/** Both are kept between runs, named after everything they depend on: making them takes ten seconds. */
async function makeEmbedded(): Promise<{ empty: string; migrated: string; shop: string }> {
  const engine = createHash('sha256').update(readFileSync(createRequire(import.meta.url).resolve('@electric-sql/pglite')));
  for (const statement of preparing) engine.update(statement);
  const empty = await kept(`empty-${engine.copy().digest('hex').slice(0, 24)}`, makeWithoutSync);
  for (const { name, sha256 } of readMigrations(migrationsFolder())) engine.update(`${name} ${sha256}\n`);
  const migrated = await kept(`migrated-${engine.digest('hex').slice(0, 24)}`, async (folder) => {
    cpSync(empty, folder, { recursive: true });
    const owner = await openOwner({ dataDirectory: folder });
    await migrate(owner).finally(() => owner.close());
  });
  return { empty, migrated, shop: join(runFolder, 'shop') };
}

async function kept(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(tmpdir(), 'whence-test-databases', name);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${process.pid}`;
  await make(draft);
  try {
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(draft, { recursive: true }); // a run beside this one was first, and may be copying its own
  }
  return folder;
}

/** What tests write is lost with the machine, so nothing waits for the disk; the templates are half of a database's files. */
const preparing = [
  'alter system set fsync = off',
  'update pg_database set datistemplate = false',
  'drop database template0',
  'drop database template1',
];

async function makeWithoutSync(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const thread = await PgliteThread.start(join(folder, 'pgdata')); // not through the store, which begins with a migrated one
  try {
    for (const statement of preparing) await thread.run(statement, null, 60_000);
  } finally {
    await thread.close();
  }
}

async function makeTemplate(): Promise<TestDatabases['postgres']> {
  try {
    return await withAdmin(async (admin) => {
      await admin.run('select 1');
      await admin.run(`select pg_advisory_lock(${mutex})`);
      await dropWhere(admin, isLeftBehind);
      const template = `${prefix}template`;
      await admin.run(`create database ${template}`);
      const owner = await openOwner({ url: urlOf(template) });
      try {
        await migrate(owner);
      } finally {
        await owner.close();
      }
      return { adminUrl, template };
    });
  } catch (error) {
    if ((error as { code?: string }).code !== 'UNAVAILABLE') return faultOf(error);
    if (process.env['CI'] === 'true') throw error;
    console.warn(`No PostgreSQL answers at ${new URL(adminUrl).host}: its half of the tests is skipped (set TEST_DATABASE_URL).`);
    return null;
  }
}

function urlOf(name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function withAdmin<T>(work: (admin: Owner) => Promise<T>): Promise<T> {
  const admin = await openOwner({ url: adminUrl });
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

async function dropWhere(admin: Owner, wanted: (name: string) => boolean): Promise<void> {
  const databases = await admin.run<{ name: string }>('select datname::text as name from pg_database');
  for (const { name } of databases) if (wanted(name)) await admin.run(`drop database if exists "${name}" with (force)`);
}

/** Of a run on this machine whose process is gone. */
function isLeftBehind(name: string): boolean {
  if (!name.startsWith(ours)) return false;
  const pid = Number(name.slice(ours.length).split('_')[0]);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
