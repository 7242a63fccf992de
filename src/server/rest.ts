import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../shared/caller.ts';
import { DomainError } from '../shared/errors.ts';
import { requestContext } from '../shared/request-context.ts';
import type { RestRoute } from '../shared/rest.ts';

type SendError = (error: unknown, reply: FastifyReply, requestId: string) => void;

/** The addresses that rooms describe; `sendError` answers in their shape. */
export async function addRest(
  app: FastifyInstance,
  routes: readonly RestRoute[],
  callerOf: (request: FastifyRequest) => Promise<Caller>,
  sendError: SendError,
): Promise<void> {
  await app.register(async (api) => {
    api.setErrorHandler((error, request, reply) => sendError(error, reply, request.id));
    for (const { method, path, scope, answer } of routes) {
      api.route({
        ...{ method, url: path, exposeHeadRoute: false },
        handler: async (request, reply) => {
          const caller = await callerOf(request);
          if (!caller.scopes.has(scope)) throw new DomainError('FORBIDDEN', `This needs the permission ${scope}.`, { scope });
          const key = request.headers['idempotency-key'];
          const answered = await answer(requestContext(caller, request.id), {
            names: request.params as Record<string, string>,
            query: request.query as Record<string, string | string[]>,
            body: request.body,
            idempotencyKey: typeof key === 'string' ? key : undefined,
          });
          return reply.header('cache-control', 'no-store').send(answered);
        },
      });
    }
  });
}
