import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { schemaOf } from '../../../src/app.ts';
import type { FeedWorker } from '../../../src/rooms/feed/feed-worker.ts';
import type { HttpOptions, HttpServer } from '../../../src/server/http.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { atFileEnd } from '../../support/file-end.ts';
import { startTestServer } from '../../support/test-server.ts';
import { startServer } from './feed-scene.ts';

/** A server with its background worker; a caller's tenant is what it says in `authorization`. */
export async function startLive(context: TestDatabase, heartbeatMs = 200, options: Partial<HttpOptions> = {}): Promise<HttpServer> {
  return await serve(context, (await startServer(context, heartbeatMs)).worker, heartbeatMs, options);
}

/** A server on a background worker. */
export async function serve(
  context: TestDatabase,
  worker: FeedWorker,
  heartbeatMs = 200,
  options: Partial<HttpOptions> = {},
): Promise<HttpServer> {
  const schema = schemaOf(context.database, 'a secret for tests only', context.owner, { clock: worker, heartbeatMs });
  const callerOf: HttpOptions['callerOf'] = async ({ authorization }) => ({ ...fixedCaller, tenant: authorization ?? 'demo' });
  const server = await startTestServer({ callerOf, ...options }, schema);
  atFileEnd(() => server.close());
  return server;
}

export function clientOf(server: HttpServer, tenant: string): Client {
  return createClient({
    url: `${server.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: tenant },
    retryAttempts: 0,
    lazyCloseTimeout: 0,
  });
}

export const feedDocument = `subscription Feed($after: String, $filter: AuditEntryFilterInput) {
  auditFeed(after: $after, filter: $filter) {
    __typename
    ... on AuditFeedEntry { cursor entry { id sequence operation actor { key } entityKey changes { field } } }
    ... on AuditFeedHeartbeat { cursor sentAt }
  }
}`;

export interface Event {
  readonly __typename: 'AuditFeedEntry' | 'AuditFeedHeartbeat';
  readonly cursor: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it as a whole
  readonly entry: any;
}

/** Events that came so far, from the moment the server answers. */
export class Listener {
  readonly events: Event[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it as a whole
  readonly errors: any[] = [];
  readonly close: () => void;
  isOver = false;

  constructor(client: Client, variables: Record<string, unknown> = {}, query = feedDocument) {
    this.close = client.subscribe<{ auditFeed: Event }>(
      { query, variables },
      {
        next: ({ data, errors }) => {
          if (data?.auditFeed) this.events.push(data.auditFeed);
          if (errors) this.errors.push(...errors);
        },
        error: (error) => {
          this.errors.push(...(Array.isArray(error) ? error : [error]));
          this.isOver = true;
        },
        complete: () => {
          this.isOver = true;
        },
      },
    );
  }

  get entries(): Event[] {
    return this.events.filter(({ __typename }) => __typename === 'AuditFeedEntry');
  }

  get ids(): string[] {
    return this.entries.map(({ entry }) => entry.id);
  }
}

/** Events of any other subscription, which has one field. */
// biome-ignore lint/suspicious/noExplicitAny: tests compare it as a whole
export function collect<T = any>(client: Client, query: string, variables: Record<string, unknown> = {}) {
  const events: T[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it as a whole
  const errors: any[] = [];
  const state = { isOver: false };
  const close = client.subscribe<Record<string, T>>(
    { query, variables },
    {
      next: ({ data, errors: told }) => {
        for (const event of Object.values(data ?? {})) if (event !== null) events.push(event);
        if (told) errors.push(...told);
      },
      error: (error) => {
        errors.push(...(Array.isArray(error) ? error : [error]));
        state.isOver = true;
      },
      complete: () => {
        state.isOver = true;
      },
    },
  );
  return { events, errors, state, close };
}

/** Resolves when so many statements of this name were sent: begun before what sends them. */
export function sent({ observe }: Pick<TestDatabase, 'observe'>, name: string, count = 1): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const stop = observe(({ asked }) => {
      if (!asked.text.startsWith(`/* ${name} */`) || --left > 0) return;
      stop();
      resolve();
    });
  });
}
