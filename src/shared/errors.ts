/** Values of `extensions.code`, exactly the contract's enum ErrorCode. */
export type ErrorCode =
  | 'BAD_USER_INPUT'
  | 'COST_LIMIT_EXCEEDED'
  | 'DEADLINE_EXCEEDED'
  | 'FORBIDDEN'
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'HISTORY_UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR'
  | 'NOT_FOUND'
  | 'PERSISTED_DOCUMENT_NOT_FOUND'
  | 'DOCUMENT_NOT_ALLOWED'
  | 'RATE_LIMITED'
  | 'UNAUTHENTICATED'
  | 'UNAVAILABLE'
  | 'CURSOR_INVALID'
  | 'CURSOR_EXPIRED'
  | 'CURSOR_AHEAD'
  | 'DEPTH_LIMIT'
  | 'ALIAS_LIMIT'
  | 'DIRECTIVE_LIMIT'
  | 'TOKEN_LIMIT'
  | 'BATCH_LIMIT'
  | 'OPERATION_LIMIT'
  | 'QUERY_LIMIT'
  | 'BAD_TEXT';

/**
 * A fault the caller can understand and act on. `code` and `extensions` reach the caller as they are, so they hold no SQL, path or stack;
 * `cause` goes to the log only. Any other error reaches a caller as INTERNAL_SERVER_ERROR.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly extensions: Readonly<Record<string, unknown>> = {},
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
  }
}

/** The installation is set up wrongly: the process says so in one line and ends, no caller ever sees it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
