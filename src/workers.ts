import type { GraphQLSchema } from 'graphql';
import type { Config } from './config.ts';
import type { OpenDatabase } from './database/open.ts';
import { sharedHealth } from './rooms/access/health.ts';
import { AlertService } from './rooms/alerts/alert.service.ts';
import { AlertWorker } from './rooms/alerts/alert-worker.ts';
import { shopTrail } from './rooms/audit/shop-trail.ts';
import { FeedService } from './rooms/feed/feed.service.ts';
import { type FeedClock, FeedWorker } from './rooms/feed/feed-worker.ts';
import { LogFeed } from './rooms/feed/log-feed.ts';
import { usualWebhookRules } from './rooms/feed/webhook-rules.ts';
import type { WebhookSecrets } from './rooms/feed/webhook-secret.ts';
import { topicsOf } from './rooms/feed/webhook-topic.ts';
import { WebhookWorker } from './rooms/feed/webhook-worker.ts';
import type { Making } from './rooms/reports/export.service.ts';
import { ExportMaker } from './rooms/reports/export-maker.ts';
import { VaultService } from './rooms/vault/vault.service.ts';
import { CursorCodec } from './shared/cursor.ts';
import type { Log } from './shared/log.ts';
import type { Outgoing } from './shared/outgoing.ts';

// What works beside requests, each on connections of its own: requests that fill the pool do not hold it up, nor it them.

/** After a restore the first step looks at the whole trail. */
const workerStatementMs = 10 * 60_000;
/** New entries of a tenant are looked at for anomalies no more often. */
const alertPauseMs = 1_000;

export interface WebhookOptions {
  readonly outgoing: Outgoing;
  readonly secrets: WebhookSecrets;
}

/** What makes files. */
export function makingOf(database: OpenDatabase, { exportFolder, exportLimitBytes, settings }: Config, log: Log): Making {
  const own = database.as('whence_app', { connections: 1, statementMs: workerStatementMs });
  return { maker: new ExportMaker(database, { folder: exportFolder, limitBytes: exportLimitBytes }, log), database: own, settings };
}

/** The background workers. */
export function workersOf(
  database: OpenDatabase,
  { cursorAgeMs, alertsKept }: Config,
  log: Log,
): { worker: FeedWorker; alerts: AlertWorker } {
  const own = () => database.as('whence_app', { connections: 1, statementMs: workerStatementMs });
  const alerts = new AlertWorker(own(), log, {
    pauseMs: alertPauseMs,
    raised: () => worker.poke(),
    checks: () => sharedHealth(database, worker.lag()),
  });
  const worker = new FeedWorker(own(), log, { polls: database.kind === 'postgresql', cursorAgeMs, alertsKept, moved: () => alerts.poke() });
  database.onWrite(() => worker.poke());
  return { worker, alerts };
}

/** What sends webhooks, beside the background worker that tells it what is new. */
export function webhookWorkerOf(
  database: OpenDatabase,
  cursorSecret: string,
  schema: GraphQLSchema,
  clock: FeedClock,
  sending: WebhookOptions,
  log: Log,
): WebhookWorker {
  const own = database.as('whence_app', { connections: 2 });
  const codec = new CursorCodec(cursorSecret);
  const feed = new FeedService(own, codec, shopTrail(own, codec).audit, clock, 0);
  const logs = new LogFeed(own, codec, clock);
  const alerts = new AlertService(own, codec, logs, new VaultService(own, codec));
  const topics = topicsOf(feed, logs, (ctx) => alerts.question(ctx));
  const isEmbedded = database.kind === 'pglite';
  const parts = { database: own, topics, schema, rules: usualWebhookRules, ...sending };
  const worker = new WebhookWorker(parts, clock, log, { polls: !isEmbedded });
  if (isEmbedded) database.onWrite(() => worker.poke());
  return worker;
}
