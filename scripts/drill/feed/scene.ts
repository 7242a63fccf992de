// One PostgreSQL and two servers over it, each of which can be killed and comes back at its address.
import { randomBytes } from 'node:crypto';
import type { Owner } from '../../../src/database/database.ts';
import { type OpenDatabase, openDatabase, openOwner } from '../../../src/database/open.ts';
import { freePort, type PrivatePostgres, startPrivatePostgres } from '../../support/private-postgres.ts';
import { type Environment, type Product, runCommand, startProduct } from '../product.ts';

export const tenant = 'drill';
const serverLogin = 'drill_server';
const writerLogin = 'drill_writer';

export interface FeedScene {
  readonly cluster: PrivatePostgres;
  readonly urls: readonly string[];
  readonly token: string;
  /** For the writers, past the server. */
  readonly writing: OpenDatabase;
  /** Kills one of the servers, and starts it again. */
  killServer(which: number): Promise<void>;
  /** Ends a session of a server or of a writer, not of one that writes for long; false when there is none. */
  killSession(): Promise<boolean>;
  /** One connection as superuser, for this work alone. */
  asAdmin<T>(work: (admin: Owner) => Promise<T>): Promise<T>;
  /** Resident memory of the larger server, in MB. */
  residentMb(): Promise<number>;
  close(): Promise<void>;
}

export async function openFeedScene(programs: string, settings: Environment = {}): Promise<FeedScene> {
  const cluster = await startPrivatePostgres(programs);
  const products: Product[] = [];
  const end = () => Promise.all(products.map((product) => product.end('SIGKILL', 5_000)));
  try {
    return await furnish(cluster, settings, products, end);
  } catch (error) {
    await end();
    cluster.remove();
    throw error;
  }
}

async function furnish(
  cluster: PrivatePostgres,
  settings: Environment,
  products: Product[],
  end: () => Promise<unknown>,
): Promise<FeedScene> {
  const urlFor = (login: string) => cluster.url.replace('postgres@', `${login}@`);
  const asAdmin = async <T>(work: (admin: Owner) => Promise<T>): Promise<T> => {
    const admin = await openOwner({ url: cluster.url });
    return await work(admin).finally(() => admin.close());
  };
  const environment: Environment = {
    DATABASE_URL: urlFor(serverLogin),
    WHENCE_JWT_SECRET: randomBytes(32).toString('base64'),
    WHENCE_POOL_SIZE: '5',
    WHENCE_RATE_LIMIT: '0',
    WHENCE_COST_BUDGET: '0',
    WHENCE_FEED_HEARTBEAT: '1000',
    ...settings,
  };
  await runCommand(['migrate'], { ...environment, DATABASE_OWNER_URL: cluster.url });
  await asAdmin((admin) => admin.run(furniture));
  const token = await runCommand(['token', '--sub', 'drill-reader', '--tenant', tenant, '--scope', 'all'], environment);
  const ports = [await freePort(), await freePort()];
  const start = (port: number) => startProduct({ ...environment, PORT: String(port) });
  for (const port of ports) products.push(await start(port));
  const limits = { connections: 10, transactionMs: 20_000 };
  const writing = await openDatabase({ url: urlFor(writerLogin), role: 'whence_source', limits });
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  return {
    ...{ cluster, urls, token, writing, asAdmin },
    async killServer(which) {
      await products[which]?.end('SIGKILL', 5_000);
      products[which] = await start(ports[which] ?? 0);
    },
    killSession: () => asAdmin(async (admin) => (await admin.run(oneSession)).length > 0),
    async residentMb() {
      const ofEach = await Promise.all(urls.map(async (url) => residentIn(await metricsOf(url, token))));
      return Math.max(...ofEach);
    },
    async close() {
      await writing.close();
      await end();
      cluster.remove();
    },
  };
}

const furniture = `
  create role ${serverLogin} login; grant whence_app to ${serverLogin};
  create role ${writerLogin} login; grant whence_source to ${writerLogin};
  create table public.toys (tenant text, name text, price int not null, primary key (tenant, name));
  grant select, insert, update on public.toys to whence_source;
  select audit.track('public.toys')`;

const oneSession = `
  select pg_terminate_backend(pid) from (
    select pid from pg_stat_activity
     where usename in ('${serverLogin}', '${writerLogin}') and coalesce(xact_start, now()) > now() - interval '1 s'
     order by random() limit 1) found`;

async function metricsOf(url: string, token: string): Promise<string> {
  return await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
}

function residentIn(metrics: string): number {
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1] ?? Number.NaN) / 1_048_576;
}
