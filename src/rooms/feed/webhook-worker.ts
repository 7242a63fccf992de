import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../shared/log.ts';
import type { OtherHeads } from './feed.model.ts';
import type { FeedClock } from './feed-worker.ts';
import type { ClaimedWebhook } from './webhook.model.ts';
import { type CourierParts, WebhookCourier } from './webhook-courier.ts';
import { claimWebhooks, toClaim } from './webhook-lease.queries.ts';

export interface WebhookWorkerOptions {
  /** Whether other servers may change endpoints, or die while they serve one. */
  readonly polls: boolean;
  /** Endpoints served at once. */
  readonly mostAtOnce?: number;
  /** How long deliveries under way may take when the server stops. */
  readonly graceMs?: number;
}

const usual = { mostAtOnce: 16, graceMs: 3_000 };
const shortestWaitMs = 20;
const pollMs = 1_000;
const longestWaitAfterFailureMs = 5_000;

/**
 * Serves the endpoints of all tenants for which something waits. Several servers do it at once: each holds the leases of those that it
 * serves, and takes over where a lease has ended.
 */
export class WebhookWorker {
  private readonly courier: WebhookCourier;
  private readonly server = randomUUID();
  private readonly options: Required<WebhookWorkerOptions>;
  private readonly serving = new Set<Promise<void>>();
  private readonly watched = new Map<string, () => void>();
  private readonly stopping = new AbortController();
  private readonly cutting = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private underWay: Promise<void> | null = null;
  private isPoked = false;
  private failures = 0;
  private lastSuccess = performance.now();
  private lastTurn = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly parts: CourierParts,
    private readonly clock: FeedClock,
    private readonly log: Log,
    options: WebhookWorkerOptions,
  ) {
    this.courier = new WebhookCourier(parts, this.server);
    this.options = { ...usual, ...options };
  }

  start(): void {
    this.next(0);
  }

  /** There may be something to send: looks soon. */
  poke(): void {
    this.isPoked = true;
    if (!this.underWay && this.failures === 0) this.next(this.lastTurn + shortestWaitMs - performance.now());
  }

  /** How long it has failed to look for work; 0 while it works. That an endpoint fails is none of its faults. */
  failingSeconds(): number {
    return this.failures > 0 ? (performance.now() - this.lastSuccess) / 1_000 : 0;
  }

  /** Begins nothing any more, and cuts off what takes too long: it is sent again, under the same id. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    for (const unwatch of this.watched.values()) unwatch();
    await this.underWay;
    const over = Promise.all(this.serving);
    await Promise.race([over, sleep(this.options.graceMs, null, { ref: false })]);
    this.cutting.abort();
    await over;
  }

  private next(inMs: number): void {
    if (this.stopping.signal.aborted) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.turn(), Math.max(0, inMs));
    this.timer.unref();
  }

  private turn(): Promise<void> {
    this.underWay ??= this.work().then((waitMs) => {
      this.underWay = null;
      const soonMs = this.isPoked && this.failures === 0 ? shortestWaitMs : waitMs;
      if (soonMs < Number.POSITIVE_INFINITY) this.next(soonMs);
    });
    return this.underWay;
  }

  /** In how many milliseconds to look again, when nothing is told before. */
  private async work(): Promise<number> {
    this.isPoked = false;
    this.lastTurn = performance.now();
    try {
      const nextInMs = (await this.claim()) ?? Number.POSITIVE_INFINITY;
      this.failures = 0;
      this.lastSuccess = performance.now();
      return Math.min(this.options.polls ? pollMs : Number.POSITIVE_INFINITY, Math.max(nextInMs, shortestWaitMs));
    } catch (error) {
      if (this.failures++ === 0) this.log.warn({ err: error }, 'webhooks are not sent; it is tried again');
      return Math.min(shortestWaitMs * 2 ** this.failures, longestWaitAfterFailureMs);
    }
  }

  /** In how many milliseconds the next endpoint may be due; null when none is. */
  private async claim(): Promise<number | null> {
    const { database, rules } = this.parts;
    const free = this.options.mostAtOnce - this.serving.size;
    if (free === 0) return null; // looks again when one is served
    const [row] = await database.read('', claimWebhooks(this.server, free, rules.leaseMs));
    if (!row) throw new Error('audit.claim_webhooks() gave nothing');
    const { webhooks, tenants, nextInMs } = toClaim(row);
    this.watch(new Set(tenants));
    for (const webhook of webhooks) this.serve(webhook);
    return nextInMs;
  }

  private serve(webhook: ClaimedWebhook): void {
    const served = this.courier
      .serve(webhook, { after: this.stopping.signal, cut: this.cutting.signal })
      .catch((error: unknown) => this.log.warn({ err: error, webhook: webhook.id }, 'a webhook could not be served; it is tried again'))
      .finally(() => {
        this.serving.delete(served);
        this.poke();
      });
    this.serving.add(served);
  }

  /** Listens for new entries and alerts of tenants that have endpoints. */
  private watch(tenants: ReadonlySet<string>): void {
    for (const [tenant, unwatch] of this.watched) {
      if (tenants.has(tenant)) continue;
      unwatch();
      this.watched.delete(tenant);
    }
    for (const tenant of tenants) {
      if (this.watched.has(tenant)) continue;
      let known = '';
      const reached = ({ sequence }: { readonly sequence: number }, { alerts }: OtherHeads) => {
        if (`${sequence} ${alerts}` === known) return;
        known = `${sequence} ${alerts}`;
        this.poke();
      };
      this.watched.set(tenant, this.clock.watch(tenant, { reached, undone: () => this.poke() }));
    }
  }
}
