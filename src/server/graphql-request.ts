import type { FastifyRequest } from 'fastify';
import { refusableNumbers } from '../shared/exact-json.ts';
import { refuseBadText } from '../shared/text.ts';
import { checkDocument } from './document-limits.ts';
import { HttpError } from './http-error.ts';
import type { KnownDocuments } from './known-documents.ts';

/** One operation as the GraphQL-over-HTTP specification carries it; a socket carries the same. */
export interface GraphqlRequest {
  readonly method: 'GET' | 'POST' | 'SOCKET' | 'STREAM';
  readonly query: string;
  readonly variables: Record<string, unknown> | undefined;
  readonly operationName: string | undefined;
  readonly extensions: Record<string, unknown> | undefined;
}

const jsonType = 'application/json';
export const graphqlType = 'application/graphql-response+json';
export type AnswerType = typeof jsonType | typeof graphqlType;

// A page of another site can send a GET without asking first, but none of these headers; a browser itself says when a page is ours.
const askingHeaders = ['apollo-require-preflight', 'graphql-require-preflight', 'x-apollo-operation-name', 'authorization'];

/**
 * What a parsed body or the query of a GET holds; `readOperation` looks it over.
 * @throws HttpError when it is a batch, or a GET that a page of another site could have made.
 */
export function parametersOf(request: FastifyRequest): unknown {
  if (request.method === 'GET') return fromQuery(request);
  if (Array.isArray(request.body))
    throw new HttpError(400, 'BATCH_LIMIT', 'One operation per request: batches are not taken.', { limit: 1 });
  return request.body;
}

/**
 * @throws HttpError when it is no operation, or a document that is not known or not allowed here.
 * @throws DomainError `BAD_TEXT`, `DEPTH_LIMIT` or `BAD_USER_INPUT` for what the documents and variables hold.
 */
export function readOperation(parameters: unknown, method: GraphqlRequest['method'], documents: KnownDocuments): GraphqlRequest {
  if (!isObject(parameters)) throw badRequest('The request must be a JSON object with a "query" or a "documentId".', 'query');
  const { variables, operationName, extensions } = parameters;
  if (!isOptional(extensions, isObject)) throw badRequest('"extensions" must be an object.', 'extensions');
  if (!isOptional(variables, isObject)) throw badRequest('"variables" must be an object.', 'variables');
  if (!isOptional(operationName, isText)) throw badRequest('"operationName" must be a string.', 'operationName');
  const query = documentOf(parameters, extensions, documents);
  refuseBadText(operationName, 'operationName');
  refuseBadText(variables, 'variables');
  return {
    method,
    query,
    variables: variables ?? undefined,
    operationName: operationName ?? undefined,
    extensions: extensions ?? undefined,
  };
}

/** The text of the document: sent, or known by the id that was sent. */
function documentOf(
  { query, documentId }: Record<string, unknown>,
  extensions: Record<string, unknown> | null | undefined,
  documents: KnownDocuments,
): string {
  const id = documentId ?? idInExtensions(extensions);
  if (id !== undefined && (query === undefined || query === null || query === '')) {
    if (!isText(id)) throw badRequest('"documentId" must be a string.', 'documentId');
    return documents.textOf(id);
  }
  if (documentId !== undefined && documentId !== null) throw badRequest('Send a "query" or a "documentId", not both.', 'documentId');
  if (!isText(query) || query.trim() === '') throw badRequest('"query" must be a GraphQL document.', 'query');
  documents.refuseUnlessAllowed(query);
  checkDocument(query);
  return query;
}

/** Where clients of Apollo put the hash. */
function idInExtensions(extensions: Record<string, unknown> | null | undefined): string | undefined {
  const persisted = extensions?.['persistedQuery'];
  return isObject(persisted) && isText(persisted['sha256Hash']) ? `sha256:${persisted['sha256Hash']}` : undefined;
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
  if (isPlain && headers['sec-fetch-site'] !== 'same-origin' && !askingHeaders.some((name) => headers[name])) {
    throw new HttpError(
      400,
      'BAD_USER_INPUT',
      `A GET needs one of these headers, so that no other site can send it: ${askingHeaders.join(', ')}.`,
    );
  }
  const { query, documentId, variables, operationName, extensions } = request.query as Record<string, unknown>;
  return {
    query,
    documentId: documentId || undefined,
    variables: json(variables, 'variables'),
    operationName: operationName || undefined,
    extensions: json(extensions, 'extensions'),
  };
}

function json(value: unknown, argument: string): unknown {
  if (value === undefined || value === '') return undefined;
  try {
    return JSON.parse(refusableNumbers(String(value)));
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
