// The only place where the parts meet: by hand, top to bottom. No import opens a connection.
import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import type { Config } from './config.ts';
import type { Database, Owner } from './database/database.ts';
import { migrationsFolder, readMigrations } from './database/migrate.ts';
import { noDatabase } from './database/no-database.ts';
import type { OpenDatabase } from './database/open.ts';
import { readDocuments } from './documents.ts';
import { examples } from './examples.ts';
import { AccessService } from './rooms/access/access.service.ts';
import { feedHealth, healthOf, trailFigures, webhookHealth } from './rooms/access/health.ts';
import { tokenVerifier } from './rooms/access/token.ts';
import { ViewerResolver } from './rooms/access/viewer.resolver.ts';
import { AlertResolver } from './rooms/alerts/alert.resolver.ts';
import { AlertService } from './rooms/alerts/alert.service.ts';
import { AnalyticsResolver } from './rooms/analytics/analytics.resolver.ts';
import { AnalyticsService } from './rooms/analytics/analytics.service.ts';
import { AnomaliesResolver, AnomalyResolver, registerAnomalyNodes } from './rooms/analytics/anomaly.resolver.ts';
import { AnomalyService } from './rooms/analytics/anomaly.service.ts';
import { ForecastService } from './rooms/analytics/forecast.service.ts';
import { AuditEntryResolver } from './rooms/audit/audit-entry.resolver.ts';
import { registerAuditNodes } from './rooms/audit/audit-nodes.ts';
import { CustomerCreatorResolver } from './rooms/audit/customer-creator.resolver.ts';
import { NarrativeSentenceResolver } from './rooms/audit/narrative.type.ts';
import { ReadAccessResolver, registerReadNodes } from './rooms/audit/read-access.resolver.ts';
import { ReadAccessService } from './rooms/audit/read-access.service.ts';
import { ReadLog } from './rooms/audit/read-log.ts';
import { ReasonResolver } from './rooms/audit/reason.type.ts';
import { RunResolver } from './rooms/audit/run.resolver.ts';
import { RunService } from './rooms/audit/run.service.ts';
import { cursorSecret } from './rooms/audit/setting.queries.ts';
import { shopTrail } from './rooms/audit/shop-trail.ts';
import { TrackedTableResolver } from './rooms/audit/tracked-table.resolver.ts';
import { TrackingService } from './rooms/audit/tracking.service.ts';
import { trailRoutes } from './rooms/audit/trail-rest.ts';
import { WritingResolver } from './rooms/audit/writing.resolver.ts';
import { WritingService } from './rooms/audit/writing.service.ts';
import { CustomerResolver } from './rooms/commerce/customer.resolver.ts';
import { NodeResolver } from './rooms/commerce/node.resolver.ts';
import { NodeRegistry, registerCommerceNodes } from './rooms/commerce/node-registry.ts';
import { OrderResolver } from './rooms/commerce/order.resolver.ts';
import { OrderItemResolver } from './rooms/commerce/order-item.resolver.ts';
import { PaymentResolver } from './rooms/commerce/payment.resolver.ts';
import { ProductResolver } from './rooms/commerce/product.resolver.ts';
import { TraceableResolver } from './rooms/commerce/traceable.resolver.ts';
import { UserResolver } from './rooms/commerce/user.resolver.ts';
import { FeedResolver } from './rooms/feed/feed.resolver.ts';
import { FeedService } from './rooms/feed/feed.service.ts';
import { type FeedClock, stoppedClock } from './rooms/feed/feed-worker.ts';
import { LogFeed } from './rooms/feed/log-feed.ts';
import { registerWebhookNodes, WebhookDeliveryResolver, WebhookResolver } from './rooms/feed/webhook.resolver.ts';
import { WebhookService } from './rooms/feed/webhook.service.ts';
import { toFigures, webhookFigures } from './rooms/feed/webhook-lease.queries.ts';
import { WebhookSecrets } from './rooms/feed/webhook-secret.ts';
import { WebhookWorker } from './rooms/feed/webhook-worker.ts';
import { CustomerJourneyResolver, JourneyEventResolver, JourneyResolver } from './rooms/lineage/journey.resolver.ts';
import { JourneyService } from './rooms/lineage/journey.service.ts';
import { registerJourneyNodes } from './rooms/lineage/journey-nodes.ts';
import {
  LineageEdgeResolver,
  LineageGraphResolver,
  LineageNodeResolver,
  registerLineageNodes,
  TraceableLineageResolver,
} from './rooms/lineage/lineage.resolver.ts';
import { LineageService } from './rooms/lineage/lineage.service.ts';
import { LineageDocumentService } from './rooms/lineage/lineage-document.service.ts';
import { LineageExportService } from './rooms/lineage/lineage-export.service.ts';
import { LineageMappingService } from './rooms/lineage/lineage-mapping.service.ts';
import { CausesService } from './rooms/provenance/causes.service.ts';
import { CopiesService } from './rooms/provenance/copies.service.ts';
import { DataDiffResolver, EntityDiffResolver, registerDiffNodes, TraceableDiffResolver } from './rooms/provenance/diff.resolver.ts';
import { DiffService } from './rooms/provenance/diff.service.ts';
import { EntityVersionResolver } from './rooms/provenance/entity-version.resolver.ts';
import { EntryEntityResolver } from './rooms/provenance/entry-entity.resolver.ts';
import { ExplainResolver, PriceImpactResolver } from './rooms/provenance/explain.resolver.ts';
import { Explaining } from './rooms/provenance/explained.ts';
import { FieldBlameResolver } from './rooms/provenance/field-blame.resolver.ts';
import { HowService } from './rooms/provenance/how.service.ts';
import { ProvenanceService } from './rooms/provenance/provenance.service.ts';
import { RecordResolver, registerProvenanceNodes } from './rooms/provenance/record.resolver.ts';
import {
  itemReasonResolvers,
  PriceHistoryResolver,
  StatusFlowResolver,
  StatusTransitionResolver,
  TimelineItemResolver,
  TraceableTimelineResolver,
} from './rooms/provenance/timeline.resolver.ts';
import { TimelineService } from './rooms/provenance/timeline.service.ts';
import { TraceableHistoryResolver } from './rooms/provenance/traceable-history.resolver.ts';
import { VersionInfoResolver } from './rooms/provenance/version-info.resolver.ts';
import { WhereService } from './rooms/provenance/where.service.ts';
import { WhyService } from './rooms/provenance/why.service.ts';
import { ExportResolver, registerExportNodes } from './rooms/reports/export.resolver.ts';
import { ExportService, type Making } from './rooms/reports/export.service.ts';
import { exportRoutes } from './rooms/reports/export-rest.ts';
import { SearchResolver } from './rooms/search/search.resolver.ts';
import { SearchService } from './rooms/search/search.service.ts';
import { MetadataSeal } from './rooms/vault/metadata-seal.ts';
import { toVaultFigures, vaultFigures } from './rooms/vault/vault.queries.ts';
import { registerVaultNodes, VaultExecutionResolver, VaultResolver } from './rooms/vault/vault.resolver.ts';
import { VaultService } from './rooms/vault/vault.service.ts';
import { vaultRoutes } from './rooms/vault/vault-rest.ts';
import { VaultWritingService } from './rooms/vault/vault-writing.service.ts';
import { type HttpServer, startHttp } from './server/http.ts';
import { Metrics } from './server/metrics.ts';
import { outgoingHttp } from './server/outgoing-http.ts';
import { schemaFrom, type Types, typesOf } from './server/schema.ts';
import type { Tracing } from './server/tracing.ts';
import type { Credentials } from './shared/caller.ts';
import { CursorCodec } from './shared/cursor.ts';
import type { Log } from './shared/log.ts';
import { makingOf, type WebhookOptions, webhookWorkerOf, workersOf } from './workers.ts';

interface LiveOptions {
  readonly clock: FeedClock;
  /** After which a feed without news says how far it is. */
  readonly heartbeatMs: number;
  readonly webhooks?: WebhookOptions;
}

export interface App {
  /** Where it answers, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Ends what is under way, then the server, then the database. */
  close(): Promise<void>;
}

/** Answers GraphQL from this database, which is closed together with the app, also when it cannot start. */
export async function startApp(config: Config, database: OpenDatabase, log: Log, types: Types = apiTypes()): Promise<App> {
  let server: HttpServer;
  const { worker, alerts } = workersOf(database, config, log);
  let webhooks: WebhookWorker | null = null;
  const making = makingOf(database, config, log);
  let tracing: Tracing | null = null;
  const readLog = config.readLog === 'off' ? null : new ReadLog(database, config.readLog, log);
  try {
    const secret = await cursorSecret(database);
    const ticking = worker.start(); // its first look at the database takes as long as listening
    const sending = { outgoing: outgoingHttp(config.webhooks), secrets: new WebhookSecrets(config.webhooks.key ?? secret) };
    const live = { clock: worker, heartbeatMs: config.feedHeartbeatMs, webhooks: sending };
    const schema = types(resolversOf(database, secret, database.owner, live, making, config.vaultKey));
    const hooks = webhookWorkerOf(database, secret, schema, worker, sending, log);
    webhooks = hooks;
    const codec = new CursorCodec(secret);
    const access = new AccessService(database, !config.requiresTokens, tokenVerifier(config.tokens));
    const newestMigration = readMigrations(migrationsFolder()).at(-1)?.number ?? 0;
    const metrics = new Metrics({
      pool: () => database.poolState(),
      trail: () => trailFigures(database),
      feedLag: () => worker.lag(),
      webhooks: async () => toFigures((await database.read('', webhookFigures))[0]),
      vault: async () => toVaultFigures((await database.read('', vaultFigures))[0]),
    });
    tracing = config.traceExporter && (await import('./server/otlp-tracing.ts')).openTracing(config.traceExporter, log);
    const observe = tracing;
    database.observe(({ asked, tookMs, rows, failed }) => {
      const name = nameOf(asked.text);
      metrics.statement(name, tookMs, failed);
      observe?.statement(name, tookMs, rows, failed);
    });
    const options = {
      ...config,
      metrics,
      tracing,
      callerOf: (credentials: Credentials) => access.callerOf(credentials),
      examples: config.fillsDemo ? examples : [],
      rest: [
        ...trailRoutes(database),
        ...vaultRoutes(new VaultService(database, codec)),
        ...exportRoutes(new ExportService(database, codec, making), making.maker),
      ],
      documents: { ...config.documents, texts: readDocuments(config.documents.path).map(({ text }) => text) },
      readLog,
      health: async () => [...(await healthOf(database, newestMigration)), feedHealth(worker.lag()), webhookHealth(hooks.failingSeconds())],
    };
    [server] = await Promise.all([startHttp(schema, options, log), ticking]);
    alerts.start();
    hooks.start();
  } catch (error) {
    await webhooks?.stop();
    await making.maker.close();
    await Promise.all([worker.stop(), alerts.stop()]);
    await database.close();
    throw error;
  }
  const close = async () => {
    await server.close().finally(() => readLog?.close());
    await webhooks?.stop();
    await making.maker.close();
    await Promise.all([worker.stop(), alerts.stop()]);
    await tracing?.stop();
  };
  return { url: server.url, close: () => close().finally(() => database.close()) };
}

/** A statement's name stands in the comment that it begins with. */
function nameOf(text: string): string {
  return /^\s*\/\* ([\w.]+) \*\//.exec(text)?.[1] ?? 'unnamed';
}

/** The API without anybody who answers: for one app only, made while its database opens. */
export const apiTypes = (): Types => typesOf(resolversOf(noDatabase, 'no cursor is signed'));

/** Every resolver with what it needs, as one schema. */
export const schemaOf = (...parts: Parameters<typeof resolversOf>): GraphQLSchema => schemaFrom(resolversOf(...parts));

/**
 * Every resolver with what it needs. `cursorSecret` has at least 16 bytes and is the same on every server of a database.
 * Without an owner no table can be tracked; without a clock feeds hold what was there when they were opened; without `making` no file is made,
 * without `vaultKey` metadata of operations is not encrypted.
 */
function resolversOf(
  database: Database,
  cursorSecret: string,
  owner: Owner | null = null,
  live: LiveOptions = { clock: stoppedClock, heartbeatMs: 10_000 },
  making: Making | null = null,
  vaultKey: string | null = null,
): object[] {
  const codec = new CursorCodec(cursorSecret);
  const { moments, commerce, audit } = shopTrail(database, codec);
  const runs = new RunService(database, codec, audit);
  const analytics = new AnalyticsService(database, audit);
  const anomalies = new AnomalyService(database, codec, audit);
  const provenance = new ProvenanceService(database, codec, audit, moments);
  const explaining = new Explaining(database, audit, provenance);
  const copies = new CopiesService(explaining);
  const why = new WhyService(explaining, new CausesService(explaining, copies));
  const nodes = registerAuditNodes(registerCommerceNodes(new NodeRegistry(), commerce), audit, runs);
  const feed = new FeedService(database, codec, audit, live.clock, live.heartbeatMs);
  const { outgoing, secrets } = live.webhooks ?? {
    outgoing: outgoingHttp({ allowed: [], timeoutMs: 10_000 }),
    secrets: new WebhookSecrets(cursorSecret),
  };
  const timelines = new TimelineService(database, codec, audit, provenance);
  registerProvenanceNodes(nodes, provenance, timelines);
  const diffs = new DiffService(database, codec, audit, provenance, moments);
  registerDiffNodes(nodes, diffs);
  const journeys = new JourneyService(database, codec, commerce, audit);
  registerJourneyNodes(nodes, journeys);
  const seal = new MetadataSeal(vaultKey);
  const vault = new VaultService(database, codec, seal);
  registerVaultNodes(nodes, vault);
  const exports = new ExportService(database, codec, making);
  registerExportNodes(nodes, exports);
  const logs = new LogFeed(database, codec, live.clock);
  const webhooks = new WebhookService(database, audit, feed, logs, outgoing, secrets);
  registerWebhookNodes(nodes, webhooks);
  const alerts = new AlertService(database, codec, logs, vault);
  registerAnomalyNodes(nodes, anomalies, (ctx, key) => alerts.anomaly(ctx, key));
  const lineage = new LineageService(database, audit, provenance, vault);
  const mappings = new LineageMappingService(audit, copies, lineage);
  registerLineageNodes(nodes, lineage);
  const reads = new ReadAccessService(database, codec, nodes);
  registerReadNodes(nodes, reads);
  return [
    new ViewerResolver(),
    new NodeResolver(nodes),
    new TraceableResolver(),
    new UserResolver(commerce),
    new CustomerResolver(commerce),
    new ProductResolver(commerce),
    new OrderResolver(commerce),
    new OrderItemResolver(commerce),
    new PaymentResolver(commerce),
    new CustomerCreatorResolver(commerce, audit),
    new AuditEntryResolver(audit),
    new ReasonResolver(audit),
    new NarrativeSentenceResolver(audit),
    new RunResolver(runs, audit),
    new ReadAccessResolver(reads, audit),
    new TrackedTableResolver(new TrackingService(owner, audit), audit),
    new WritingResolver(new WritingService(database, audit), audit),
    new TraceableHistoryResolver(provenance),
    new EntityVersionResolver(provenance),
    new VersionInfoResolver(provenance),
    new FieldBlameResolver(provenance),
    new RecordResolver(provenance),
    new TraceableDiffResolver(diffs),
    new DataDiffResolver(diffs),
    new EntityDiffResolver(diffs),
    new EntryEntityResolver(provenance),
    new PriceImpactResolver(why),
    new ExplainResolver(why, new HowService(explaining), new WhereService(explaining, copies)),
    new SearchResolver(new SearchService(database, codec, commerce, provenance)),
    new AnomaliesResolver(anomalies),
    new AnomalyResolver(anomalies),
    new TraceableTimelineResolver(timelines),
    new PriceHistoryResolver(timelines),
    new StatusFlowResolver(timelines),
    new TimelineItemResolver(audit),
    new StatusTransitionResolver(timelines),
    ...itemReasonResolvers(audit),
    new CustomerJourneyResolver(journeys),
    new JourneyResolver(journeys),
    new JourneyEventResolver(journeys),
    new FeedResolver(feed, logs, runs, vault),
    new WebhookResolver(webhooks),
    new WebhookDeliveryResolver(webhooks),
    new TraceableLineageResolver(lineage),
    new LineageGraphResolver(lineage, new LineageDocumentService(audit, lineage, mappings)),
    new LineageNodeResolver(lineage),
    new LineageEdgeResolver(audit, mappings),
    new AlertResolver(alerts),
    new AnalyticsResolver(analytics, new ForecastService(analytics)),
    new VaultResolver(vault, new VaultWritingService(database, vault, audit, seal)),
    new VaultExecutionResolver(vault, audit),
    new ExportResolver(exports),
  ];
}

/** What the command line exports lineage with. */
export function lineageExportOf(database: Database, cursorSecret: string): LineageExportService {
  const codec = new CursorCodec(cursorSecret);
  const { moments, commerce, audit } = shopTrail(database, codec);
  const provenance = new ProvenanceService(database, codec, audit, moments);
  const lineage = new LineageService(database, audit, provenance, new VaultService(database, codec));
  const copies = new CopiesService(new Explaining(database, audit, provenance));
  const documents = new LineageDocumentService(audit, lineage, new LineageMappingService(audit, copies, lineage));
  return new LineageExportService(commerce, provenance, lineage, documents);
}
