// What a driver's error means. Both drivers' errors leave src/database as a DomainError (the caller can act on it) or a DatabaseFault.
import { DomainError } from '../shared/errors.ts';

/** An error of PostgreSQL itself, alike from both drivers. Rooms look at `sqlState` and `constraint`; callers never see it. */
export class DatabaseFault extends Error {
  override readonly name = 'DatabaseFault';
  readonly sqlState: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  /** Where in the statement's text the error is, counted from 1. */
  readonly position: number | undefined;

  constructor(cause: ServerError) {
    super(cause.message, { cause });
    this.sqlState = cause.code;
    this.detail = cause.detail;
    this.hint = cause.hint;
    this.constraint = cause.constraint;
    this.table = cause.table;
    this.position = cause.position ? Number(cause.position) : undefined;
  }
}

interface ServerError extends Error {
  readonly code: string;
  readonly severity?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly routine?: string;
  readonly position?: string;
  readonly constraint?: string;
  readonly table?: string;
}

/** The connection ended without an answer, or was taken away by us. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
  readonly code = 'CONNECTION_LOST';
}

/** The driver's error under our own ones. */
function rootOf(error: unknown): { readonly code?: unknown; readonly severity?: unknown; readonly routine?: unknown } {
  let root = error;
  while ((root instanceof DomainError || root instanceof DatabaseFault) && root.cause !== undefined) root = root.cause;
  return root !== null && typeof root === 'object' ? root : {};
}

export const codeOf = (error: unknown): string => String(rootOf(error).code ?? '');

/** Nothing has run yet: no connection could be made, or the server does not take one now. */
export const isRefused = (error: unknown): boolean =>
  /^(ECONNREFUSED|CONNECT_TIMEOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT|57P03|53300)$/.test(codeOf(error));

/** The connection is gone: whatever ran on it may or may not have happened. */
export const isLost = (error: unknown): boolean =>
  isRefused(error) ||
  /^(CONNECTION_|ECONN|EPIPE|ETIMEDOUT|08|57P0[1-5]|25P0[34])/.test(codeOf(error)) ||
  /^(FATAL|PANIC)$/.test(String(rootOf(error).severity ?? ''));

/** The server undid the transaction and says that it can be tried again. */
export const isRepeatable = (error: unknown): boolean => isConflict(error) || isStalePlan(error);

/** A serialisation failure or a deadlock. */
const isConflict = (error: unknown): boolean => /^(40001|40P01)$/.test(codeOf(error));

/** A named prepared statement whose tables were changed meanwhile. */
const isStalePlan = (error: unknown): boolean => codeOf(error) === '0A000' && rootOf(error).routine === 'RevalidateCachedQuery';

const isServerError = (error: unknown): error is ServerError => error instanceof Error && /^[0-9A-Z]{5}$/.test(codeOf(error));

/** NUL: 22021 in text, 22P05 in jsonb. A lone surrogate: 22P02 in jsonb, where only the detail tells it from other bad input. */
const isBadText = (error: ServerError): boolean =>
  error.code === '22021' ||
  error.code === '22P05' ||
  (error.code === '22P02' && /surrogate|\\u0000/i.test(`${error.message} ${error.detail ?? ''}`));

/**
 * 42501 stays a DatabaseFault: scopes are checked before a statement is sent, so a refusal of the database is a fault of ours, and FORBIDDEN
 * would have no scope to name.
 */
export function translate(error: unknown): unknown {
  if (error instanceof DomainError || error instanceof DatabaseFault) return error;
  if (codeOf(error) === '57014')
    return new DomainError('DEADLINE_EXCEEDED', 'The database did not answer in time.', { retryable: true }, { cause: error });
  if (isLost(error)) return new DomainError('UNAVAILABLE', 'The database is not available.', { retryable: true }, { cause: error });
  if (isConflict(error))
    return new DomainError('UNAVAILABLE', 'Others wrote the same at the same time: try again.', { retryable: true }, { cause: error });
  if (!isServerError(error)) return error;
  if (isBadText(error)) return new DomainError('BAD_TEXT', 'A text holds a NUL byte or a lone surrogate.', {}, { cause: error });
  return new DatabaseFault(error);
}

export const deadlineExceeded = (limitMs: number): DomainError =>
  new DomainError('DEADLINE_EXCEEDED', 'The database did not answer in time.', { retryable: true, limitMs });

export const outcomeUnknown = (cause: unknown): DomainError =>
  new DomainError(
    'UNAVAILABLE',
    'The connection to the database was lost while committing: the change may or may not be kept.',
    { outcome: 'unknown', retryable: false },
    { cause },
  );
