import { type SQL, sql } from 'drizzle-orm';
import { json } from '../../database/database.ts';

/** How long a first outcome is kept. */
const kept = sql`interval '24 hours'`;
const sweptPerCall = 100;

/** Gives a row when the key is ours now: it was free, or too old to count. Waits for another call that holds it. */
export function claimKey(tenant: string, key: string, mutation: string, inputHash: string): SQL {
  return sql`/* access.idempotency.claim */
    insert into access.idempotency_key as held (tenant, key, mutation, input_hash) values (${tenant}, ${key}, ${mutation}, ${inputHash})
    on conflict (tenant, key) do update set mutation = excluded.mutation, input_hash = excluded.input_hash, outcome = null, created_at = now()
      where held.created_at < now() - ${kept}
    returning true as claimed`;
}

export function heldKey(tenant: string, key: string): SQL {
  return sql`/* access.idempotency.held */ select mutation, input_hash, outcome from access.idempotency_key where tenant = ${tenant} and key = ${key}`;
}

export function keepOutcome(tenant: string, key: string, outcome: object): SQL {
  return sql`/* access.idempotency.keep */ update access.idempotency_key set outcome = ${json(outcome)}::text::jsonb where tenant = ${tenant} and key = ${key}`;
}

/** What the work of a mutation wrote behind it can be undone without the rest of the transaction. */
export const savepoint: SQL = sql`savepoint mutation`;
export const rollbackToSavepoint: SQL = sql`rollback to savepoint mutation`;

/** Removes some that are too old, so that nobody else has to. */
export function sweepKeys(tenant: string): SQL {
  return sql`/* access.idempotency.sweep */ delete from access.idempotency_key where tenant = ${tenant} and key in (
    select key from access.idempotency_key where tenant = ${tenant} and created_at < now() - ${kept}
     order by created_at limit ${sweptPerCall} for update skip locked)`;
}
