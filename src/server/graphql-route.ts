import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../shared/caller.ts';
import { DomainError } from '../shared/errors.ts';
import { type ReadKeeper, ReadNotes } from '../shared/read-notes.ts';
import { requestContext } from '../shared/request-context.ts';
import type { GraphqlAnswer, GraphqlExecutor } from './graphql.ts';
import { type AnswerType, answerType, graphqlType, readGraphqlRequest } from './graphql-request.ts';
import { HttpError, statusOf } from './http-error.ts';
import { originOf, purposeOf } from './request-headers.ts';

/** GET and POST /graphql after the GraphQL-over-HTTP specification. */
export function addGraphqlRoute(
  app: FastifyInstance,
  graphql: GraphqlExecutor,
  callerOf: (request: FastifyRequest) => Promise<Caller>,
  { requestTimeoutMs: limitMs, readLog }: { readonly requestTimeoutMs: number; readonly readLog: ReadKeeper | null },
): void {
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const type = answerType(request.headers.accept);
    const answering = async () => {
      const caller = await callerOf(request);
      const asked = readGraphqlRequest(request);
      const purpose = purposeOf(request);
      const reads = readLog && new ReadNotes();
      const done = await graphql.execute(
        asked,
        requestContext(caller, request.id, () => graphql.costBudget(caller), reads),
      );
      const kinds = reads?.all() ?? [];
      if (readLog && reads && kinds.length > 0) {
        await readLog.keep({ caller, requestId: request.id, operationName: reads.operationName, purpose, ...originOf(request), kinds });
      }
      return done;
    };
    const { answer, isMethodRefused } = await within(limitMs, answering());
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
 * The caller stops waiting; the work itself ends by the time limits of its statements. fastify's `handlerTimeout` does not do: it is
 * cleared as soon as the body is read (5.12).
 */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DomainError('DEADLINE_EXCEEDED', 'The answer took too long.', { limitMs })), limitMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
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
