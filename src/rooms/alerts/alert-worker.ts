import type { Database } from '../../database/database.ts';
import type { HealthCheck } from '../../shared/health.ts';
import type { Log } from '../../shared/log.ts';
import { departuresOf } from '../analytics/anomaly.loaders.ts';
import { nextToJudge, noteHealth, noteJudged, toClaim } from './alert.queries.ts';
import { findingsOf } from './findings.ts';

export interface AlertWorkerOptions {
  /** After looking at a tenant's entries, the least time until the next look. */
  readonly pauseMs: number;
  /** After a look it rests so many times as long as it took; 20 unless told, which makes 5 per cent of the time. */
  readonly restFactor?: number;
  /** However long a look took, the next one is no later; half a minute unless told. */
  readonly longestPauseMs?: number;
  /** Entries that make the pattern at most, the newest ones; half a million unless told. */
  readonly mostEntries?: number;
  /** How long another server waits for one that looks; a minute unless told. */
  readonly leaseMs?: number;
  /** What must be well; looked at from time to time. */
  readonly checks?: () => Promise<readonly HealthCheck[]>;
  /** Told when alerts were raised. */
  readonly raised: () => void;
}

const usualLeaseMs = 60_000;
const checksEveryMs = 30_000;
const usualRestFactor = 20;
const usualLongestPauseMs = 30_000;
/** A look at so many takes about two seconds. */
const usualMostEntries = 500_000;
/** Where nothing is due, whoever pokes waits so long. */
const calmMs = 200;
const shortestWaitAfterFailureMs = 1_000;
const longestWaitAfterFailureMs = 60_000;

/**
 * Looks for anomalies that new entries make, tenant after tenant, when the ticks say that there are new ones. Several servers may do it at once:
 * one takes a tenant, and what it finds counts only if nobody has judged the same entries meanwhile. Cut off anywhere, the next look begins at
 * the same entry.
 *
 * Within a minute of its commit an anomaly is an alert, however long the trail: a look reads what is usual of 90 days, but no more than
 * `mostEntries`, and rests `longestPauseMs` at most. Later are: entries that tell of an earlier time than that pattern, which is then read as
 * far back; those of a backlog, which are read all at once; and those of one of many tenants that have as much to read.
 */
export class AlertWorker {
  private timer: NodeJS.Timeout | undefined;
  private checking: NodeJS.Timeout | undefined;
  private checkUnderWay: Promise<void> | null = null;
  private underWay: Promise<void> | null = null;
  private isPoked = false;
  private hasStopped = false;
  private failures = 0;
  private calmUntil = 0;

  constructor(
    private readonly database: Database,
    private readonly log: Log,
    private readonly options: AlertWorkerOptions,
  ) {}

  /** Begins to look at the checks; for new entries it waits until it is poked. */
  start(): void {
    this.checking = setInterval(() => void this.check(), checksEveryMs);
    this.checking.unref();
    void this.check();
  }

  /** There may be new entries. */
  poke(): void {
    this.isPoked = true;
    if (!this.underWay && !this.hasStopped && this.failures === 0) this.next(this.calmUntil - performance.now());
  }

  async stop(): Promise<void> {
    this.hasStopped = true;
    clearTimeout(this.timer);
    clearInterval(this.checking);
    await Promise.all([this.underWay, this.checkUnderWay]);
  }

  /** Never rejects: what cannot be asked now is asked the next time. */
  check(): Promise<void> {
    const look = async () => {
      const checks = (await this.options.checks?.()) ?? [];
      const [row] = checks.length > 0 ? await this.database.read('', noteHealth(checks)) : [];
      if (Number(row?.['raised'] ?? 0) > 0) this.options.raised();
    };
    this.checkUnderWay ??= look()
      .catch(() => {})
      .finally(() => {
        this.checkUnderWay = null;
      });
    return this.checkUnderWay;
  }

  private next(inMs: number): void {
    if (this.hasStopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => {
        this.underWay = this.work().finally(() => {
          this.underWay = null;
        });
      },
      Math.max(0, inMs),
    );
    this.timer.unref();
  }

  private async work(): Promise<void> {
    this.isPoked = false;
    let waitMs: number | null;
    try {
      waitMs = await this.look();
      this.failures = 0;
    } catch (error) {
      if (this.failures++ === 0) this.log.warn({ err: error }, 'looking for anomalies failed; it is tried again');
      waitMs = Math.min(shortestWaitAfterFailureMs * 2 ** (this.failures - 1), longestWaitAfterFailureMs);
    }
    if (this.isPoked && this.failures === 0) waitMs = this.calmUntil - performance.now();
    if (waitMs !== null) this.next(waitMs);
  }

  /** One tenant. Gives how long to wait for the next one, null where nothing is new. */
  private async look(): Promise<number | null> {
    const [row] = await this.database.read(
      '',
      nextToJudge(this.options.leaseMs ?? usualLeaseMs, this.options.mostEntries ?? usualMostEntries),
    );
    if (!row) throw new Error('audit.next_to_judge() gave nothing');
    const { work, dueInMs } = toClaim(row);
    if (!work) {
      this.calmUntil = performance.now() + calmMs;
      return dueInMs;
    }
    const { tenant, above, upTo, period } = work;
    const start = performance.now();
    const departures = await departuresOf((statement) => this.database.read(tenant, statement), tenant, {
      period,
      stretch: { above, upTo },
    });
    const restMs = (this.options.restFactor ?? usualRestFactor) * (performance.now() - start);
    const pauseMs = Math.min(Math.max(this.options.pauseMs, restMs), this.options.longestPauseMs ?? usualLongestPauseMs);
    const [judged] = await this.database.read(tenant, noteJudged({ above, upTo }, findingsOf(departures, period), pauseMs));
    if (Number(judged?.['raised'] ?? 0) > 0) this.options.raised();
    return 0;
  }
}
