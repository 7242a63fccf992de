import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject, it } from 'vitest';
import type { Database, Observe, Owner } from '../../src/database/database.ts';
import { codeOf } from '../../src/database/faults.ts';
import { type OpenDatabase, openDatabase, openOwner } from '../../src/database/open.ts';
import { atFileEnd } from './file-end.ts';
import { copyOf } from './folder-copy.ts';
import { shopOnPglite, shopOnPostgres } from './shop-template.ts';

export type Kind = Database['kind'];

/** A migrated database of its own for the test file, under the roles of the product. */
export interface TestDatabase {
  readonly kind: Kind;
  /** As whence_app. */
  readonly database: OpenDatabase;
  /** As whence_source, for importers. */
  readonly source: Database;
  /** The login role (a superuser here): sets the scene, looks behind row level security. */
  readonly owner: Owner;
  /** Of the PostgreSQL database; null on PGlite. */
  readonly url: string | null;
  /** Sees every statement of `database` and `source` until the function it gives is called. */
  observe(observe: Observe): () => void;
}

export interface OnEachDatabaseOptions {
  /** A database for this test alone instead of the one its file shares. */
  readonly fresh?: boolean;
  readonly only?: Kind;
  readonly timeoutMs?: number;
}

let start: 'nothing' | 'shop' = 'nothing';

/** What the databases of this file start from: nothing but the migrations, or the demo shop as tenant `demo`. */
export function startFrom(what: typeof start): void {
  start = what;
  atFileEnd(() => {
    start = 'nothing';
  });
}

const shared = new Map<Kind, Promise<TestDatabase>>();

/** Keeps a promise on both databases: the test runs once on PGlite and once on PostgreSQL, where one answers. */
export function onEachDatabase(name: string, test: (context: TestDatabase) => unknown, options: OnEachDatabaseOptions = {}): void {
  const kinds: Kind[] = options.only ? [options.only] : ['pglite', 'postgresql'];
  for (const kind of kinds) {
    it.skipIf(kind === 'postgresql' && inject('databases').postgres === null)(
      `${name} (${kind})`,
      async () => {
        await test(await (options.fresh ? openTestDatabase(kind) : sharedDatabase(kind)));
      },
      options.timeoutMs,
    );
  }
}

/** The database that the tests of this file share, e.g. for a `beforeAll` that fills it. */
export function sharedDatabase(kind: Kind): Promise<TestDatabase> {
  let found = shared.get(kind);
  if (!found) {
    found = openTestDatabase(kind);
    shared.set(kind, found);
    atFileEnd(() => shared.delete(kind));
  }
  return found;
}

/** A fresh migrated database; closed and dropped after the last test of the file. */
async function openTestDatabase(kind: Kind): Promise<TestDatabase> {
  const opened = await (kind === 'pglite' ? openPglite() : openPostgres());
  atFileEnd(() => closeTestDatabase(opened));
  return opened;
}

/** Data folder of a migrated PGlite, for a test that opens it by itself. */
export const migratedCopy = (): string => copyOf(embedded().migrated);

/** The same with the demo shop. */
export async function shopCopy(): Promise<string> {
  const { migrated, shop } = embedded();
  return copyOf(await shopOnPglite(migrated, shop));
}

function embedded() {
  const found = inject('databases').embedded;
  if ('fault' in found) throw new Error(`no PGlite to test on: ${found.fault}`);
  return found;
}

async function openPglite(): Promise<TestDatabase> {
  return await assemble({ dataDirectory: start === 'shop' ? await shopCopy() : migratedCopy() }, null);
}

async function openPostgres(): Promise<TestDatabase> {
  const { postgres } = inject('databases');
  if (!postgres || 'fault' in postgres) throw new Error(`no PostgreSQL to test on: ${postgres?.fault ?? 'none answers'}`);
  const url = new URL(postgres.adminUrl);
  // Starts like the template's name, so that the end of the run drops it whatever happens here.
  const name = `${postgres.template.replace(/template$/, '')}${randomBytes(4).toString('hex')}`;
  url.pathname = `/${name}`;
  const admin = await openOwner({ url: postgres.adminUrl });
  try {
    await createFrom(admin, name, start === 'shop' ? await shopOnPostgres(postgres.adminUrl, postgres.template) : postgres.template);
  } finally {
    await admin.close();
  }
  return await assemble({ url: url.href, ownerUrl: url.href, limits: { connections: 5 } }, url.href);
}

async function assemble(options: Parameters<typeof openDatabase>[0], url: string | null): Promise<TestDatabase> {
  const database = await openDatabase(options);
  const { owner } = database;
  if (!owner) throw new Error('a test database has an owner');
  const observe = (observer: Observe) => database.observe(observer);
  return { kind: database.kind, database, source: database.as('whence_source'), owner, url, observe };
}

/** Two test files may copy the template at the same moment: the second one tries again. */
async function createFrom(admin: Owner, name: string, template: string): Promise<void> {
  for (let attempts = 0; ; attempts++) {
    try {
      await admin.run(`create database "${name}" template "${template}"`);
      return;
    } catch (error) {
      if (codeOf(error) !== '55006' || attempts > 100) throw error;
      await sleep(20 + Math.random() * 50);
    }
  }
}

async function closeTestDatabase({ database, url }: TestDatabase): Promise<void> {
  await database.close();
  const { postgres } = inject('databases');
  if (!url || !postgres || 'fault' in postgres) return;
  const admin = await openOwner({ url: postgres.adminUrl });
  await admin.run(`drop database if exists "${new URL(url).pathname.slice(1)}" with (force)`).catch(() => {});
  await admin.close();
}
