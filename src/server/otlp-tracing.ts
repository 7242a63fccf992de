// OpenTelemetry. Loaded only where it is asked for (OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_TRACES_EXPORTER); the packages read the other
// OTEL_* variables themselves: service name, resource attributes, headers, time-outs, sampler, batches.
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, DiagLogLevel, diag, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, ConsoleSpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Log } from '../shared/log.ts';
import type { TraceContext } from '../shared/trace-context.ts';
import type { Tracing } from './tracing.ts';

export type TraceExporter = 'otlp' | 'console';

const lastWordsMs = 2_000;

export function openTracing(exporter: TraceExporter, log: Log): Tracing {
  const warn = (message: string) => log.warn({ part: 'opentelemetry' }, message.split('\n', 1)[0]?.slice(0, 300));
  diag.setLogger({ error: warn, warn, info: () => {}, debug: () => {}, verbose: () => {} }, { logLevel: DiagLogLevel.WARN });
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'whence' }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporter === 'otlp' ? new OTLPTraceExporter() : new ConsoleSpanExporter())],
  });
  const tracer = provider.getTracer('whence');
  const current = new AsyncLocalStorage<Context>();
  const here = () => current.getStore() ?? ROOT_CONTEXT;
  const fail = (span: Span, code: string) => span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', code);

  return {
    request(method, caller) {
      const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes: { 'http.request.method': method } }, after(caller));
      const inside = trace.setSpan(ROOT_CONTEXT, span);
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        trace: { traceId, spanId, flags: traceFlags },
        run: (work) => current.run(inside, work),
        end(status, route, tenant) {
          span.updateName(`${method} ${route ?? 'unknown'}`);
          span.setAttributes({ 'http.response.status_code': status, 'http.route': route ?? 'unknown' });
          if (tenant !== undefined) span.setAttribute('whence.tenant', tenant);
          if (status >= 500) fail(span, String(status));
          span.end();
        },
      };
    },
    async operation(work, codeOf) {
      const span = tracer.startSpan('operation', {}, here());
      try {
        const answer = await current.run(trace.setSpan(here(), span), work);
        const code = codeOf(answer);
        if (code !== undefined) fail(span, code);
        return answer;
      } finally {
        span.end();
      }
    },
    nameOperation(type, name) {
      const span = trace.getSpan(here());
      span?.updateName(name === undefined ? type : `${type} ${name}`).setAttribute('graphql.operation.type', type);
      if (name !== undefined) span?.setAttribute('graphql.operation.name', name);
    },
    statement(name, tookMs, rows, failed) {
      const endTime = Date.now();
      const attributes = { 'db.system.name': 'postgresql', 'db.operation.name': name, 'db.response.returned_rows': rows };
      const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, startTime: endTime - tookMs, attributes }, here());
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(endTime);
    },
    async stop() {
      await Promise.race([provider.shutdown().catch(() => {}), sleep(lastWordsMs, undefined, { ref: false })]);
    },
  };
}

function after(caller: TraceContext | null): Context {
  if (caller === null) return ROOT_CONTEXT;
  const { traceId, spanId, flags } = caller;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: flags, isRemote: true });
}
