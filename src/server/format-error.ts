import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { DomainError, type ErrorCode } from '../shared/errors.ts';
import type { Log } from '../shared/log.ts';
import { HttpError } from './http-error.ts';

const maxMessageLength = 500; // graphql repeats the value it refuses, however long it is

// Codes that Apollo gives, in the contract's words.
const contractCodes: Readonly<Record<string, ErrorCode>> = {
  GRAPHQL_PARSE_FAILED: 'GRAPHQL_PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'GRAPHQL_VALIDATION_FAILED',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_FOUND: 'PERSISTED_DOCUMENT_NOT_FOUND',
  PERSISTED_QUERY_NOT_SUPPORTED: 'PERSISTED_DOCUMENT_NOT_FOUND',
};

/** Whose request an error belongs to, as the log names it. */
export interface RequestFacts {
  readonly requestId: string;
  readonly traceId?: string | undefined;
  readonly tenant?: string | undefined;
}

interface Told {
  readonly code: ErrorCode;
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/**
 * What a caller learns of any error: message, place in document and answer, `extensions.code` of the contract. Never a stack, SQL or path.
 * An error that is none of ours becomes INTERNAL_SERVER_ERROR with the request id, by which the log knows what it was.
 */
export function formatError(error: unknown, request: RequestFacts, log: Log): GraphQLFormattedError {
  const told = domainError(error) ?? graphqlError(error);
  if (told === null) {
    log.error({ ...request, err: originOf(error), path: pathOf(error) }, 'a request failed');
    const message = 'Something went wrong on our side.';
    return formatted(error, { code: 'INTERNAL_SERVER_ERROR', message, extensions: { requestId: request.requestId } });
  }
  if (told.code === 'UNAVAILABLE' || told.code === 'DEADLINE_EXCEEDED')
    log.warn({ ...request, err: originOf(error) }, 'a request was given up');
  return formatted(error, told);
}

function domainError(error: unknown): Told | null {
  const origin = originOf(error);
  if (origin instanceof HttpError) return origin;
  if (!(origin instanceof DomainError)) return null;
  const retryable = origin.code === 'UNAVAILABLE' || origin.code === 'DEADLINE_EXCEEDED' ? { retryable: true } : {};
  return { code: origin.code, message: origin.message, extensions: { ...retryable, ...origin.extensions } };
}

/** Errors that graphql or Apollo made about what was sent; null for the others, e.g. a null in a field that is never null. */
function graphqlError(error: unknown): Told | null {
  if (!(error instanceof GraphQLError)) return null;
  const { message } = error;
  const given = error.extensions['code'];
  const code = typeof given === 'string' ? contractCodes[given] : undefined;
  if (code === 'GRAPHQL_PARSE_FAILED' && /contains more tha[nt] \d+ tokens/.test(message)) {
    return { code: 'TOKEN_LIMIT', message: 'The document is too long.' };
  }
  if (given === 'OPERATION_RESOLUTION_FAILURE') return { code: 'BAD_USER_INPUT', message, extensions: { argument: 'operationName' } };
  // Arguments are coerced while executing, so Apollo leaves these without a code; the other errors without one are about our answer.
  const argument = /^(?:Argument "(\w+)"|Variable "\$(\w+)")/.exec(message);
  if (code === 'BAD_USER_INPUT' || (given === undefined && argument)) {
    const name = argument?.[1] ?? argument?.[2];
    return { code: 'BAD_USER_INPUT', message, extensions: name === undefined ? {} : { argument: name } };
  }
  return code === undefined ? null : { code, message };
}

function formatted(error: unknown, { code, message, extensions }: Told): GraphQLFormattedError {
  const place = error instanceof GraphQLError ? { locations: error.locations, path: error.path } : {};
  const short = message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}...` : message;
  return { message: short, ...place, extensions: { ...extensions, code } };
}

/** The error that was thrown, without what graphql wrapped around it. */
function originOf(error: unknown): unknown {
  let origin = error;
  while (origin instanceof GraphQLError && origin.originalError) origin = origin.originalError;
  return origin;
}

function pathOf(error: unknown): string | undefined {
  return error instanceof GraphQLError ? error.path?.join('.') : undefined;
}
