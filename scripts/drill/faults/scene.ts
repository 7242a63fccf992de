// The database and the server under test, and what looks behind them.
import { randomBytes } from 'node:crypto';
import type { Owner } from '../../../src/database/database.ts';
import { openOwner } from '../../../src/database/open.ts';
import { freePort, type PrivatePostgres, startPrivatePostgres } from '../../support/private-postgres.ts';
import { type Environment, type Product, runCommand, startProduct } from '../product.ts';
import { Load, slowCommitKey } from './load.ts';

export const tenant = 'drill';
export const writer = 'drill-writer';
const login = 'drill_server';
export const hogLogin = 'drill_hog';
const poolSize = 5;

export interface Scene {
  readonly cluster: PrivatePostgres;
  readonly url: string;
  readonly load: Load;
  /** Of one login; the superuser's when left out. */
  databaseUrl(user?: string): string;
  product: Product;
  /** Starts the server anew, after it was ended. */
  restart(): Promise<void>;
  /** One connection as superuser, for this work alone. */
  asAdmin<T>(work: (admin: Owner) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function openScene(programs: string): Promise<Scene> {
  const cluster = await startPrivatePostgres(programs);
  try {
    return await furnish(cluster);
  } catch (error) {
    cluster.remove();
    throw error;
  }
}

async function furnish(cluster: PrivatePostgres): Promise<Scene> {
  const databaseUrl = (user = 'postgres') => cluster.url.replace('postgres@', `${user}@`);
  const asAdmin = async <T>(work: (admin: Owner) => Promise<T>): Promise<T> => {
    const admin = await openOwner({ url: cluster.url });
    return await work(admin).finally(() => admin.close());
  };
  const port = await freePort();
  const environment: Environment = {
    PORT: String(port),
    DATABASE_URL: databaseUrl(login),
    WHENCE_JWT_SECRET: randomBytes(32).toString('base64'),
    WHENCE_POOL_SIZE: String(poolSize),
    WHENCE_RATE_LIMIT: '0',
    WHENCE_COST_BUDGET: '0',
  };
  await runCommand(['migrate'], { ...environment, DATABASE_OWNER_URL: cluster.url });
  await asAdmin((admin) => admin.run(furniture));
  const token = await runCommand(['token', '--sub', writer, '--tenant', tenant, '--scope', 'all'], environment);
  const url = `http://127.0.0.1:${port}`;
  const scene: Scene = {
    cluster,
    url,
    load: new Load(url, token),
    databaseUrl,
    asAdmin,
    product: await startProduct(environment),
    async restart() {
      scene.product = await startProduct(environment);
    },
    async close() {
      if (scene.product.isAlive()) await scene.product.end('SIGKILL', 5_000);
      cluster.remove();
    },
  };
  return scene;
}

/** The server's login; a second for each statement over products, and for each commit of a write whose key asks for it. */
const furniture = `
  create role ${login} login; grant whence_app to ${login};
  create role ${hogLogin} login;
  insert into commerce.products (tenant, sku, name, price, currency) values ('${tenant}', 'KITE', 'Kite', 10, 'EUR');
  create policy drill_is_slow on commerce.products as restrictive for select to whence_app using ((select pg_sleep(1)) is not null);
  create function access.drill_is_slow() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return null; end $$;
  create constraint trigger drill_is_slow after insert on access.idempotency_key deferrable initially deferred
    for each row when (new.key like '${slowCommitKey}%') execute function access.drill_is_slow()`;

/** Sessions of the server. */
export const sessions = `usename = '${login}' and application_name = 'whence'`;

/** How many sessions the server may have; -1: as many as the database takes. */
export async function limitServer(admin: Owner, connections: 0 | -1): Promise<void> {
  await admin.run(`alter role ${login} connection limit ${connections}`);
}

/** Ends one session of the server of which `condition` holds; false when there is none. */
export async function killOne(admin: Pick<Owner, 'run'>, condition: string): Promise<boolean> {
  await admin.run('select pg_stat_clear_snapshot()'); // inside a transaction the sessions are those of its first look
  const killed = await admin.run(
    `select pg_terminate_backend(pid) from (select pid from pg_stat_activity where ${sessions} and ${condition} limit 1) found`,
  );
  return killed.length > 0;
}
