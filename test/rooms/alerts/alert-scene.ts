import { sql } from 'drizzle-orm';
import type { Database } from '../../../src/database/database.ts';
import { AlertWorker, type AlertWorkerOptions } from '../../../src/rooms/alerts/alert-worker.ts';
import type { HttpOptions, HttpServer } from '../../../src/server/http.ts';
import { openLog } from '../../../src/shared/log.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { change, insert, laptop } from '../audit/trail.ts';
import { startServer } from '../feed/feed-scene.ts';
import { clientOf, collect, sent, serve } from '../feed/live-scene.ts';

const started: AlertWorker[] = [];

/** After each test: what the worker of one test finds the others must not miss. */
export const stopAlerting = () => Promise.all(started.splice(0).map((alerts) => alerts.stop()));

/** A server with both background workers. */
export async function startAlerting(
  context: TestDatabase,
  {
    database = context.database.as('whence_app', { connections: 1 }),
    ...options
  }: { database?: Database } & Partial<AlertWorkerOptions> = {},
  http: Partial<HttpOptions> = {},
): Promise<HttpServer & { readonly alerts: AlertWorker }> {
  const alerts: AlertWorker = new AlertWorker(database, openLog('silent'), {
    pauseMs: 20,
    restFactor: 0,
    raised: () => worker.poke(),
    ...options,
  });
  started.push(alerts);
  const { worker } = await startServer(context, 200, () => alerts.poke());
  const server = await serve(context, worker, 200, http);
  return Object.assign(server, { alerts });
}

const shown = `__typename
  ... on Anomaly { id kind score observed expected occurredAt summary evidence { entityKey operation } }
  ... on VaultExecution { scriptName status errorMessage }
  ... on HealthCheck { name healthStatus: status detail }`;
const feed = `subscription ($minScore: Float = 3) { alerts(minScore: $minScore) { ${shown} } }`;
export const history = `query ($range: TimeRangeInput, $first: Int, $after: String) { alertHistory(range: $range, first: $first, after: $after) {
  nodes { ${shown} } edges { cursor node { __typename } } pageInfo { hasNextPage hasPreviousPage endCursor } } }`;

export interface Told {
  readonly __typename: string;
  readonly [field: string]: unknown;
}

/** Subscribes, and waits until the server has begun. */
export async function listen(context: TestDatabase, server: HttpServer, authorization: string, variables: Record<string, unknown> = {}) {
  const begun = sent(context, 'feed.log');
  const listener = collect<Told>(clientOf(server, authorization), feed, variables);
  await begun;
  return listener;
}

const hourMs = 3_600_000;

/** So many hours ago, at the half. */
export const hoursAgo = (hours: number): string => new Date(Math.floor(Date.now() / hourMs - hours) * hourMs + hourMs / 2).toISOString();

/** A laptop whose price went up and down by a hundredth of it, by a service, some hours ago. */
export async function usualPrices(context: TestDatabase, tenant: string): Promise<void> {
  await change(
    context,
    { tenant, actor: 'pricing', actorKind: 'SERVICE', occurredAt: hoursAgo(400) },
    insert('products', tenant, { ...laptop, price: '1000.00' }),
  );
  for (let n = 0; n < 12; n++) await setPrice(context, tenant, n % 2 ? '1000.00' : '1010.00', hoursAgo(390 - n));
}

export function setPrice(context: TestDatabase, tenant: string, price: string, occurredAt?: string, application?: string): Promise<void> {
  const who = {
    tenant,
    actor: 'pricing',
    actorKind: 'SERVICE',
    ...(occurredAt ? { occurredAt } : {}),
    ...(application ? { application } : {}),
  };
  return change(context, who, priceOf(tenant, price));
}

export const priceOf = (tenant: string, price: string) =>
  sql`update commerce.products set price = ${price}::text::numeric where tenant = ${tenant} and id = 1`;

/** Alerts of a tenant in the order of their numbers. */
export function raised({ owner }: TestDatabase, tenant: string): Promise<{ kind: string; of: string | null; sequence: string }[]> {
  return owner.run(sql`select kind, facts ->> 'kind' as of, sequence from audit.alert where tenant = ${tenant} order by sequence`);
}
