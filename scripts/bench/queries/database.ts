// One database with the same rows twice: for the peers in schema bench, for us in our tables.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { migrate } from '../../../src/database/migrate.ts';
import { openOwner } from '../../../src/database/open.ts';
import { folder } from './questions.ts';

const name = 'whence_bench_queries';
const logins = { app: `${name}_app`, peer: `${name}_peer` } as const;

export interface BenchDatabase {
  /** As the superuser that made it. */
  readonly ownerUrl: string;
  /** A login that is a member of whence_app and nothing else. */
  readonly appUrl: string;
  /** A login that reads schema bench, which it finds by itself. */
  readonly peerUrl: string;
  /** Drops it, unless it is to be kept. */
  close(isKept: boolean): Promise<void>;
}

/**
 * Makes the database on the server of `adminUrl`, a superuser's; one of the same scale that an earlier run kept is taken as it is.
 * @param scale 1: 2,000,000 audit rows, about 2.5 GB.
 */
export async function openBenchDatabase(adminUrl: string, scale: number, say: (text: string) => void): Promise<BenchDatabase> {
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} });
  const ownerUrl = withPath(adminUrl, name);
  const contents = `benchmark, scale ${scale}`;
  const close = async (isKept: boolean) => {
    if (!isKept) {
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      for (const login of Object.values(logins)) await admin.unsafe(`drop role if exists ${login}`);
    }
    await admin.end();
  };
  try {
    await load();
    return { ownerUrl, ...(await login(admin, adminUrl)), close };
  } catch (error) {
    await close(false);
    throw error;
  }

  async function load(): Promise<void> {
    const [found] = await admin`select shobj_description(oid, 'pg_database') as contents from pg_database where datname = ${name}`;
    if (found?.['contents'] === contents) return;
    await admin.unsafe(`drop database if exists ${name} with (force)`);
    await admin.unsafe(`create database ${name}`);
    const owner = await openOwner({ url: ownerUrl });
    await migrate(owner).finally(() => owner.close());
    await fill(ownerUrl, scale, say);
    await admin.unsafe(`comment on database ${name} is '${contents}'`); // last: only a complete one is taken again
  }
}

async function fill(url: string, scale: number, say: (text: string) => void): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(`set bench.scale = '${scale}'`);
    for (const file of ['dataset.sql', 'ours.sql']) {
      say(`loading ${file}, scale ${scale} ...`);
      await sql.unsafe(readFileSync(join(folder, file), 'utf8')).simple();
    }
    say('vacuum analyze ...');
    await sql.unsafe('vacuum analyze');
    await sql.unsafe('checkpoint');
  } finally {
    await sql.end();
  }
}

/** Both logins, with new passwords. */
async function login(admin: Sql, adminUrl: string): Promise<Pick<BenchDatabase, 'appUrl' | 'peerUrl'>> {
  const urlOf = async (role: string) => {
    const password = randomBytes(16).toString('hex');
    const [found] = await admin`select from pg_roles where rolname = ${role}`;
    await admin.unsafe(`${found ? 'alter' : 'create'} role ${role} login password '${password}'`);
    const url = new URL(withPath(adminUrl, name));
    url.username = role;
    url.password = password;
    return url.href;
  };
  const appUrl = await urlOf(logins.app);
  const peerUrl = await urlOf(logins.peer);
  await admin.unsafe(`grant whence_app to ${logins.app};
    alter role ${logins.peer} in database ${name} set search_path = bench;
    alter role ${logins.peer} in database ${name} set timezone = 'UTC'`);
  const sql = postgres(withPath(adminUrl, name), { max: 1 });
  try {
    await sql.unsafe(`grant usage on schema bench to ${logins.peer}; grant select on all tables in schema bench to ${logins.peer}`);
  } finally {
    await sql.end();
  }
  return { appUrl, peerUrl };
}

function withPath(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
