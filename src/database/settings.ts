// Settings that travel with a statement or a transaction: the tenant for row level security, who and why for the capture triggers.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHmac } from 'node:crypto';
import type { Parameter, Reader, Statement, WriteContext } from './database.ts';

/**
 * The statement with its reader set inside it (the tenant, and whether personal values are shown), in one round trip. Only the data
 * dependency on `s` fixes the order: a lateral that cannot be pulled up (`offset 0`) reads after the settings are made; every other form seen
 * was always empty. The settings last this one statement.
 */
export function forReader(statement: Statement, reader: Reader): Statement {
  const { tenant, scopes } = typeof reader === 'string' ? { tenant: reader, scopes: null } : reader;
  const params = [...statement.params, tenant, scopes?.has('PII_READ') ? 'shown' : 'masked'];
  return {
    text: `select j.* from (select set_config('app.tenant', $${params.length - 1}, true) as tenant, set_config('app.personal', $${params.length}, true) as personal offset 0) s
cross join lateral (select q.* from (
${statement.text}
) q where s.tenant is not null and s.personal is not null offset 0) j`,
    params,
  };
}

type ContextSetting = Exclude<keyof WriteContext, 'details' | 'isVerified'>;
const settings: readonly (readonly [ContextSetting, string])[] = [
  ['tenant', 'app.tenant'],
  ['actor', 'audit.actor'],
  ['actorKind', 'audit.actor_kind'],
  ['role', 'audit.role'],
  ['operationName', 'audit.operation_name'],
  ['reason', 'audit.reason'],
  ['reasonCode', 'audit.reason_code'],
  ['reference', 'audit.reference'],
  ['approvedBy', 'audit.approved_by'],
  ['runId', 'audit.run_id'],
  ['causeEntry', 'audit.cause_entry'],
  ['requestId', 'audit.request_id'],
  ['traceParent', 'audit.trace_parent'],
  ['application', 'audit.application'],
  ['session', 'audit.session'],
  ['clientIp', 'audit.client_ip'],
  ['hostName', 'audit.host_name'],
  ['occurredAt', 'audit.occurred_at'],
  ['recordSource', 'audit.record_source'],
];

/** How a transaction begins: with the settings of its context, and the proof of its actor. */
export interface Beginning {
  readonly settings: Statement;
  /** What to send after it, given the nonce that the first one answered; null where nothing is proven. */
  readonly proof: ((nonce: string) => Statement) | null;
}

/** One statement that makes every setting of the context, for the running transaction only; with a secret also the proof of a verified actor. */
export function beginningOf(context: WriteContext, actorSecret: string | null): Beginning {
  const params: Parameter[] = [];
  const calls: string[] = [];
  const set = (name: string, value: string) => calls.push(`set_config('${name}', $${params.push(value)}, true)`);
  for (const [field, name] of settings) {
    const value = context[field];
    if (value !== undefined && value !== null) set(name, value);
  }
  if (context.details !== undefined) set('audit.details', JSON.stringify(context.details));
  if (actorSecret === null || context.isVerified !== true) return { settings: { text: `select ${calls.join(', ')}`, params }, proof: null };
  return {
    settings: { text: `select ${[...calls, 'audit.nonce() as nonce'].join(', ')}`, params },
    proof(nonce) {
      const mac = createHmac('sha256', actorSecret).update(`${nonce}\n${context.tenant}\n${context.actor}`).digest('hex');
      return { text: '/* audit.verifyActor */ select audit.verify_actor($1)::text as verified', params: [mac] };
    },
  };
}

interface OpenTransaction {
  readonly connection: object;
  readonly around: OpenTransaction | undefined;
  open: boolean;
}
const inside = new AsyncLocalStorage<OpenTransaction>();

/** Runs `work` marked as inside a transaction of `connection` (a pool, an embedded database). */
export async function insideTransaction<T>(connection: object, work: () => Promise<T>): Promise<T> {
  const mark: OpenTransaction = { connection, around: inside.getStore(), open: true };
  try {
    return await inside.run(mark, work);
  } finally {
    mark.open = false;
  }
}

/** @throws Error when a transaction of `connection` is open here: a statement sent past it would miss it, or wait for itself. */
export function refuseInsideTransaction(connection: object): void {
  for (let mark = inside.getStore(); mark; mark = mark.around) {
    if (mark.open && mark.connection === connection)
      throw new Error('a transaction is open here: send the statement through tx, not through the database');
  }
}
