// What one writes with graphql-ws and its manual: each subscriber has an iterator, each event is executed for each subscriber. The row that NOTIFY
// names is read once for all of them.
import { createServer } from 'node:http';
import { buildSchema } from 'graphql';
import { useServer as serve } from 'graphql-ws/use/ws';
import postgres from 'postgres';
import { WebSocketServer } from 'ws';

const schema = buildSchema(`
  type Query { isThere: Boolean! }
  type Entry { id: ID! operation: String! occurredAt: String! entityKey: String }
  type AuditFeedEntry { cursor: String! entry: Entry! }
  type Subscription { auditFeed: AuditFeedEntry! }
`);

interface Event {
  readonly cursor: string;
  readonly entry: Readonly<Record<string, unknown>>;
}

const subscribers = new Set<(event: Event) => void>();

async function* auditFeed(): AsyncGenerator<{ auditFeed: Event }, void, void> {
  let waiting: Event[] = [];
  let wake = () => {};
  const take = (event: Event) => {
    waiting.push(event);
    wake();
  };
  subscribers.add(take);
  try {
    for (;;) {
      if (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const events = waiting;
      waiting = [];
      for (const event of events) yield { auditFeed: event };
    }
  } finally {
    subscribers.delete(take);
  }
}

const sql = postgres(process.env['DATABASE_URL'] ?? '', { max: 10 });
await sql.listen('entry', async (payload) => {
  const { id } = JSON.parse(payload) as { id: string };
  const [entry] =
    await sql`select id::text, operation, occurred_at::text as "occurredAt", entity_key as "entityKey" from entry where id = ${id}`;
  if (entry) for (const take of [...subscribers]) take({ cursor: id, entry });
});
const server = createServer((_, response) => response.end());
serve({ schema, roots: { subscription: { auditFeed } } }, new WebSocketServer({ server, path: '/graphql' }));
server.listen(Number(process.env['PORT']), '127.0.0.1');
