import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../shared/caller.ts';
import { DomainError } from '../shared/errors.ts';
import { type ReadKeeper, ReadNotes } from '../shared/read-notes.ts';
import { requestContext } from '../shared/request-context.ts';
import type { RestRoute } from '../shared/rest.ts';
import { originOf, purposeOf } from './request-headers.ts';

type SendError = (error: unknown, reply: FastifyReply, requestId: string) => void;

/** The addresses that rooms describe; `sendError` answers in their shape. */
export async function addRest(
  app: FastifyInstance,
  { rest, readLog }: { readonly rest: readonly RestRoute[]; readonly readLog: ReadKeeper | null },
  callerOf: (request: FastifyRequest) => Promise<Caller>,
  sendError: SendError,
): Promise<void> {
  await app.register(async (api) => {
    api.setErrorHandler((error, request, reply) => sendError(error, reply, request.id));
    for (const { method, path, scope, answer } of rest) {
      api.route({
        ...{ method, url: path, exposeHeadRoute: false },
        handler: async (request, reply) => {
          const caller = await callerOf(request);
          const purpose = purposeOf(request);
          const reads = readLog && new ReadNotes();
          const keep = async () => {
            const kinds = reads?.all() ?? [];
            const told = { caller, requestId: request.id, operationName: `${method} ${path}`, purpose, ...originOf(request), kinds };
            if (kinds.length > 0) await readLog?.keep(told);
          };
          if (!caller.scopes.has(scope)) {
            if (scope === 'AUDIT_READ') reads?.list(`${method} ${path}`, 0, false);
            await keep();
            throw new DomainError('FORBIDDEN', `This needs the permission ${scope}.`, { scope });
          }
          const key = request.headers['idempotency-key'];
          const answered = await answer(
            requestContext(caller, request.id, () => null, reads),
            {
              names: request.params as Record<string, string>,
              query: request.query as Record<string, string | string[]>,
              body: request.body,
              idempotencyKey: typeof key === 'string' ? key : undefined,
            },
          );
          await keep();
          return reply.header('cache-control', 'no-store').send(answered);
        },
      });
    }
  });
}
