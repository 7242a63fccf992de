/** Where in a trace of several programs a request belongs, as the header `traceparent` says it: https://www.w3.org/TR/trace-context. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits: the caller's part of the trace. */
  readonly spanId: string;
  /** Bit 0: the caller keeps this trace. */
  readonly flags: number;
}

/** Null when there is no header or not a valid one: the trace then begins here. */
export function traceContextOf(header: unknown): TraceContext | null {
  if (typeof header !== 'string') return null;
  const [, version = '', traceId = '', spanId = '', flags = '', rest = ''] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(header.trim()) ?? [];
  // Later versions may say more behind the flags; version ff and ids of zeros are never valid.
  const isValid = version !== '' && version !== 'ff' && (version !== '00' || rest === '') && !/^0+$/.test(traceId) && !/^0+$/.test(spanId);
  return isValid ? { traceId, spanId, flags: Number.parseInt(flags, 16) } : null;
}

export function traceParentOf({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}
