import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { schemaOf } from '../../../src/app.ts';
import type { HttpOptions, HttpServer } from '../../../src/server/http.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { atFileEnd } from '../../support/file-end.ts';
import { startTestServer } from '../../support/test-server.ts';
import { startServer } from './feed-scene.ts';

/** A server with its background worker; a caller's tenant is what it says in `authorization`. */
export async function startLive(context: TestDatabase, heartbeatMs = 200, options: Partial<HttpOptions> = {}): Promise<HttpServer> {
  const { worker } = await startServer(context, heartbeatMs);
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
