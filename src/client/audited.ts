// For applications that write to a tracked database: a transaction that says who acts and why.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHmac } from 'node:crypto';
import type { SQL } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT, PgTransaction } from 'drizzle-orm/pg-core';
import type { TablesRelationalConfig } from 'drizzle-orm/relations';
import type { Sql, TransactionSql } from 'postgres';

/** What the trail records of a transaction beside its changes; see `audit.begin` in SQL. Everything is text unless said. */
export interface AuditContext {
  /** Who acts, as the application knows them: a user key or the name of a service. */
  readonly actor: string;
  readonly actorKind?: 'USER' | 'SERVICE';
  /** Role held when acting. */
  readonly role?: string;
  /** Why, in words. */
  readonly reason?: string;
  readonly reasonCode?: string;
  /** Ticket or document that explains it. */
  readonly reference?: string;
  readonly approvedBy?: string;
  /** Batch it belongs to: run_YYYYMMDD_HHMMSS_<8 hex digits>. */
  readonly runId?: string;
  /** Id of the entry that caused this one, digits. */
  readonly causeEntry?: string;
  /** The application's own name of what happens, e.g. ORDER_CONFIRMED. */
  readonly operationName?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
  /** W3C trace context. */
  readonly traceParent?: string;
  /** Tenant for row level security; leave it out where the application sets it itself. */
  readonly tenant?: string;
  /** The secret that the database shares (WHENCE_ACTOR_SECRET): with it the actor is proven, and the trail says so. */
  readonly secret?: string;
}

/** The part of a `pg` client that is used. */
export interface PgClient {
  query(text: string, values?: unknown[]): Promise<{ command: string; rows?: unknown[] }>;
  /** Newer ones tell whether a transaction is open: I is idle. */
  getTransactionStatus?(): string | null;
  on?(event: 'error', listener: () => void): unknown;
  off?(event: 'error', listener: () => void): unknown;
}

/** The part of a `pg` pool that is used. */
export interface PgPool {
  connect(): Promise<PgClient & { release(error?: boolean): void }>;
  readonly totalCount: number;
}

/** What a pool lends; the other way to call `connect` takes a callback. */
type Lent<Pool extends PgPool> = Pool['connect'] extends { (): Promise<infer Client>; (callback: never): unknown } ? Client : PgClient;

type Values = (string | null)[];
/** Sends one statement inside the transaction; gives rows, or what holds them as `rows`. */
type Send = (text: string, values: Values) => Promise<unknown>;

const statement = `select audit.begin(actor => $1, role => $2, reason => $3, reason_code => $4, reference => $5, run_id => $6,
  cause_entry => $7::text::bigint, operation_name => $8, details => $9::text::jsonb, request_id => $10, trace_parent => $11,
  approved_by => $12, actor_kind => $13, tenant => $14)`;
const provenStatement = statement.replace(/\)$/, ', mac => $15)');
const keptStatement = `select jsonb_object_agg(name, coalesce(current_setting(name, true), ''))::text as kept from unnest(array[
  'audit.actor', 'audit.role', 'audit.reason', 'audit.reason_code', 'audit.reference', 'audit.run_id', 'audit.cause_entry', 'audit.operation_name',
  'audit.details', 'audit.request_id', 'audit.trace_parent', 'audit.approved_by', 'audit.actor_kind', 'audit.occurred_at', 'audit.record_source',
  'app.tenant']) name`;
const restoreStatement = 'select set_config(key, value, true) from jsonb_each_text($1::text::jsonb)';
const nonceStatement = 'select audit.nonce() as nonce, coalesce($1, audit.session_tenant()) as tenant';

function parametersOf(context: AuditContext): Values {
  const named: unknown = context?.actor; // callers without types leave it out
  if (named === undefined || named === null || named === '') throw new TypeError('audited: the context names no actor');
  return [
    context.actor,
    context.role,
    context.reason,
    context.reasonCode,
    context.reference,
    context.runId,
    context.causeEntry,
    context.operationName,
    context.details && JSON.stringify(context.details),
    context.requestId,
    context.traceParent,
    context.approvedBy,
    context.actorKind,
    context.tenant,
  ].map((value) => value ?? null);
}

/** Says who and why; with a secret it first asks for the nonce that the proof is made over. */
async function begin(send: Send, context: AuditContext, parameters: Values): Promise<void> {
  if (context.secret === undefined) {
    await send(statement, parameters);
    return;
  }
  const [row] = rowsOf<{ nonce: string; tenant: string }>(await send(nonceStatement, [context.tenant ?? null]));
  if (!row) throw new Error('audit.nonce() gave nothing');
  const mac = createHmac('sha256', context.secret).update(`${row.nonce}\n${row.tenant}\n${context.actor}`).digest('hex');
  await send(provenStatement, [...parameters, mac]);
}

/** Inside another transaction: `work` has the context for itself, and what comes behind it has the one from before. */
async function within<T>(send: Send, begun: (send: Send) => Promise<void>, work: () => Promise<T>): Promise<T> {
  const [row] = rowsOf<{ kept: string }>(await send(keptStatement, []));
  await begun(send);
  const result = await work();
  await send(restoreStatement, [row?.kept ?? '{}']);
  return result;
}

function rowsOf<Row>(answer: unknown): Row[] {
  return (Array.isArray(answer) ? answer : (answer as { rows: unknown[] }).rows) as Row[];
}

/**
 * Runs `work` in one transaction whose changes carry the context: committed when it resolves, rolled back when it rejects.
 * Works over a postgres.js client, a `pg` Pool or Client, and a drizzle database; `work` gets that library's own transaction.
 * Given a transaction that is open, its part of it has this context: a savepoint, which the outer transaction commits or rolls back.
 * @throws what `work` or the database threw, unchanged; Error when a swallowed failure had already doomed the transaction, and when two
 * calls at once share one `pg` Client.
 */
export function audited<T>(client: Sql | TransactionSql, context: AuditContext, work: (tx: TransactionSql) => Promise<T>): Promise<T>;
export function audited<Hkt extends PgQueryResultHKT, Full extends Record<string, unknown>, Schema extends TablesRelationalConfig, T>(
  client: PgDatabase<Hkt, Full, Schema>,
  context: AuditContext,
  work: (tx: PgTransaction<Hkt, Full, Schema>) => Promise<T>,
): Promise<T>;
export function audited<Pool extends PgPool, T>(client: Pool, context: AuditContext, work: (tx: Lent<Pool>) => Promise<T>): Promise<T>;
export function audited<Client extends PgClient, T>(client: Client, context: AuditContext, work: (tx: Client) => Promise<T>): Promise<T>;
export async function audited<T>(client: unknown, context: AuditContext, work: (tx: never) => Promise<T>): Promise<T> {
  const parameters = parametersOf(context);
  const begun = (send: Send) => begin(send, context, parameters);
  const sendOver =
    (tx: TransactionSql): Send =>
    (text, values) =>
      tx.unsafe(text, values);
  if (has(client, 'begin', 'unsafe')) {
    return (client as unknown as Sql).begin(async (tx) => {
      await begun(sendOver(tx));
      return work(tx as never);
    }) as Promise<T>;
  }
  if (has(client, 'savepoint', 'unsafe')) {
    return (client as unknown as TransactionSql).savepoint((tx) => within(sendOver(tx), begun, () => work(tx as never))) as Promise<T>;
  }
  if (has(client, 'transaction', 'execute')) {
    const { sql } = await import('drizzle-orm');
    return (client as unknown as PgDatabase<PgQueryResultHKT>).transaction(async (tx) => {
      const send: Send = (text, values) => tx.execute(drizzleStatement(sql, text, values));
      if (has(client, 'rollback')) return within(send, begun, () => work(tx as never));
      await begun(send);
      return work(tx as never);
    });
  }
  if (has(client, 'connect') && 'totalCount' in (client as object)) {
    const lent = await (client as unknown as PgPool).connect();
    let broken = false;
    const lost = () => {
      broken = true;
    };
    lent.on?.('error', lost); // a connection lost between two statements ends the process where nobody listens
    try {
      return await alone(lent, () => inTransaction(lent, begun, work, lost));
    } finally {
      lent.off?.('error', lost);
      lent.release(broken);
    }
  }
  if (has(client, 'query')) return overClient(client as unknown as PgClient, begun, work);
  throw new TypeError('audited: give a postgres.js client, a pg Pool or Client, or a drizzle database');
}

/** A call that is under way on a client, and the one it was made in. */
interface Call {
  readonly client: object;
  readonly outer: Call | undefined;
}

const calls = new AsyncLocalStorage<Call>();
/** The innermost call on each client. */
const innermost = new WeakMap<object, Call>();

/** Runs `work` as the only call on its client, or inside the one that is under way. */
async function alone<T>(client: object, work: () => Promise<T>): Promise<T> {
  const before = innermost.get(client);
  if (before && !isInside(before)) throw new Error('audited: another transaction is under way on this client; give a Pool');
  const call: Call = { client, outer: calls.getStore() };
  innermost.set(client, call);
  try {
    return await calls.run(call, work);
  } finally {
    if (before) innermost.set(client, before);
    else innermost.delete(client);
  }
}

function isInside(wanted: Call): boolean {
  for (let call = calls.getStore(); call; call = call.outer) if (call === wanted) return true;
  return false;
}

function overClient<T>(client: PgClient, begun: (send: Send) => Promise<void>, work: (tx: never) => Promise<T>): Promise<T> {
  const isOpen = innermost.has(client) || /[TE]/.test(client.getTransactionStatus?.() ?? '');
  return alone(client, () => (isOpen ? inSavepoint(client, begun, work) : inTransaction(client, begun, work, () => {})));
}

async function inTransaction<T>(
  client: PgClient,
  begun: (send: Send) => Promise<void>,
  work: (tx: never) => Promise<T>,
  lost: () => void,
): Promise<T> {
  let result: T;
  let command: string;
  try {
    await client.query('begin');
    await begun((text, values) => client.query(text, values));
    result = await work(client as never);
    ({ command } = await client.query('commit')); // a doomed transaction answers ROLLBACK, without an error
  } catch (error) {
    await client.query('rollback').catch(lost);
    throw error;
  }
  if (command !== 'COMMIT') throw new Error('A statement had failed: the transaction was rolled back');
  return result;
}

async function inSavepoint<T>(client: PgClient, begun: (send: Send) => Promise<void>, work: (tx: never) => Promise<T>): Promise<T> {
  await client.query('savepoint audited');
  try {
    const result = await within(
      (text, values) => client.query(text, values),
      begun,
      () => work(client as never),
    );
    await client.query('release savepoint audited');
    return result;
  } catch (error) {
    await client.query('rollback to savepoint audited; release savepoint audited').catch(() => {}); // a lost connection has rolled back
    throw error;
  }
}

function drizzleStatement(sql: typeof import('drizzle-orm').sql, text: string, values: Values): SQL {
  const parts = text.split(/\$\d+/);
  return sql.join(parts.flatMap((part, i) => (i < values.length ? [sql.raw(part), sql`${values[i]}`] : [sql.raw(part)])));
}

function has(client: unknown, ...methods: string[]): boolean {
  if (client === null || (typeof client !== 'object' && typeof client !== 'function')) return false;
  return methods.every((method) => typeof (client as Record<string, unknown>)[method] === 'function');
}
