import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { closeCodes } from './socket-limits.ts';

const seconds = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];

/** Where figures come from that the server does not count itself. */
export interface Measured {
  readonly pool: () => Readonly<Record<'connections' | 'idle' | 'waiting', number>>;
  /** Rejects when the database does not answer. */
  readonly trail: () => Promise<{ readonly newestEntry: number; readonly notCapturing: number }>;
  readonly feedLag: () => Readonly<Record<'entries' | 'seconds', number>>;
  /** Rejects when the database does not answer. */
  readonly webhooks: () => Promise<Readonly<Record<'waiting' | 'lagSeconds' | 'givenUp' | 'inactive', number>>>;
  /** Rejects when the database does not answer. */
  readonly vault: () => Promise<VaultFigures>;
}

/** Of all tenants: operations begun in the last hour, those of a day that still run, and event triggers that are missing or disabled. */
type VaultFigures = Readonly<Record<'started' | 'failed' | 'slowestSeconds' | 'running' | 'notCaptured', number>>;

/** What the server counts, in the text form of Prometheus. Names hold no tenant, no caller and no value of anybody. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly requests = new Counter({
    name: 'whence_http_requests_total',
    help: 'Requests answered, by route and status.',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });
  private readonly requestSeconds = new Histogram({
    name: 'whence_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer.',
    labelNames: ['route'],
    buckets: seconds,
    registers: [this.registry],
  });
  private readonly errors = new Counter({
    name: 'whence_graphql_errors_total',
    help: 'Errors in answers, by extensions.code.',
    labelNames: ['code'],
    registers: [this.registry],
  });
  private readonly statements = new Counter({
    name: 'whence_statements_total',
    help: 'Statements sent to the database, by their name and outcome.',
    labelNames: ['statement', 'outcome'],
    registers: [this.registry],
  });
  private readonly statementSeconds = new Counter({
    name: 'whence_statement_seconds_total',
    help: 'Time that statements took, by their name.',
    labelNames: ['statement'],
    registers: [this.registry],
  });

  private readonly socketCloses = new Counter({
    name: 'whence_socket_closes_total',
    help: 'WebSockets closed, by close code.',
    labelNames: ['code'],
    registers: [this.registry],
  });

  /** Questions to the database that are asked before the figures are told. */
  private readonly asked: (() => Promise<void>)[] = [];

  constructor({ pool, feedLag, trail, webhooks, vault }: Measured) {
    const { registry } = this;
    collectDefaultMetrics({ register: registry });
    // Gauges that are called totals, which Prometheus's own check refuses.
    for (const name of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${name}_total`);
    new Gauge({
      name: 'whence_pool_connections',
      help: 'Connections to the database, by what they do.',
      labelNames: ['state'],
      registers: [registry],
      collect() {
        const { connections, idle } = pool();
        this.set({ state: 'idle' }, idle);
        this.set({ state: 'busy' }, connections - idle);
      },
    });
    this.gauge('whence_pool_waiting', 'Callers that wait for a connection.', () => pool().waiting);
    this.gauge('whence_feed_waiting_entries', 'Entries that feeds, positions and counts have still to reach.', () => feedLag().entries);
    this.gauge('whence_feed_lag_seconds', 'How far feeds, positions and counts are behind what was committed.', () => feedLag().seconds);
    this.askedGauges(trail, {
      whence_trail_newest_entry: [
        'Id of the newest entry of the trail, so its rate is that of captured entries',
        ({ newestEntry }) => newestEntry,
      ],
      whence_tables_not_capturing: ['Tracked tables whose changes are not captured', ({ notCapturing }) => notCapturing],
    });
    this.askedGauges(webhooks, {
      whence_webhooks_waiting: ['Webhooks for which something waits', ({ waiting }) => waiting],
      whence_webhook_lag_seconds: ['How long the oldest of what waits for a webhook does', ({ lagSeconds }) => lagSeconds],
      whence_webhook_dead_letters: ['Deliveries of webhooks that were given up', ({ givenUp }) => givenUp],
      whence_webhooks_inactive: ['Webhooks to which nothing is sent any more', ({ inactive }) => inactive],
    });
    this.askedGauges(vault, {
      whence_vault_started: ['Operations on the database that began in the last hour', ({ started }) => started],
      whence_vault_failed: ['Those of the last hour that failed', ({ failed }) => failed],
      whence_vault_slowest_seconds: ['The longest of those of the last hour that have ended', ({ slowestSeconds }) => slowestSeconds],
      whence_vault_running: ['Operations that began within a day and still run', ({ running }) => running],
      whence_vault_ddl_not_captured: ['Event triggers that are missing or disabled: DDL is not captured', ({ notCaptured }) => notCaptured],
    });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  async text(): Promise<string> {
    await Promise.all(this.asked.map((ask) => ask()));
    return await this.registry.metrics();
  }

  request(method: string, route: string | undefined, status: number, tookMs: number): void {
    this.requests.inc({ method, route: route ?? 'unknown', status });
    this.requestSeconds.observe({ route: route ?? 'unknown' }, tookMs / 1_000);
  }

  /** A gauge of what somebody else counts, asked each time the figures are read. */
  gauge(name: `whence_${string}`, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(value());
      },
    });
  }

  /** Gauges of what the database counts, with one question for all; absent while it is away. */
  private askedGauges<F>(
    ask: () => Promise<F>,
    wanted: Readonly<Record<`whence_${string}`, readonly [help: string, value: (figures: F) => number]>>,
  ) {
    const gauges = Object.entries(wanted).map(([name, [help, value]]) => {
      const gauge = new Gauge({ name, help: `${help}; absent while the database is away.`, registers: [this.registry] });
      return { gauge, value };
    });
    this.asked.push(async () => {
      const figures = await ask().catch(() => null);
      for (const { gauge, value } of gauges) {
        if (figures === null) gauge.remove();
        else gauge.set(value(figures));
      }
    });
  }

  /** A code that is none of ours is the peer's choice: those count as one. */
  socketClosed(code: number): void {
    const isKnown = [1000, 1005, 1006, ...Object.values<number>(closeCodes)].includes(code);
    this.socketCloses.inc({ code: isKnown ? code : 'other' });
  }

  error(code: unknown): void {
    this.errors.inc({ code: typeof code === 'string' ? code : 'unknown' });
  }

  /** @param name as in the comment that the statement begins with. */
  statement(name: string, tookMs: number, failed: boolean): void {
    this.statements.inc({ statement: name, outcome: failed ? 'failed' : 'done' });
    this.statementSeconds.inc({ statement: name }, tookMs / 1_000);
  }
}
