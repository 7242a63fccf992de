import { connect } from 'node:net';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import { usualLimits } from '../../src/server/graphql.ts';
import { type HttpOptions, type HttpServer, startHttp } from '../../src/server/http.ts';
import { Metrics } from '../../src/server/metrics.ts';
import { usualSocketLimits } from '../../src/server/socket-limits.ts';
import { fixedCaller } from '../../src/shared/caller.ts';
import { openLog } from '../../src/shared/log.ts';
import { trialSchema } from './trial-schema.ts';

/** A real server on a free port of this machine, with the trial schema or that of the product. */
export function startTestServer(options: Partial<HttpOptions> = {}, schema: GraphQLSchema = trialSchema()): Promise<HttpServer> {
  const usual: HttpOptions = {
    host: '127.0.0.1',
    port: 0,
    bodyLimitBytes: 1_048_576,
    requestTimeoutMs: 10_000,
    limits: usualLimits,
    sockets: usualSocketLimits,
    documents: { texts: [], isAllowList: false },
    stopGraceMs: 0,
    requestsPerMinute: 0,
    trustedProxies: [],
    requiresTokens: false,
    callerOf: async () => fixedCaller,
    examples: [],
    rest: [],
    health: async () => [],
    readLog: null,
    tracing: null,
    metrics: new Metrics({
      pool: () => ({ connections: 2, idle: 1, waiting: 0 }),
      trail: async () => ({ newestEntry: 42, notCapturing: 0 }),
      feedLag: () => ({ entries: 3, seconds: 0.5 }),
      webhooks: async () => ({ waiting: 1, lagSeconds: 2, givenUp: 3, inactive: 0 }),
      vault: async () => ({ started: 5, failed: 1, slowestSeconds: 1.5, running: 2, notCaptured: 0 }),
    }),
  };
  return startHttp(schema, { ...usual, ...options }, openLog('silent'));
}

export interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLFormattedError[];
  /** `extensions.code` of the first error. */
  readonly code: unknown;
  readonly text: string;
}

export async function reply(answer: Response): Promise<Reply> {
  const text = await answer.text();
  const body = text === '' ? {} : JSON.parse(text);
  const code = body.errors?.[0]?.extensions?.code;
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    headers: answer.headers,
    data: body.data,
    errors: body.errors,
    code,
    text,
  };
}

/** POSTs a body (an object as JSON, text as it is) to /graphql. */
export async function post(server: HttpServer, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return reply(
    await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: sent as RequestInit['body'],
    }),
  );
}

/** Sends bytes that no HTTP client would, and gives the answer's status line. */
export function rawStatus(server: HttpServer, text: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.once('data', (data) => {
      resolve(data.toString('latin1').split('\r\n')[0] ?? '');
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
