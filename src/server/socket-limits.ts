/** What sockets and those who hold them may take up; documented in config-variables.ts. */
export interface SocketLimits {
  /** On this server, of all callers together. */
  readonly sockets: number;
  readonly socketsPerCaller: number;
  /** Operations under way at once: on one socket, and on all sockets of a caller. */
  readonly operationsPerSocket: number;
  readonly operationsPerCaller: number;
  readonly messageBytes: number;
  readonly messagesPerSecond: number;
  /** Time from the opening of a socket to its connection_init. */
  readonly initMs: number;
  /** Time between two pings; who has not answered one when the next is due is gone. */
  readonly pingMs: number;
  /** What may wait for a reader; an answer that is longer by itself is sent when nothing waits. */
  readonly bufferBytes: number;
  /** How long the reader of a live feed may take over what waits for it. */
  readonly patienceMs: number;
}

export const usualSocketLimits: SocketLimits = {
  sockets: 10_000,
  socketsPerCaller: 100,
  operationsPerSocket: 100,
  operationsPerCaller: 1_000,
  messageBytes: 262_144,
  messagesPerSecond: 100,
  initMs: 3_000,
  pingMs: 12_000,
  bufferBytes: 8_388_608,
  patienceMs: 30_000,
};

/**
 * Why this server closes a socket: codes of WebSocket below 4000, then those of graphql-transport-ws, then two of our own. The clients of
 * graphql-ws connect again by themselves after 1001, 1013, 4403, 4408, 4430 and 4431, and give up after the others.
 */
export const closeCodes = {
  stopping: 1001,
  tooLarge: 1009,
  tryLater: 1013,
  badMessage: 4400,
  unauthorized: 4401,
  /** A new token would help: that is why the end of a token is not 4401. */
  forbidden: 4403,
  noProtocol: 4406,
  noInit: 4408,
  duplicateId: 4409,
  /** Also a second connection_init, which is graphql-ws's own use. */
  slowReader: 4429,
  tooManySockets: 4430,
  tooManyMessages: 4431,
  internal: 4500,
} as const;

/** Sockets and operations per caller, counted by this server. */
export class CallerCounts {
  private readonly counts = new Map<string, number>();

  constructor(private readonly limit: number) {}

  /** Counts one more, and gives the function that takes it back; null when the limit is reached. */
  take(key: string): (() => void) | null {
    const count = this.counts.get(key) ?? 0;
    if (count >= this.limit) return null;
    this.counts.set(key, count + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      const left = (this.counts.get(key) ?? 1) - 1;
      if (left > 0) this.counts.set(key, left);
      else this.counts.delete(key);
    };
  }
}
