import { type SQL, sql } from 'drizzle-orm';
import { textArray } from '../../database/database.ts';

/** Whose a key is, if it may be used now. It is asked before any tenant is known: a function of the owner looks it up. */
export function callerOfKey(id: string, secretHash: string): SQL {
  return sql`/* access.apiKey.caller */ select tenant, actor, role, to_jsonb(scopes) as scopes from access.caller_of_key(${id}, ${secretHash})`;
}

export interface NewApiKey {
  readonly id: string;
  readonly secretHash: string;
  readonly tenant: string;
  readonly name: string;
  readonly role: string;
  readonly scopes: readonly string[];
  /** Null: until it is revoked. */
  readonly days: number | null;
}

/** Gives no row when the tenant has a key of that name that was not revoked. */
export function createKey({ id, secretHash, tenant, name, role, scopes, days }: NewApiKey): SQL {
  return sql`/* access.apiKey.create */ insert into access.api_key (id, secret_hash, tenant, name, role, scopes, expires_at)
    values (${id}, ${secretHash}, ${tenant}, ${name}, ${role}, ${textArray(scopes)}::text::text[], now() + ${days}::int * interval '1 day')
    on conflict (tenant, name) where revoked_at is null do nothing returning id`;
}

/** Newest first; of one tenant, or of all. */
export function listKeys(tenant: string | null): SQL {
  return sql`/* access.apiKey.list */ select id, tenant, name, role, array_to_string(scopes, ' ') as scopes, created_at, expires_at, revoked_at
    from access.api_key where ${tenant}::text is null or tenant = ${tenant}::text order by created_at desc, id`;
}

/** Gives a row when there is such a key that was not revoked before. */
export function revokeKey(id: string): SQL {
  return sql`/* access.apiKey.revoke */ update access.api_key set revoked_at = now() where id = ${id} and revoked_at is null returning id`;
}
