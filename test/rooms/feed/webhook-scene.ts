import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { type GraphQLSchema, graphql } from 'graphql';
import { schemaOf } from '../../../src/app.ts';
import { AlertService } from '../../../src/rooms/alerts/alert.service.ts';
import { LogFeed } from '../../../src/rooms/feed/log-feed.ts';
import { usualWebhookRules, type WebhookRules } from '../../../src/rooms/feed/webhook-rules.ts';
import { WebhookSecrets } from '../../../src/rooms/feed/webhook-secret.ts';
import { topicsOf } from '../../../src/rooms/feed/webhook-topic.ts';
import { WebhookWorker } from '../../../src/rooms/feed/webhook-worker.ts';
import { VaultService } from '../../../src/rooms/vault/vault.service.ts';
import { outgoingHttp } from '../../../src/server/outgoing-http.ts';
import { type Caller, fixedCaller } from '../../../src/shared/caller.ts';
import { CursorCodec } from '../../../src/shared/cursor.ts';
import { type Log, openLog } from '../../../src/shared/log.ts';
import type { Outgoing } from '../../../src/shared/outgoing.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { startServer } from './feed-scene.ts';

const closing: (() => Promise<unknown>)[] = [];
/** After each test, so that no server serves the endpoints of the next one. */
export async function closeHooks(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

/** A delivery as it came over the wire. */
export interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly id: string;
  /** Ids of its entries. */
  readonly entries: string[];
  readonly alerts: readonly { readonly __typename: string; readonly [field: string]: unknown }[];
}

/** What a receiver does with a delivery: an HTTP status, nothing at all, the end of the connection, or that after it has taken the delivery. */
export type Reaction = number | 'hang' | 'cut' | 'take and cut';

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  react: (delivery: Received) => Reaction;
  /** Deliveries that it kept. */
  readonly taken: Received[];
}

/** An endpoint on a port of this machine. */
export async function startReceiver(react: Receiver['react'] = () => 200): Promise<Receiver> {
  const received: Received[] = [];
  const taken: Received[] = [];
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const id = String(request.headers['webhook-id']);
    // biome-ignore lint/suspicious/noExplicitAny: any JSON
    const told = JSON.parse(body) as { entries?: any[]; alerts?: any[] };
    const entries = (told.entries ?? []).map(({ entry }) => entry.id as string);
    const alerts = (told.alerts ?? []).map(({ alert }) => alert);
    const delivery: Received = { headers: request.headers, body, id, entries, alerts };
    received.push(delivery);
    const reaction = receiver.react(delivery);
    if (reaction === 200 || reaction === 'take and cut') taken.push(delivery);
    if (reaction === 'cut' || reaction === 'take and cut') request.socket.destroy();
    else if (reaction !== 'hang') {
      response.writeHead(reaction, { location: '/elsewhere' }).end('an answer that nobody reads');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=of-the-receiver`,
    received,
    taken,
    react,
  };
  return receiver;
}

export interface HooksOptions {
  readonly rules?: Partial<WebhookRules>;
  readonly outgoing?: Outgoing;
  readonly log?: Log;
  readonly graceMs?: number;
}

/** A server as far as it makes and sends webhooks. */
export interface HooksServer {
  readonly schema: GraphQLSchema;
  readonly worker: WebhookWorker;
}

export const toThisMachine = (timeoutMs = 10_000) => outgoingHttp({ allowed: ['127.0.0.0/8'], timeoutMs });
const usual: Partial<WebhookRules> = { firstWaitMs: 30, longestWaitMs: 60 };

export async function startHooks(context: TestDatabase, options: HooksOptions = {}): Promise<HooksServer> {
  const { database, kind } = context;
  const { worker: clock, feed } = await startServer(context);
  const secrets = new WebhookSecrets('a secret for tests only');
  const outgoing = options.outgoing ?? toThisMachine();
  const schema = schemaOf(database, 'a secret for tests only', null, { clock, heartbeatMs: 200, webhooks: { outgoing, secrets } });
  const rules = { ...usualWebhookRules, ...usual, ...options.rules };
  const own = database.as('whence_app', { connections: 2 });
  const codec = new CursorCodec('a secret for tests only');
  const logs = new LogFeed(own, codec, clock);
  const alerts = new AlertService(own, codec, logs, new VaultService(own, codec));
  const topics = topicsOf(feed, logs, (ctx) => alerts.question(ctx));
  const parts = { database: own, topics, schema, outgoing, secrets, rules };
  const graceMs = options.graceMs ?? 200;
  const worker = new WebhookWorker(parts, clock, options.log ?? openLog('silent'), { polls: kind === 'postgresql', graceMs });
  if (kind === 'pglite') database.onWrite(() => worker.poke());
  worker.start();
  closing.push(async () => {
    await worker.stop();
    await clock.stop();
  });
  return { schema, worker };
}

const webhookFields =
  'id url events isActive lagMs deadLetterCount lastError deliveries { deliveryId event outcome attempt entryCount statusCode durationMs error after cursor }';

/** What a caller is told. */
export async function ask(
  { schema }: Pick<HooksServer, 'schema'>,
  caller: Partial<Caller> & { readonly tenant: string },
  source: string,
  variables: Record<string, unknown> = {},
  // biome-ignore lint/suspicious/noExplicitAny: any answer
): Promise<any> {
  const contextValue = requestContext({ ...fixedCaller, ...caller }, 'request of a test');
  const { data, errors } = await graphql({ schema, source, variableValues: variables, contextValue });
  if (errors?.[0]) throw errors[0].originalError ?? errors[0];
  return JSON.parse(JSON.stringify(data));
}

export const createDocument = `mutation ($input: CreateWebhookInput!) {
  createWebhook(input: $input) { secret webhook { ${webhookFields} } userErrors { code field message } }
}`;

/** Makes an endpoint: its global id and its secret. */
export async function hook(server: HooksServer, tenant: string, url: string, input: object = {}): Promise<{ id: string; secret: string }> {
  const variables = { input: { url, events: ['AUDIT_ENTRY'], ...input } };
  const { createWebhook } = await ask(server, { tenant }, createDocument, variables);
  if (!createWebhook.webhook) throw new Error(JSON.stringify(createWebhook.userErrors));
  return { id: createWebhook.webhook.id, secret: createWebhook.secret };
}

export async function webhooksOf(server: HooksServer, tenant: string) {
  const { webhooks } = await ask(server, { tenant }, `{ webhooks { ${webhookFields} } }`);
  return webhooks;
}

export async function redeliver(server: HooksServer, tenant: string, webhookId: string, after: string) {
  const { redeliverWebhook } = await ask(
    server,
    { tenant },
    `mutation ($input: RedeliverWebhookInput!) { redeliverWebhook(input: $input) { webhook { ${webhookFields} } userErrors { code field } } }`,
    { input: { webhookId, after } },
  );
  return redeliverWebhook;
}

export const keyOf = (id: string) => Buffer.from(id, 'base64url').toString().replace('Webhook:', '');

/** As if so much time had passed for an endpoint. */
export async function letTimePass({ owner }: TestDatabase, id: string, server: HooksServer | null = null): Promise<void> {
  await owner.run(sql`update audit.webhook set next_attempt_at = next_attempt_at - interval '1 day', lease_until = lease_until - interval '1 day'
    where id = ${keyOf(id)}::text::bigint`);
  server?.worker.poke();
}

/** Waits until it holds, twenty seconds at most. */
export async function until(holds: () => boolean | Promise<boolean>, what = 'what was waited for'): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what} did not come`);
    await sleep(10);
  }
}

/** Of a filter: entries of one table. */
export const ofTable = (table: string) => ({ filter: { tableName: { eq: `public.${table}` } } });

/** Global ids of the entries about a table, in the order of the feed. */
export async function entriesOf({ owner }: TestDatabase, tenant: string, table: string): Promise<string[]> {
  const rows = await owner.run(sql`select p.entry_id from audit.position p join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id
      join audit.tracked_table t on t.table_key = e.table_key
     where p.tenant = ${tenant} and t.table_name = ${`public.${table}`} order by p.sequence`);
  return rows.map((row) => Buffer.from(`AuditEntry:${row['entry_id']}`).toString('base64url'));
}
