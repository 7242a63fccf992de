// The servers that are compared, each a process of its own under this Node.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { entryCursors, entryCursorValues, wholeTrail } from '../../../src/rooms/audit/entry-pages.queries.ts';
import { customerList } from '../../../src/rooms/commerce/customer.queries.ts';
import { entityList } from '../../../src/rooms/commerce/entity.queries.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { CursorCodec } from '../../../src/shared/cursor.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { cursorScope } from '../../../src/shared/page-keyset.ts';
import type { BenchDatabase } from './database.ts';
import { documentOf, folder, type Question, type Variables } from './questions.ts';

export const targetNames = ['whence', 'limit', 'postgraphile'] as const;
export type TargetName = (typeof targetNames)[number];

export interface Target {
  readonly name: TargetName;
  readonly url: string;
  readonly pid: number | undefined;
  /** Body of a request. */
  request(question: Question, asked: Variables): string;
  stop(): void;
}

/** The variables of one target where they differ from those asked, e.g. its ids and cursors. */
type Spelling = (question: Question, asked: Variables) => Variables;

/** Starts a server and waits until it answers. @throws Error when it does not within a minute. */
export async function startTarget(name: TargetName, database: BenchDatabase): Promise<Target> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/graphql`;
  const child = run(name, port, database);
  child.once('exit', (code) => {
    if (code) process.stderr.write(`${name} ended with ${code}\n`);
  });
  try {
    await untilListening(child, port, name);
    const spell =
      name === 'whence' ? await spellingOfOurs(database.ownerUrl) : name === 'postgraphile' ? await spellingOfPostgraphile(url) : asIs;
    const request = (question: Question, asked: Variables) => {
      const query = name === 'limit' ? question : documentOf(name, question);
      return JSON.stringify({ query, variables: spell(question, asked) });
    };
    return { name, url, pid: child.pid, request, stop: () => child.kill() };
  } catch (error) {
    child.kill();
    throw error;
  }
}

export async function ask(target: Pick<Target, 'url'>, body: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return (await fetch(target.url, { method: 'POST', body, headers })).json();
}

function run(name: TargetName, port: number, { appUrl, peerUrl }: BenchDatabase): ChildProcess {
  const server = {
    whence: { file: join(packageRoot, 'dist', 'bundle', 'main.js'), args: ['serve'], url: appUrl },
    limit: { file: join(import.meta.dirname, 'limit.js'), args: [], url: peerUrl },
    postgraphile: { file: join(folder, 'peers', 'postgraphile.js'), args: [], url: peerUrl },
  }[name];
  if (name === 'postgraphile' && !existsSync(join(folder, 'peers', 'node_modules'))) {
    throw new Error('PostGraphile is not installed: npm ci --prefix scripts/bench/queries/peers (or --peers limit)');
  }
  const { PATH, HOME } = process.env;
  const WHENCE_LOG_LEVEL = 'warn'; // the others write no line per request
  const env = {
    PATH,
    HOME,
    WHENCE_LOG_LEVEL,
    NODE_ENV: 'production',
    GRAPHILE_ENV: 'production',
    PORT: String(port),
    DATABASE_URL: server.url,
  };
  return spawn(process.execPath, [server.file, ...server.args], { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function untilListening(child: ChildProcess, port: number, name: string): Promise<void> {
  for (let i = 0; i < 300 && child.exitCode === null; i++, await sleep(200)) {
    // Any answer will do, also a refusal.
    if (
      await fetch(`http://127.0.0.1:${port}/`).then(
        (answer) => answer.arrayBuffer(),
        () => null,
      )
    )
      return;
  }
  throw new Error(`${name} does not answer`);
}

const asIs: Spelling = (_, asked) => asked;

/** Global ids; cursors are signed, so they are made with the secret of this database. */
async function spellingOfOurs(ownerUrl: string): Promise<Spelling> {
  const sql = postgres(ownerUrl, { max: 1 });
  try {
    const [row] =
      await sql`select audit.cursor_secret() as secret, pg_current_snapshot()::text as snapshot, (select max(epoch) from audit.epoch)::text as epoch`;
    const codec = new CursorCodec(String(row?.['secret']));
    const { tenant } = fixedCaller;
    const customers = entityList(customerList, tenant, {}, null);
    const customerScope = cursorScope(customers.name, customers.order);
    const pin = { snapshot: String(row?.['snapshot']), epoch: String(row?.['epoch']), sequence: '0', tick: '0', mark: '0' };
    const typeOf: Partial<Record<Question, string>> = { q3: 'Order', q7: 'Customer', q8: 'Product' };
    return (question, asked) => {
      const type = typeOf[question];
      if (type) return { id: encodeGlobalId(type, String(asked['id'])) };
      if (question === 'q2') return { after: codec.encode(tenant, customerScope, [String(asked['offset'])]) };
      if (question === 'q4') return { ...asked, table: `commerce.${asked['table']}` };
      if (question === 'q5')
        return { after: codec.encode(tenant, entryCursors(wholeTrail, 'DESC'), entryCursorValues(String(asked['before']), pin)) };
      return asked;
    };
  } finally {
    await sql.end();
  }
}

/** It pages by cursor, too: its `offset` would work out what hangs below the rows that it skips. A cursor is a digest of the order and a key. */
async function spellingOfPostgraphile(url: string): Promise<Spelling> {
  const digestOf = async (list: string, order: string) => {
    const answer = await ask(
      { url },
      JSON.stringify({ query: `{ list: ${list}(first: 1, orderBy: [${order}]) { pageInfo { endCursor } } }` }),
    );
    const { data } = answer as { data: { list: { pageInfo: { endCursor: string } } } };
    const [digest] = JSON.parse(Buffer.from(data.list.pageInfo.endCursor, 'base64').toString()) as [string];
    return digest;
  };
  const [customers, entries] = [await digestOf('allCustomers', 'PRIMARY_KEY_ASC'), await digestOf('allAuditLogs', 'PRIMARY_KEY_DESC')];
  const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64');
  return (question, asked) => {
    if (question === 'q2') return { after: cursor(customers, asked['offset']) };
    if (question === 'q5') return { after: cursor(entries, String(asked['before'])) };
    return asked;
  };
}
