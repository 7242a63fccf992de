import { isUtf8 } from 'node:buffer';
import { DomainError } from './errors.ts';
import { isUnfitText } from './text.ts';

/** What a global id says: the GraphQL type and the key within the tenant. The tenant is never part of it. */
export interface GlobalId {
  readonly type: string;
  readonly key: string;
}

const maxEncodedLength = 8192; // the longest record key that still fits a B-tree index is 2,704 bytes
const typeAndKey = /^([A-Z][A-Za-z0-9]{0,63}):([\s\S]+)$/;
const maxBigint = 2n ** 63n - 1n;

/** Base64url of `Type:key`. */
export function encodeGlobalId(type: string, key: string): string {
  return Buffer.from(`${type}:${key}`, 'utf8').toString('base64url');
}

/**
 * Reads a global id of any type. Only the one spelling that `encodeGlobalId` writes is taken, so that one thing has one id.
 * @throws DomainError `BAD_USER_INPUT` with `argument` when it is not one of ours.
 */
export function decodeGlobalId(id: string, argument: string): GlobalId {
  const bytes = id.length <= maxEncodedLength ? Buffer.from(id, 'base64url') : Buffer.alloc(0);
  const match = bytes.length > 0 && bytes.toString('base64url') === id && isUtf8(bytes) ? typeAndKey.exec(bytes.toString('utf8')) : null;
  // Base64 would carry a NUL byte past the check of the request's text; PostgreSQL takes none.
  if (!match?.[1] || !match[2] || isUnfitText(match[2])) throw notAGlobalId(argument);
  return { type: match[1], key: match[2] };
}

/**
 * The key of an id that must name a `type`.
 * @throws DomainError `BAD_USER_INPUT` when it is malformed or names something else.
 */
export function keyOfGlobalId(id: string, type: string, argument: string): string {
  const found = decodeGlobalId(id, argument);
  if (found.type !== type) {
    throw new DomainError('BAD_USER_INPUT', `"${argument}" must be the id of a ${type}; this one names a ${found.type}.`, { argument });
  }
  return found.key;
}

/** Like `keyOfGlobalId`, for types whose key is a `bigint` of PostgreSQL: 1 to 2^63 - 1, without sign or leading zeros. */
export function bigintKeyOfGlobalId(id: string, type: string, argument: string): string {
  const key = keyOfGlobalId(id, type, argument);
  if (!isBigintKey(key)) throw notAGlobalId(argument);
  return key;
}

/** Whether the text is a key that a `bigint` identity column can hold. */
export function isBigintKey(key: string): boolean {
  return /^[1-9][0-9]{0,18}$/.test(key) && BigInt(key) <= maxBigint;
}

export function notAGlobalId(argument: string): DomainError {
  return new DomainError('BAD_USER_INPUT', `"${argument}" is not a global id of this API.`, { argument });
}
