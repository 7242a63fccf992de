// One database with the same events for all: a tracked table for us, for the peers a table whose rows are told by NOTIFY.
import { randomBytes } from 'node:crypto';
import postgres, { type Sql } from 'postgres';
import { migrate } from '../../../src/database/migrate.ts';
import { openOwner } from '../../../src/database/open.ts';

const name = 'whence_bench_live';
const logins = { app: `${name}_app`, peer: `${name}_peer` } as const;

export interface BenchDatabase {
  /** As the superuser that made it. */
  readonly ownerUrl: string;
  /** A login that is a member of whence_app and nothing else. */
  readonly appUrl: string;
  /** A login that reads schema bench, which it finds by itself. */
  readonly peerUrl: string;
  drop(): Promise<void>;
}

/** @param adminUrl a superuser's. */
export async function makeDatabase(adminUrl: string): Promise<BenchDatabase> {
  const ownerUrl = urlOf(adminUrl);
  const drop = () => asAdmin(adminUrl, dropAll);
  await asAdmin(adminUrl, async (admin) => {
    await dropAll(admin);
    await admin.unsafe(`create database ${name}`);
  });
  try {
    const owner = await openOwner({ url: ownerUrl });
    await migrate(owner).finally(() => owner.close());
    const password = randomBytes(16).toString('hex');
    await asAdmin(ownerUrl, (sql) => sql.unsafe(`${tables} ${loginsWith(password)}`));
    return { ownerUrl, appUrl: urlOf(adminUrl, logins.app, password), peerUrl: urlOf(adminUrl, logins.peer, password), drop };
  } catch (error) {
    await drop();
    throw error;
  }
}

const tables = `
  create table public.event (tenant text not null default 'demo', name text primary key);
  select audit.track('public.event');
  create schema bench;
  create table bench.entry (id bigint generated always as identity primary key, operation text not null default 'INSERT',
    occurred_at timestamptz not null default clock_timestamp(), entity_key text not null);
  create function bench.tell() returns trigger language plpgsql as $$
  begin
    perform pg_notify('entry', json_build_object('id', new.id::text)::text);
    return null;
  end $$;
  create trigger tell after insert on bench.entry for each row execute function bench.tell();`;

const loginsWith = (password: string) => `
  create role ${logins.app} login password '${password}'; grant whence_app to ${logins.app};
  create role ${logins.peer} login password '${password}';
  grant usage on schema bench to ${logins.peer}; grant select on all tables in schema bench to ${logins.peer};
  alter role ${logins.peer} in database ${name} set search_path = bench;`;

async function dropAll(admin: Sql): Promise<void> {
  await admin.unsafe(`drop database if exists ${name} with (force)`);
  for (const login of Object.values(logins)) await admin.unsafe(`drop role if exists ${login}`);
}

async function asAdmin<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return await work(sql).finally(() => sql.end());
}

function urlOf(adminUrl: string, login?: string, password?: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  if (login) url.username = login;
  if (password) url.password = password;
  return url.href;
}
