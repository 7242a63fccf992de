import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import { addressFault } from '../shared/address.ts';
import type { Caller, Credentials } from '../shared/caller.ts';
import { DomainError } from '../shared/errors.ts';
import type { HealthCheck } from '../shared/health.ts';
import type { Log } from '../shared/log.ts';
import type { ReadKeeper } from '../shared/read-notes.ts';
import type { RestRoute } from '../shared/rest.ts';
import { addAuditLogPage } from './audit-log.ts';
import { formatError, type RequestFacts } from './format-error.ts';
import { addGraphiql, type Example, pagePolicy } from './graphiql.ts';
import { type GraphqlLimits, openGraphql } from './graphql.ts';
import { addGraphqlRoute } from './graphql-route.ts';
import { addHealth } from './health.ts';
import { HttpError, statusOf } from './http-error.ts';
import { KnownDocuments } from './known-documents.ts';
import type { Metrics } from './metrics.ts';
import { takeCompressed, takeOnlyJson } from './request-body.ts';
import { addRequestLog, factsOf } from './request-log.ts';
import { addRest } from './rest.ts';
import type { SocketLimits } from './socket-limits.ts';
import { Sockets } from './sockets.ts';
import { Streams } from './streams.ts';
import { SubscriptionGroups } from './subscription-groups.ts';
import type { Tracing } from './tracing.ts';

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly bodyLimitBytes: number;
  readonly requestTimeoutMs: number;
  readonly limits: GraphqlLimits;
  readonly sockets: SocketLimits;
  /** Texts that callers may ask by their id, and whether nothing else is answered. */
  readonly documents: { readonly texts: readonly string[]; readonly isAllowList: boolean };
  /** How long requests are still taken while /readyz already says no. */
  readonly stopGraceMs: number;
  /** Requests of one address per minute; 0: no limit. */
  readonly requestsPerMinute: number;
  /** Addresses and networks of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Without tokens the server keeps foreign pages out by its name; with them GraphiQL wants one, too. */
  readonly requiresTokens: boolean;
  readonly callerOf: (credentials: Credentials) => Promise<Caller>;
  /** What GraphiQL opens with. */
  readonly examples: readonly Example[];
  readonly metrics: Metrics;
  readonly rest: readonly RestRoute[];
  /** null: nothing is traced. */
  readonly tracing: Tracing | null;
  /** Null: what is read is told to nobody. */
  readonly readLog: ReadKeeper | null;
  readonly health: () => Promise<readonly HealthCheck[]>;
}

export interface HttpServer {
  /** Where it listens, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Says so at /readyz, after the grace takes no more requests, lets those under way end (10 s at most), then closes. */
  close(): Promise<void>;
}

/** A server that stops waits this long for the first bytes of a connection. */
const firstBytesMs = 500;

/** @throws ConfigError when the address cannot be listened on. */
export async function startHttp(schema: GraphQLSchema, options: HttpOptions, log: Log): Promise<HttpServer> {
  const graphql = await openGraphql(schema, log, options.limits, (code) => options.metrics.error(code), options.tracing);
  const app = fastify({
    bodyLimit: options.bodyLimitBytes,
    requestTimeout: options.requestTimeoutMs,
    keepAliveTimeout: 65_000,
    return503OnClosing: false, // what still comes on a connection that is open is answered like anything else, not in fastify's words
    http: { connectionsCheckingInterval: Math.min(1_000, options.requestTimeoutMs) }, // how often slow requests are looked for
    genReqId: requestIdOf,
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    frameworkErrors: (error, request, reply) => sendError(error, reply, request, log),
  });
  addRequestLog(app, log, options.tracing);
  await app.register(helmet, { contentSecurityPolicy: pagePolicy, strictTransportSecurity: false });
  if (!options.requiresTokens) refuseForeignHosts(app);
  if (options.requestsPerMinute > 0) {
    await app.register(rateLimit, {
      max: options.requestsPerMinute,
      timeWindow: 60_000,
      errorResponseBuilder: (_request, { ttl }) =>
        new DomainError('RATE_LIMITED', `Too many requests: at most ${options.requestsPerMinute} per minute.`, { retryAfterMs: ttl }),
    });
  }
  takeOnlyJson(app);
  takeCompressed(app);
  let isStopping = false;
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (isStopping) reply.header('connection', 'close'); // a connection kept open would hold up the end
  });
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    options.metrics.request(method, routeOptions.url, reply.statusCode, reply.elapsedTime);
  });
  app.setErrorHandler((error, request, reply) => sendError(error, reply, request, log));
  app.setNotFoundHandler((request, reply) =>
    sendError(new HttpError(404, 'NOT_FOUND', 'There is nothing at this address.'), reply, request, log),
  );
  const callerOf = async (request: FastifyRequest) => {
    const caller = await options.callerOf(credentialsOf(request));
    request.tenant = caller.tenant;
    return caller;
  };
  const documents = new KnownDocuments(options.documents.texts, options.documents.isAllowList);
  const told = (error: unknown, facts: RequestFacts) => {
    const formatted = formatError(error, facts, log);
    options.metrics.error(formatted.extensions?.['code']);
    return formatted;
  };
  const groups = new SubscriptionGroups(graphql, options.sockets.patienceMs, told);
  options.metrics.gauge('whence_feed_subscribers', 'Subscribers of live feeds.', () => groups.size);
  const sockets = new Sockets({
    ...options,
    limits: options.sockets,
    graphql,
    documents,
    subscribe: groups.subscribe,
    credentialsOf,
    log,
  });
  sockets.listen(app);
  const streams = new Streams({ ...options, limits: options.sockets, graphql, documents, subscribe: groups.subscribe, callerOf, told });
  streams.listen(app);
  const becomesSocket = (request: FastifyRequest, reply: FastifyReply) => sockets.take(request, reply);
  addGraphqlRoute(app, { ...options, graphql, documents, callerOf, becomesSocket });
  await app.register(async (page) => {
    if (options.requiresTokens) page.addHook('onRequest', async (request) => void (await callerOf(request)));
    await addGraphiql(page, options.examples);
  });
  await app.register(addAuditLogPage);
  await addRest(app, {
    ...options,
    ...{ graphql, callerOf },
    sendError: (error, reply, request) =>
      sendError(error, reply, request, log, ({ message, extensions }) => ({ error: { ...extensions, message } })),
  });
  addHealth(app, { ...options, callerOf, isStopping: () => isStopping });
  const connections = connectionsOf(app.server);
  const close = async () => {
    isStopping = true;
    await sleep(options.stopGraceMs);
    streams.stop();
    await Promise.all([sockets.stop(10_000), closeWithin(app, connections, 10_000)]).finally(() => graphql.stop());
  };
  return { url: await listen(app, options), close };
}

async function listen(app: FastifyInstance, { host, port }: HttpOptions): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw addressFault(error, { host, port });
  }
}

/** All that are open, so that those on which nothing was ever asked can be closed: Node takes them for busy, and browsers open them ahead. */
function connectionsOf(server: Server): Set<Socket> {
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  return connections;
}

async function closeWithin(app: FastifyInstance, connections: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  const unused = setTimeout(() => {
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  }, firstBytesMs);
  const force = setTimeout(() => app.server.closeAllConnections(), graceMs);
  await app.close();
  clearTimeout(unused);
  clearTimeout(force);
}

/** The caller's `x-request-id` when it is short and plain, else a new one. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : newRequestId();
}

/** In one piece: Node puts it together from sixteen, which a socket would keep for as long as it is open. */
function newRequestId(): string {
  return Buffer.from(randomUUID(), 'latin1').toString('latin1');
}

function credentialsOf({ headers }: FastifyRequest): Credentials {
  const one = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  return { authorization: headers.authorization, apiKey: one('x-api-key'), customerId: one('x-customer-id') };
}

/** A name that leads here from the outside (DNS rebinding) would make a foreign page the same origin as this server. */
function refuseForeignHosts(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (/^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(request.hostname)) return;
    throw new HttpError(421, 'FORBIDDEN', 'This server answers under localhost, 127.0.0.1 and [::1] only.');
  });
}

type ErrorShape = (error: GraphQLFormattedError) => object;

function sendError(
  error: unknown,
  reply: FastifyReply,
  request: FastifyRequest,
  log: Log,
  shape: ErrorShape = (one) => ({ errors: [one] }),
): void {
  const known = httpErrorOf(error);
  const formatted = formatError(known, factsOf(request), log);
  if (known instanceof HttpError) reply.headers(known.headers);
  if (formatted.extensions?.['code'] === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer');
  reply
    .status(known instanceof HttpError ? known.status : statusOf(formatted.extensions?.['code']))
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(shape(formatted)));
}

/** fastify's own errors in the contract's words. */
function httpErrorOf(error: unknown): unknown {
  if (error instanceof HttpError || error instanceof DomainError || !(error instanceof Error)) return error;
  const { code, statusCode } = error as FastifyError;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new HttpError(413, 'BAD_USER_INPUT', 'The request body is too large.', { argument: 'body' });
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new HttpError(415, 'BAD_USER_INPUT', 'The request body must be application/json.', { argument: 'body' });
  if (statusCode === 503) return new DomainError('UNAVAILABLE', 'The server is about to stop.', {}, { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new HttpError(statusCode, 'BAD_USER_INPUT', 'The request cannot be read: its body must be one JSON value.', {
      argument: 'body',
    });
  }
  return error;
}
