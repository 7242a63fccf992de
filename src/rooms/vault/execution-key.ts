import { encodeGlobalId, keyOfGlobalId } from '../../shared/global-id.ts';

const type = 'VaultExecution';

/** Whether a text is a hash key: 64 hexadecimal digits, as we write them. */
export function isHashKey(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

export function executionId(hashKey: string): string {
  return encodeGlobalId(type, hashKey);
}

/**
 * The hash key that a global id names; null when what it holds is none.
 * @throws DomainError `BAD_USER_INPUT` with `argument` when it names something else.
 */
export function executionKey(id: string, argument: string): string | null {
  const key = keyOfGlobalId(id, type, argument);
  return isHashKey(key) ? key : null;
}
