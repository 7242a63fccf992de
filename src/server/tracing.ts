import type { TraceContext } from '../shared/trace-context.ts';

/** One request, while it is answered. */
export interface RequestSpan {
  /** This request's place in its trace. */
  readonly trace: TraceContext;
  /** Runs `work`, and whatever it starts, as parts of the request. */
  run<T>(work: () => T): T;
  end(status: number, route: string | undefined, tenant: string | undefined): void;
}

/** Tells a collector what took how long: requests, the operation in each, its statements by name. Never a value of anybody. */
export interface Tracing {
  request(method: string, caller: TraceContext | null): RequestSpan;
  /** An operation; `codeOf` gives the code of the first error in its answer. */
  operation<T>(work: () => Promise<T>, codeOf: (answer: T) => string | undefined): Promise<T>;
  /** Called in `work` as soon as it is known. */
  nameOperation(type: string, name: string | undefined): void;
  /** A statement that has just ended. @param name as in the comment that it begins with. */
  statement(name: string, tookMs: number, rows: number, failed: boolean): void;
  /** Sends what is left, and waits two seconds for it. Where the collector is away, the process ends after OTEL_EXPORTER_OTLP_TIMEOUT (10 s). */
  stop(): Promise<void>;
}
