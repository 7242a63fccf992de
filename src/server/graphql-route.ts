import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../shared/caller.ts';
import type { ReadKeeper } from '../shared/read-notes.ts';
import type { GraphqlAnswer, GraphqlExecutor } from './graphql.ts';
import { type AnswerType, answerType, graphqlType, parametersOf, readOperation } from './graphql-request.ts';
import { HttpError, statusOf } from './http-error.ts';
import type { KnownDocuments } from './known-documents.ts';
import { recorded } from './recorded.ts';
import { originOf, purposeOf } from './request-headers.ts';
import { within } from './within.ts';

export interface GraphqlRouteOptions {
  readonly graphql: GraphqlExecutor;
  readonly documents: KnownDocuments;
  readonly callerOf: (request: FastifyRequest) => Promise<Caller>;
  readonly requestTimeoutMs: number;
  /** Null: nobody keeps what is read. */
  readonly readLog: ReadKeeper | null;
  /** Whether the request becomes a WebSocket; then it is not answered here. */
  readonly becomesSocket: (request: FastifyRequest, reply: FastifyReply) => boolean;
}

/** GET and POST /graphql after the GraphQL-over-HTTP specification. */
export function addGraphqlRoute(app: FastifyInstance, options: GraphqlRouteOptions): void {
  const { graphql, documents, callerOf, requestTimeoutMs, readLog, becomesSocket } = options;
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (becomesSocket(request, reply)) return reply;
    const type = answerType(request.headers.accept);
    const answering = async () => {
      const caller = await callerOf(request);
      const asked = readOperation(parametersOf(request), request.method === 'GET' ? 'GET' : 'POST', documents);
      const sender = { caller, requestId: request.id, trace: request.trace, purpose: purposeOf(request), ...originOf(request) };
      return recorded(graphql, readLog, sender, (context) => graphql.execute(asked, context));
    };
    const { answer, isMethodRefused } = await within(requestTimeoutMs, answering());
    if (isMethodRefused) reply.header('allow', 'POST');
    return reply
      .status(isMethodRefused ? 405 : statusFor(answer, type))
      .header('cache-control', 'no-store')
      .type(`${type}; charset=utf-8`)
      .send(JSON.stringify(answer));
  };
  app.get('/graphql', { exposeHeadRoute: false }, handler);
  app.post('/graphql', handler);
  app.route({
    method: ['DELETE', 'PATCH', 'PUT', 'OPTIONS', 'HEAD'],
    url: '/graphql',
    handler: () => {
      throw new HttpError(405, 'BAD_USER_INPUT', 'GraphQL is asked by GET or POST.', {}, { allow: 'GET, POST' });
    },
  });
}

/**
 * `application/json` says 200 whenever the operation was read, since older clients take another status for a fault of the network;
 * `application/graphql-response+json` says by its status whether there are data. A fault of the server shows in both.
 */
function statusFor(answer: GraphqlAnswer, type: AnswerType): number {
  if (answer.data !== undefined) return 200;
  const status = statusOf(answer.errors?.[0]?.extensions?.['code']);
  return type === graphqlType || status >= 500 ? status : 200;
}
