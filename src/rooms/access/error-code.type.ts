import { registerEnumType } from 'type-graphql';
import type { ErrorCode } from '../../shared/errors.ts';

// `Record<ErrorCode, ...>` makes a code without a description an error of compilation.
const descriptions: Readonly<Record<ErrorCode, string>> = {
  BAD_USER_INPUT: 'An argument is not valid; extensions.argument names it.',
  COST_LIMIT_EXCEEDED: 'The operation costs more than allowed; extensions.cost and extensions.limit say how much.',
  DEADLINE_EXCEEDED: 'It took too long; extensions.retryable is true.',
  FORBIDDEN: 'A permission is missing; extensions.scope names it.',
  GRAPHQL_PARSE_FAILED: 'The document is not GraphQL.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  HISTORY_UNAVAILABLE: 'The point in time is older than what is kept; extensions.oldest says from when on.',
  INTERNAL_SERVER_ERROR: 'A fault of the server; extensions.requestId helps to find it.',
  NOT_FOUND: 'There is no such thing.',
  PERSISTED_DOCUMENT_NOT_FOUND: 'The document id is unknown.',
  DOCUMENT_NOT_ALLOWED: 'Only documents that the server knows are answered here; whence documents lists them.',
  RATE_LIMITED: 'Too much in too short a time; extensions.retryAfterMs says when to come back.',
  UNAUTHENTICATED: 'No valid token.',
  UNAVAILABLE: 'A data source is down; extensions.retryable is true.',
  CURSOR_INVALID: 'The cursor is forged, damaged or of another tenant.',
  CURSOR_EXPIRED: 'What the cursor points at is no longer kept.',
  CURSOR_AHEAD: 'The cursor is ahead of the log, e.g. after a restore.',
  DEPTH_LIMIT: 'Too deep.',
  ALIAS_LIMIT: 'Too many aliases or root fields.',
  DIRECTIVE_LIMIT: 'Too many directives.',
  TOKEN_LIMIT: 'The document is too long.',
  BATCH_LIMIT: 'Too many operations in one request.',
  OPERATION_LIMIT: 'Too many operations at once on a socket, or on all sockets of a caller; extensions.limit says how many may be.',
  QUERY_LIMIT: 'Too many relations, joins or witnesses in a provenance query.',
  BAD_TEXT: 'Text with a NUL byte or a lone surrogate.',
};

export const errorCodes = Object.keys(descriptions) as readonly ErrorCode[];

/** What type-graphql takes as the enum: each code stands for itself. */
export const ErrorCodeType = Object.fromEntries(errorCodes.map((code) => [code, code])) as Readonly<Record<ErrorCode, ErrorCode>>;

registerEnumType(ErrorCodeType, {
  name: 'ErrorCode',
  description: 'Values of extensions.code; listed here so that clients can generate them.',
  valuesConfig: Object.fromEntries(errorCodes.map((code) => [code, { description: descriptions[code] }])),
});
