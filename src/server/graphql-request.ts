import type { FastifyRequest } from 'fastify';
import { refuseBadText } from '../shared/text.ts';
import { checkDocument } from './document-limits.ts';
import { HttpError } from './http-error.ts';

/** One operation as the GraphQL-over-HTTP specification carries it. */
export interface GraphqlRequest {
  readonly method: 'GET' | 'POST';
  readonly query: string;
  readonly variables: Record<string, unknown> | undefined;
  readonly operationName: string | undefined;
  readonly extensions: Record<string, unknown> | undefined;
}

const jsonType = 'application/json';
export const graphqlType = 'application/graphql-response+json';
export type AnswerType = typeof jsonType | typeof graphqlType;

// A page of another site can send a GET without asking first, but none of these headers.
const askingHeaders = ['apollo-require-preflight', 'graphql-require-preflight', 'x-apollo-operation-name', 'authorization'];

/**
 * Reads the operation from a parsed body or from the query of a GET.
 * @throws HttpError when it is a batch, not an operation, or a GET that a page of another site could have made.
 * @throws DomainError `BAD_TEXT`, `DEPTH_LIMIT` or `BAD_USER_INPUT` for what the documents and variables hold.
 */
export function readGraphqlRequest(request: FastifyRequest): GraphqlRequest {
  const parameters = request.method === 'GET' ? fromQuery(request) : request.body;
  if (Array.isArray(parameters)) throw new HttpError(400, 'BATCH_LIMIT', 'One operation per request: batches are not taken.', { limit: 1 });
  if (!isObject(parameters)) throw badRequest('The request must be a JSON object with a "query".', 'query');
  const { query, variables, operationName, extensions } = parameters;
  if (extensions === undefined || isObject(extensions) || extensions === null) {
    if (query === undefined && isObject(extensions) && isObject(extensions['persistedQuery'])) {
      throw new HttpError(404, 'PERSISTED_DOCUMENT_NOT_FOUND', 'No documents are stored here: send the "query".');
    }
  } else throw badRequest('"extensions" must be an object.', 'extensions');
  if (typeof query !== 'string' || query.trim() === '') throw badRequest('"query" must be a GraphQL document.', 'query');
  if (!isOptional(variables, isObject)) throw badRequest('"variables" must be an object.', 'variables');
  if (!isOptional(operationName, isText)) throw badRequest('"operationName" must be a string.', 'operationName');
  checkDocument(query);
  refuseBadText(operationName, 'operationName');
  refuseBadText(variables, 'variables');
  return {
    method: request.method === 'GET' ? 'GET' : 'POST',
    query,
    variables: variables ?? undefined,
    operationName: operationName ?? undefined,
    extensions: extensions ?? undefined,
  };
}

/** @throws HttpError 406 when the caller takes neither of the two forms of an answer. Without a wish it is `application/json`. */
export function answerType(accept: string | undefined): AnswerType {
  if (accept === undefined || accept.trim() === '') return jsonType;
  let best: { type: AnswerType; quality: number } | null = null;
  for (const part of accept.split(',')) {
    const [range = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const type = range === graphqlType ? graphqlType : [jsonType, 'application/*', '*/*'].includes(range) ? jsonType : null;
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    if (type !== null && quality > (best?.quality ?? 0)) best = { type, quality };
  }
  if (best === null) throw new HttpError(406, 'BAD_USER_INPUT', `Answers come as ${graphqlType} or ${jsonType}.`);
  return best.type;
}

function fromQuery(request: FastifyRequest): unknown {
  const { headers } = request;
  const isPlain =
    !headers['content-type'] || /^(text\/plain|multipart\/form-data|application\/x-www-form-urlencoded)/i.test(headers['content-type']);
  if (isPlain && !askingHeaders.some((name) => headers[name])) {
    throw new HttpError(
      400,
      'BAD_USER_INPUT',
      `A GET needs one of these headers, so that no other site can send it: ${askingHeaders.join(', ')}.`,
    );
  }
  const { query, variables, operationName, extensions } = request.query as Record<string, unknown>;
  return {
    query,
    variables: json(variables, 'variables'),
    operationName: operationName || undefined,
    extensions: json(extensions, 'extensions'),
  };
}

function json(value: unknown, argument: string): unknown {
  if (value === undefined || value === '') return undefined;
  try {
    return JSON.parse(String(value));
  } catch {
    throw badRequest(`"${argument}" must be JSON.`, argument);
  }
}

function badRequest(message: string, argument: string): HttpError {
  return new HttpError(400, 'BAD_USER_INPUT', message, { argument });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isOptional<T>(value: unknown, is: (value: unknown) => value is T): value is T | null | undefined {
  return value === undefined || value === null || is(value);
}
