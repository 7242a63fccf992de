// Makes, once per run, what each test file's database starts from: a migrated snapshot of PGlite and a migrated template on PostgreSQL.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { defaultLimits, type Owner } from '../../src/database/database.ts';
import { migrate, migrationsFolder, readMigrations } from '../../src/database/migrate.ts';
import { openOwner } from '../../src/database/open.ts';
import { PgliteOwner, PgliteStore } from '../../src/database/pglite.ts';

export interface TestDatabases {
  /** Files with a migrated PGlite and with an empty one, and where one with the demo shop is put; or why there are none. */
  readonly snapshot: { readonly file: string; readonly empty: string; readonly shop: string } | { readonly fault: string };
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
  const [snapshot, postgres] = await Promise.all([makeSnapshot().catch(faultOf), makeTemplate()]);
  project.provide('databases', { snapshot, postgres });
  return async () => {
    rmSync(runFolder, { recursive: true, force: true });
    if (postgres && 'template' in postgres) await withAdmin((admin) => dropWhere(admin, (name) => name.startsWith(prefix)));
  };
}

const faultOf = (error: unknown): { fault: string } => ({ fault: error instanceof Error ? error.message : String(error) });

/** Both are kept between runs, named after everything they depend on: making them takes three seconds. */
async function makeSnapshot(): Promise<{ file: string; empty: string; shop: string }> {
  const engine = createHash('sha256').update(readFileSync(createRequire(import.meta.url).resolve('@electric-sql/pglite')));
  const empty = await kept(`empty-${engine.copy().digest('hex').slice(0, 24)}`, undefined, async () => {});
  for (const { name, sha256 } of readMigrations(migrationsFolder())) engine.update(`${name} ${sha256}\n`);
  const file = await kept(`migrated-${engine.digest('hex').slice(0, 24)}`, empty, (owner) => migrate(owner));
  return { file, empty, shop: join(runFolder, 'shop.tar') };
}

async function kept(name: string, from: string | undefined, prepare: (owner: Owner) => Promise<unknown>): Promise<string> {
  const folder = join(tmpdir(), 'whence-test-snapshots');
  const file = join(folder, `${name}.tar`);
  if (existsSync(file)) return file;
  const store = await PgliteStore.open({ folder: null, snapshot: from ? readFileSync(from) : undefined });
  try {
    await prepare(new PgliteOwner(store, defaultLimits));
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, await store.dump());
    renameSync(`${file}.${process.pid}`, file);
  } finally {
    await store.close();
  }
  return file;
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
