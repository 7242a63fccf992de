import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Log } from '../shared/log.ts';
import { type TraceContext, traceContextOf } from '../shared/trace-context.ts';
import type { RequestFacts } from './format-error.ts';
import type { RequestSpan, Tracing } from './tracing.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where the request belongs in a trace: the caller's place, or ours where requests are traced. */
    trace: TraceContext | null;
    span: RequestSpan | null;
    /** Known once the caller is. */
    tenant: string | undefined;
  }
}

/** What asks all the time: its lines would hide the others. */
const probes = new Set(['/livez', '/readyz', '/metrics']);

export const factsOf = ({ id, trace, tenant }: FastifyRequest): RequestFacts => ({ requestId: id, traceId: trace?.traceId, tenant });

/** One line and, where requests are traced, one span per request. Both know the route, never the address with its values. */
export function addRequestLog(app: FastifyInstance, log: Log, tracing: Tracing | null): void {
  app.decorateRequest('trace', null);
  app.decorateRequest('span', null);
  app.decorateRequest('tenant', undefined);
  app.addHook('onRequest', (request, _reply, next) => {
    request.trace = traceContextOf(request.headers['traceparent']);
    if (tracing === null) return next();
    request.span = tracing.request(request.method, request.trace);
    request.trace = request.span.trace;
    request.span.run(next);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions, tenant } = request;
    const route = routeOptions.url;
    const line = { ...factsOf(request), method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    log[probes.has(route ?? '') ? 'debug' : 'info'](line, 'answered');
    request.span?.end(reply.statusCode, route, tenant);
  });
}
