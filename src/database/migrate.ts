import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { ConfigError, DomainError } from '../shared/errors.ts';
import type { Owner } from './database.ts';
import type { DatabaseFault } from './faults.ts';

export interface Migration {
  readonly number: number;
  /** The file's name. */
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
}

export interface MigrationStep {
  readonly number: number;
  readonly name: string;
  /** Of those that were still to be applied, counted from 1. */
  readonly step: number;
  readonly steps: number;
  readonly tookMs: number;
}

export interface MigrateOptions {
  /** Where the numbered files are; the package's own `drizzle` when left out. */
  readonly folder?: string;
  /** Called after each migration. */
  readonly progress?: (step: MigrationStep) => void;
  /** Called when nothing is missing any more. */
  readonly done?: () => void;
  /** How long to wait for another process that migrates. */
  readonly waitMs?: number;
}

const oldestServer = 150_000;
const lockKey = 4_733_011_520_733; // any number, the same in every version

/**
 * Applies what is missing, each migration in a transaction of its own together with its record: killed at any point, the next run goes on
 * from there. Gives the numbers it applied, ascending.
 * @throws ConfigError when the server is too old, a recorded migration's file changed, or the database is newer than this code.
 */
export async function migrate(
  owner: Owner,
  { folder = migrationsFolder(), progress, done, waitMs = 60_000 }: MigrateOptions = {},
): Promise<number[]> {
  const migrations = readMigrations(folder);
  await requireServer(owner);
  await takeLock(owner, waitMs);
  try {
    await ensureRecord(owner);
    const missing = missingOf(migrations, await recorded(owner));
    for (const [i, migration] of missing.entries()) {
      const start = performance.now();
      await apply(owner, migration);
      const { number, name } = migration;
      progress?.({ number, name, step: i + 1, steps: missing.length, tookMs: Math.round(performance.now() - start) });
    }
    done?.();
    return missing.map(({ number }) => number);
  } finally {
    await owner.run(`select pg_advisory_unlock(${lockKey})`).catch(() => {});
  }
}

async function apply(owner: Owner, { number, name, text, sha256 }: Migration): Promise<void> {
  try {
    await owner.transaction(async (tx) => {
      const transactionId = sql`select pg_current_xact_id()::text as id`;
      const [before] = await tx.run<{ id: string }>(transactionId);
      await tx.run(`select set_config('script_tracking.ignored', 'on', true)`); // whence.migration records it
      if (!/^-- role: login\s*$/m.test(text.slice(0, text.indexOf('\n')))) await tx.run('set local role whence_owner');
      await tx.run(text);
      const [after] = await tx.run<{ id: string }>(transactionId);
      if (before?.id !== after?.id) throw new ConfigError(`migration ${name} ends its own transaction`);
      await tx.run('reset role');
      await tx.run(sql`insert into whence.migration (number, name, sha256) values (${number}, ${name}, ${sha256})`);
    });
  } catch (cause) {
    if (cause instanceof DomainError || cause instanceof ConfigError) throw cause;
    const { message, hint, position } = cause as Partial<DatabaseFault>;
    const line = position ? `, line ${text.slice(0, position).split('\n').length}` : '';
    throw new ConfigError(`migration ${name}${line} failed: ${message}${hint ? ` (${hint})` : ''}`, { cause });
  }
}

/** The files in order of their numbers. */
export function readMigrations(folder: string): Migration[] {
  const names = readdirSync(folder).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name));
  const migrations = names.sort().map((name) => {
    // The same hash wherever the file was checked out.
    const text = readFileSync(join(folder, name), 'utf8').replace(/\r\n/g, '\n');
    return { number: Number(name.slice(0, 4)), name, text, sha256: createHash('sha256').update(text).digest('hex') };
  });
  migrations.forEach(({ number, name }, i) => {
    if (migrations[i - 1]?.number === number) throw new ConfigError(`two migrations have the number of ${name}`);
  });
  return migrations;
}

/** `drizzle` beside the package.json above this file, which lies in src/database or dist/src/database. */
export function migrationsFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'drizzle'))) return join(folder, 'drizzle');
  }
  throw new ConfigError('the folder "drizzle" with the migrations is missing from this installation');
}

type Recorded = { number: number; name: string; sha256: string };

function recorded(owner: Owner): Promise<Recorded[]> {
  return owner.run<Recorded>('select number, name, sha256 from whence.migration order by number');
}

function missingOf(migrations: readonly Migration[], applied: readonly Recorded[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.number, migration]));
  const newest = applied.at(-1)?.number ?? 0;
  for (const { number, name, sha256 } of applied) {
    const migration = known.get(number);
    if (!migration) throw new ConfigError(`the database is newer than this program: it holds migration ${name}`);
    if (migration.sha256 !== sha256) throw new ConfigError(`migration ${migration.name} was changed after it was applied`);
    known.delete(number);
  }
  const missing = [...known.values()];
  const late = missing.find(({ number }) => number < newest);
  if (late) throw new ConfigError(`migration ${late.name} was added behind number ${newest}, which is applied already`);
  return missing;
}

/** Looked for first: a command that changes the schema, even one with nothing to do, takes a quarter of a second on a cold embedded engine. */
async function ensureRecord(owner: Owner): Promise<void> {
  const [found] = await owner.run<{ is_there: boolean }>(`select to_regclass('whence.migration') is not null as is_there`);
  if (found?.is_there) return;
  await owner.run(`create schema if not exists whence;
create table if not exists whence.migration (
  number int primary key, name text not null, sha256 text not null, applied_at timestamptz not null default clock_timestamp())`);
}

async function requireServer(owner: Owner): Promise<void> {
  const [server] = await owner.run<{ number: number; name: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as name`,
  );
  if (!server || server.number < oldestServer) throw new ConfigError(`PostgreSQL ${server?.name} is too old: 15 or newer is needed`);
}

async function takeLock(owner: Owner, waitMs: number): Promise<void> {
  const until = performance.now() + waitMs;
  for (;;) {
    const [answer] = await owner.run<{ taken: boolean }>(`select pg_try_advisory_lock(${lockKey}) as taken`);
    if (answer?.taken) return;
    if (performance.now() > until) throw new DomainError('UNAVAILABLE', 'Another process migrates this database.', { retryable: true });
    await sleep(100);
  }
}
