import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../../database/database.ts';
import { type Caller, type Credentials, fixedCaller } from '../../shared/caller.ts';
import { DomainError } from '../../shared/errors.ts';
import { callerOfKey } from './api-key.queries.ts';
import { scopesOf, unauthenticated, type VerifyToken } from './token.ts';

const keyPattern = /^whk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
/** A revoked key works for this long at most. */
const keptMs = 5_000;
const maxKept = 1_000;

/** Who sends a request. Without tokens everybody is the one fixed caller. */
export class AccessService {
  private readonly kept = new Map<string, { readonly caller: Caller; readonly until: number }>();

  /** @param verify null when only API keys are taken. */
  constructor(
    private readonly database: Pick<Database, 'read'>,
    private readonly isOpen: boolean,
    private readonly verify: VerifyToken | null,
  ) {}

  /**
   * @throws DomainError `UNAUTHENTICATED` without a valid token or key, `FORBIDDEN` when X-Customer-ID names another tenant,
   * `UNAVAILABLE` when they cannot be verified now.
   */
  async callerOf({ authorization, apiKey, customerId }: Credentials): Promise<Caller> {
    const caller = this.isOpen ? fixedCaller : await this.verified(authorization, apiKey);
    if (customerId !== undefined && customerId !== caller.tenant) {
      throw new DomainError('FORBIDDEN', 'X-Customer-ID is not the tenant of this token.');
    }
    return caller;
  }

  private async verified(authorization: string | undefined, apiKey: string | undefined): Promise<Caller> {
    const [, bearer] = /^bearer +([^\s]+)$/i.exec(authorization ?? '') ?? [];
    const presented = apiKey ?? bearer;
    if (presented === undefined || (apiKey !== undefined && authorization !== undefined)) {
      throw unauthenticated('Send one token (Authorization: Bearer ...) or one API key (X-API-Key: ...).');
    }
    if (presented.startsWith('whk_')) return this.callerOfKey(presented);
    if (this.verify === null || apiKey !== undefined) throw unauthenticated('The token is not valid here.');
    return this.verify(presented);
  }

  private async callerOfKey(key: string): Promise<Caller> {
    const [, id, secret] = keyPattern.exec(key) ?? [];
    if (id === undefined || secret === undefined) throw unauthenticated('The API key is not valid here.');
    const secretHash = hashOfSecret(secret);
    const name = `${id}:${secretHash}`;
    const known = this.kept.get(name);
    if (known && known.until > Date.now()) return known.caller;
    const [row] = await this.database.read('', callerOfKey(id, secretHash));
    this.kept.delete(name);
    if (!row) throw unauthenticated('The API key is not valid here.');
    const caller: Caller = {
      tenant: row['tenant'] as string,
      actor: row['actor'] as string,
      role: row['role'] as string,
      scopes: scopesOf((row['scopes'] as string[]).join(' ')),
      isVerified: true,
      session: id,
    };
    if (this.kept.size >= maxKept) this.kept.clear();
    this.kept.set(name, { caller, until: Date.now() + keptMs });
    return caller;
  }
}

/** A new key: `key` is shown once, the rest is stored. */
export function newApiKey(): { readonly key: string; readonly id: string; readonly secretHash: string } {
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  return { key: `whk_${id}_${secret}`, id, secretHash: hashOfSecret(secret) };
}

function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
