// For programs that follow the audit feed: whence/resumable-feed.
import { type ClientOptions, createClient } from 'graphql-ws';

export interface ResumableFeedOptions {
  /** For the client of graphql-ws: `url` (ws://.../graphql), `connectionParams` with `authorization`, `webSocketImpl` where there is none. */
  readonly connection: Omit<ClientOptions, 'retryAttempts' | 'shouldRetry'>;
  /** A subscription to `auditFeed(after: $after)` that selects `cursor` of each kind of event. */
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Where to go on; null begins with what comes next. */
  readonly after?: string | null;
  /** Waits between two tries: the first, doubled up to the second, milliseconds. 100 and 10,000 unless told otherwise. */
  readonly waitMs?: readonly [shortest: number, longest: number];
  /** Ends the feed. */
  readonly signal?: AbortSignal;
  /** Told of each interruption, and of errors in an event that came all the same, e.g. for a log. */
  readonly onTrouble?: (reason: unknown) => void;
}

export interface FeedEvent {
  readonly __typename?: string;
  readonly cursor: string;
}

/** The server refused to go on, for a reason that trying again does not mend: `CURSOR_EXPIRED`, `FORBIDDEN`, ... */
export class FeedRefused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'FeedRefused';
  }
}

/** What may be better a moment later; any other code of an error ends the feed. */
const passing = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RATE_LIMITED', 'OPERATION_LIMIT', 'INTERNAL_SERVER_ERROR']);

/**
 * Events of `auditFeed`, each once and in order, across connections that are lost and servers that restart: every new subscription begins
 * behind the newest cursor that was handed out. graphql-ws itself would send the first variables again.
 * @throws FeedRefused
 */
export async function* resumableFeed<E extends FeedEvent = FeedEvent>(options: ResumableFeedOptions): AsyncGenerator<E, void, void> {
  const { query, variables, signal, onTrouble, waitMs: [shortest, longest] = [100, 10_000] } = options;
  const client = createClient({ lazyCloseTimeout: 0, ...options.connection, retryAttempts: 0 });
  let after = options.after ?? null;
  let waitMs = shortest;
  try {
    while (!signal?.aborted) {
      const answers = client.iterate<{ auditFeed?: E | null }>({ query, variables: { ...variables, after } });
      const end = () => void answers.return?.();
      signal?.addEventListener('abort', end, { once: true });
      try {
        for await (const { data, errors } of answers) {
          const event = data?.auditFeed;
          if (!event) throw errors ?? new Error('an answer without an event');
          if (typeof event.cursor !== 'string') throw new FeedRefused('BAD_USER_INPUT', 'The query must select "cursor" of every event.');
          if (errors) onTrouble?.(errors);
          yield event;
          after = event.cursor;
          waitMs = shortest;
        }
      } catch (error) {
        const refused = refusalOf(error);
        if (refused) throw refused;
        onTrouble?.(error);
      } finally {
        signal?.removeEventListener('abort', end);
      }
      await pause(waitMs * (0.5 + Math.random() / 2), signal); // not all at once, after a server restarted
      waitMs = Math.min(waitMs * 2, longest);
    }
  } finally {
    await client.dispose();
  }
}

/** Errors of the operation come as a list, lost connections as an event or an error without a code. */
function refusalOf(error: unknown): FeedRefused | null {
  if (error instanceof FeedRefused) return error;
  if (!Array.isArray(error)) return null;
  for (const one of error as { message?: string; extensions?: { code?: unknown } }[]) {
    const code = one.extensions?.code;
    if (typeof code === 'string' && !passing.has(code)) return new FeedRefused(code, one.message ?? code);
  }
  return null;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
