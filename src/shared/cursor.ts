import { isUtf8 } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { DomainError } from './errors.ts';

/** A key value as PostgreSQL prints it; `null` where the column is null. */
export type CursorValue = string | null;

/** Which list a cursor belongs to. A cursor made for one kind or order is refused by every other. */
export interface CursorScope {
  /** Name of the list, e.g. `commerce.products`. */
  readonly kind: string;
  /** Version of what the values mean; raise it when the columns behind an order change. */
  readonly version: number;
  /** Name of the order, e.g. `price:desc,id:asc`. */
  readonly order: string;
}

const signatureBytes = 16;

/**
 * Writes and reads opaque cursors: base64url of a signature and a JSON array `[kind, version, order, ...values]`.
 * The signature is HMAC-SHA256 over tenant and payload, cut to 16 bytes: no caller can name a position it was not given,
 * and a cursor of another tenant is as good as forged. It is signed, not encrypted: never order by what a caller may not read.
 */
export class CursorCodec {
  private readonly secret: Uint8Array;

  /** @param secret at least 16 bytes; the same on every server of one installation, else cursors do not survive a restart. */
  constructor(secret: string | Uint8Array) {
    this.secret = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : secret;
    if (this.secret.byteLength < 16) throw new Error('The cursor secret needs at least 16 bytes.');
  }

  encode(tenant: string, scope: CursorScope, values: readonly CursorValue[]): string {
    const payload = Buffer.from(JSON.stringify([scope.kind, scope.version, scope.order, ...values]), 'utf8');
    return Buffer.concat([this.sign(tenant, payload), payload]).toString('base64url');
  }

  /**
   * The values of a cursor made for this tenant, list and order.
   * @throws DomainError `CURSOR_INVALID` when it is damaged, forged, or made for another tenant, list or order.
   */
  decode(tenant: string, scope: CursorScope, cursor: string, argument: string): CursorValue[] {
    return this.decodeOneOf(tenant, [scope], cursor, argument).values;
  }

  /** As `decode`, for a place that takes the cursors of several lists: which one it was, and its values. */
  decodeOneOf<S extends CursorScope>(
    tenant: string,
    scopes: readonly S[],
    cursor: string,
    argument: string,
  ): { scope: S; values: CursorValue[] } {
    const bytes = Buffer.from(cursor, 'base64url');
    const payload = bytes.subarray(signatureBytes);
    if (payload.length === 0 || bytes.toString('base64url') !== cursor) throw invalid(argument);
    if (!timingSafeEqual(bytes.subarray(0, signatureBytes), this.sign(tenant, payload)) || !isUtf8(payload)) throw invalid(argument);
    const parsed: unknown = JSON.parse(payload.toString('utf8')); // signed, so it is what encode() wrote
    if (!Array.isArray(parsed)) throw invalid(argument);
    const [kind, version, order, ...values] = parsed as [string, number, string, ...CursorValue[]];
    const ofKind = scopes.filter((scope) => scope.kind === kind);
    if (ofKind.length === 0) throw invalid(argument, 'It was made by another list.');
    const ofVersion = ofKind.filter((scope) => scope.version === version);
    if (ofVersion.length === 0) throw invalid(argument, 'It was made by an older version of this list.');
    const scope = ofVersion.find((one) => one.order === order);
    if (!scope) throw invalid(argument, 'It was made for another order of this list.');
    return { scope, values };
  }

  private sign(tenant: string, payload: Uint8Array): Buffer {
    // The length keeps tenant and payload apart: no other pair gives the same bytes.
    const hmac = createHmac('sha256', this.secret)
      .update(`${Buffer.byteLength(tenant)}:${tenant}`)
      .update(payload);
    return hmac.digest().subarray(0, signatureBytes);
  }
}

function invalid(argument: string, because = 'It is damaged, forged or of another tenant.'): DomainError {
  return new DomainError('CURSOR_INVALID', `The cursor in "${argument}" cannot be used here. ${because}`, { argument });
}
