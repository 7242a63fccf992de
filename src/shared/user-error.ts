export const UserErrorCode = {
  ALREADY_EXISTS: 'ALREADY_EXISTS',
  CONFLICT: 'CONFLICT',
  FORBIDDEN: 'FORBIDDEN',
  IDEMPOTENCY_MISMATCH: 'IDEMPOTENCY_MISMATCH',
  INVALID: 'INVALID',
  NOT_FOUND: 'NOT_FOUND',
  TOO_LARGE: 'TOO_LARGE',
} as const;
export type UserErrorCode = keyof typeof UserErrorCode;

/** A failure of a mutation that the caller can act on. It is part of the payload, not of the answer's errors. */
export interface UserError {
  readonly code: UserErrorCode;
  /** Path of the input field at fault, e.g. `['input', 'runId']`; null when it is no single one. */
  readonly field: readonly string[] | null;
  readonly message: string;
}

/** Thrown inside a mutation's transaction: what it wrote is undone, and its payload says why. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(readonly userErrors: readonly UserError[]) {
    super(userErrors.map(({ message }) => message).join(' '));
  }
}

/** @param field name of the input field at fault. */
export function refusal(code: UserErrorCode, message: string, field?: string): Refusal {
  return new Refusal([userError(code, message, field)]);
}

export function userError(code: UserErrorCode, message: string, field?: string): UserError {
  return { code, field: field === undefined ? null : ['input', ...field.split('.')], message };
}
