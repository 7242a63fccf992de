// For applications that write to a tracked database: a transaction that says who acts and why.
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
}

/** The part of a `pg` pool that is used. */
export interface PgPool<Client extends PgClient> {
  connect(): Promise<Client & { release(error?: boolean): void }>;
  readonly totalCount: number;
}

type Values = (string | null)[];
/** Sends one statement inside the transaction; gives rows, or what holds them as `rows`. */
type Send = (text: string, values: Values) => Promise<unknown>;

const statement = `select audit.begin(actor => $1, role => $2, reason => $3, reason_code => $4, reference => $5, run_id => $6,
  cause_entry => $7::text::bigint, operation_name => $8, details => $9::text::jsonb, request_id => $10, trace_parent => $11,
  approved_by => $12, actor_kind => $13, tenant => $14)`;
const provenStatement = statement.replace(/\)$/, ', mac => $15)');
const nonceStatement = 'select audit.nonce() as nonce, coalesce($1, audit.session_tenant()) as tenant';

function parametersOf(context: AuditContext): Values {
  if (context.actor === '') throw new TypeError('audited: the context names no actor');
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
  const answer = await send(nonceStatement, [context.tenant ?? null]);
  const [row] = (Array.isArray(answer) ? answer : (answer as { rows: unknown[] }).rows) as { nonce: string; tenant: string }[];
  if (!row) throw new Error('audit.nonce() gave nothing');
  const mac = createHmac('sha256', context.secret).update(`${row.nonce}\n${row.tenant}\n${context.actor}`).digest('hex');
  await send(provenStatement, [...parameters, mac]);
}

/**
 * Runs `work` in one transaction whose changes carry the context: committed when it resolves, rolled back when it rejects.
 * Works over a postgres.js client, a `pg` Pool or Client, and a drizzle database; `work` gets that library's own transaction.
 * @throws what `work` or the database threw, unchanged; Error when a swallowed failure had already doomed the transaction.
 */
export function audited<T>(client: Sql, context: AuditContext, work: (tx: TransactionSql) => Promise<T>): Promise<T>;
export function audited<Hkt extends PgQueryResultHKT, Full extends Record<string, unknown>, Schema extends TablesRelationalConfig, T>(
  client: PgDatabase<Hkt, Full, Schema>,
  context: AuditContext,
  work: (tx: PgTransaction<Hkt, Full, Schema>) => Promise<T>,
): Promise<T>;
export function audited<Client extends PgClient, T>(
  client: PgPool<Client>,
  context: AuditContext,
  work: (tx: Client) => Promise<T>,
): Promise<T>;
export function audited<Client extends PgClient, T>(client: Client, context: AuditContext, work: (tx: Client) => Promise<T>): Promise<T>;
export async function audited<T>(client: unknown, context: AuditContext, work: (tx: never) => Promise<T>): Promise<T> {
  const parameters = parametersOf(context);
  if (has(client, 'begin', 'unsafe')) {
    return (client as unknown as Sql).begin(async (tx) => {
      await begin((text, values) => tx.unsafe(text, values), context, parameters);
      return work(tx as never);
    }) as Promise<T>;
  }
  if (has(client, 'transaction', 'execute')) {
    const { sql } = await import('drizzle-orm');
    return (client as unknown as PgDatabase<PgQueryResultHKT>).transaction(async (tx) => {
      await begin((text, values) => tx.execute(drizzleStatement(sql, text, values)), context, parameters);
      return work(tx as never);
    });
  }
  const begun = (send: Send) => begin(send, context, parameters);
  if (has(client, 'connect') && 'totalCount' in (client as object)) {
    const lent = await (client as unknown as PgPool<PgClient>).connect();
    let broken = false;
    try {
      return await inTransaction(lent, begun, work, () => {
        broken = true;
      });
    } finally {
      lent.release(broken);
    }
  }
  if (has(client, 'query')) return inTransaction(client as unknown as PgClient, begun, work, () => {});
  throw new TypeError('audited: give a postgres.js client, a pg Pool or Client, or a drizzle database');
}

async function inTransaction<T>(
  client: PgClient,
  begun: (send: Send) => Promise<void>,
  work: (tx: never) => Promise<T>,
  lost: () => void,
): Promise<T> {
  await client.query('begin');
  let result: T;
  try {
    await begun((text, values) => client.query(text, values));
    result = await work(client as never);
  } catch (error) {
    await client.query('rollback').catch(lost);
    throw error;
  }
  const { command } = await client.query('commit'); // a doomed transaction answers ROLLBACK, without an error
  if (command !== 'COMMIT') throw new Error('A statement had failed: the transaction was rolled back');
  return result;
}

function drizzleStatement(sql: typeof import('drizzle-orm').sql, text: string, values: Values): SQL {
  const parts = text.split(/\$\d+/);
  return sql.join(parts.flatMap((part, i) => (i < values.length ? [sql.raw(part), sql`${values[i]}`] : [sql.raw(part)])));
}

function has(client: unknown, ...methods: string[]): boolean {
  if (client === null || (typeof client !== 'object' && typeof client !== 'function')) return false;
  return methods.every((method) => typeof (client as Record<string, unknown>)[method] === 'function');
}
