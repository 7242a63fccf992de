import { open } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../shared/caller.ts';
import { DomainError } from '../shared/errors.ts';
import type { ReadKeeper } from '../shared/read-notes.ts';
import { RestFile, type RestRoute } from '../shared/rest.ts';
import type { GraphqlExecutor } from './graphql.ts';
import { recorded } from './recorded.ts';
import { originOf, purposeOf } from './request-headers.ts';

type SendError = (error: unknown, reply: FastifyReply, request: FastifyRequest) => void;

export interface RestOptions {
  readonly rest: readonly RestRoute[];
  readonly graphql: GraphqlExecutor;
  /** Null: nobody keeps what is read. */
  readonly readLog: ReadKeeper | null;
  readonly callerOf: (request: FastifyRequest) => Promise<Caller>;
  readonly sendError: SendError;
}

/** The addresses that rooms describe; `sendError` answers in their shape. */
export async function addRest(app: FastifyInstance, { rest, graphql, readLog, callerOf, sendError }: RestOptions): Promise<void> {
  await app.register(async (api) => {
    api.setErrorHandler((error, request, reply) => sendError(error, reply, request));
    for (const { method, path, scope, answer } of rest) {
      api.route({
        ...{ method, url: path, exposeHeadRoute: false },
        handler: async (request, reply) => {
          const caller = await callerOf(request);
          const sender = { caller, requestId: request.id, trace: request.trace, purpose: purposeOf(request), ...originOf(request) };
          const key = request.headers['idempotency-key'];
          const answered = await recorded(graphql, readLog, sender, async (ctx) => {
            if (ctx.reads) ctx.reads.operationName = `${method} ${path}`;
            if (!caller.scopes.has(scope)) {
              if (scope === 'AUDIT_READ') ctx.reads?.list(`${method} ${path}`, 0, false);
              return null;
            }
            return await answer(ctx, {
              names: request.params as Record<string, string>,
              query: request.query as Record<string, string | string[]>,
              body: request.body,
              idempotencyKey: typeof key === 'string' ? key : undefined,
            });
          });
          if (answered === null) throw new DomainError('FORBIDDEN', `This needs the permission ${scope}.`, { scope });
          reply.header('cache-control', 'no-store');
          return answered instanceof RestFile ? await sendFile(reply, answered) : reply.send(answered);
        },
      });
    }
  });
}

/** @throws DomainError `NOT_FOUND` when it was removed meanwhile. */
async function sendFile(reply: FastifyReply, { path, name, type }: RestFile): Promise<FastifyReply> {
  const file = await open(path).catch((cause: unknown) => {
    throw new DomainError('NOT_FOUND', 'There is no such file, or it is not there any more.', {}, { cause });
  });
  const { size } = await file.stat();
  reply.header('content-disposition', `attachment; filename="${name}"`).header('content-length', size).type(type);
  return reply.send(file.createReadStream());
}
