/** Requests to addresses that callers name. The server is in a place where they may not look around: see `refusalOf`. */
export interface Outgoing {
  /** Why nothing is sent there; null when it may be. Looks the name up. */
  refusalOf(url: string): Promise<OutgoingFault | null>;
  /**
   * Status of the answer to a POST of JSON; the answer itself is not looked at, redirects are not followed.
   * @throws OutgoingFault when it was not sent or not answered in time.
   */
  post(url: string, headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<number>;
}

export type OutgoingFaultKind = 'MALFORMED' | 'REFUSED' | 'UNKNOWN_NAME' | 'FAILED';

/** Told to who named the address: it holds no address that a name leads to, and nothing that was answered. */
export class OutgoingFault extends Error {
  override readonly name = 'OutgoingFault';

  constructor(
    readonly kind: OutgoingFaultKind,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
  }
}
