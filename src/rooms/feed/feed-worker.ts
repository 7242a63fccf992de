import type { Database } from '../../database/database.ts';
import type { Log } from '../../shared/log.ts';
import type { Head } from '../audit/feed-cursor.model.ts';
import { keepTrailReady, refreshStatistics } from '../audit/upkeep.queries.ts';
import type { FeedLag, OtherHeads } from './feed.model.ts';
import { feedStep, pruneAlerts, pruneTicks, type StepMemory, toStep } from './feed.queries.ts';

/** Who looks at the ticks of a tenant. */
export interface HeadWatcher {
  /** After each step: nothing may be new. */
  reached(head: Head, others: OtherHeads): void;
  /** The database was restored to an earlier time: what was read before is not its history. */
  undone(): void;
}

/** Where readers learn how far the ticks are. */
export interface FeedClock {
  /** From soon on, until the function it gives is called. */
  watch(tenant: string, watcher: HeadWatcher): () => void;
}

/** Where no worker follows the ticks. */
export const stoppedClock: FeedClock = { watch: () => () => {} };

export interface WorkerOptions {
  /** Whether others may write: PostgreSQL is asked again and again, the embedded database only after a write of this process. */
  readonly polls: boolean;
  /** How long ticks are kept for cursors. */
  readonly cursorAgeMs: number;
  /** Alerts of each tenant that are kept, the newest ones. */
  readonly alertsKept: number;
  /** Told after each step that found something. */
  readonly moved?: () => void;
}

/**
 * Between two looks: the shortest while there is something new, the longest while there is not. An idle look costs a quarter of a millisecond
 * of the database, one that finds something five times that; where somebody follows a feed the wait is added to the way of an entry.
 */
const waitsMs = { watched: { shortest: 10, longest: 25 }, unwatched: { shortest: 25, longest: 250 } };
const waitAfterFailureMs = { shortest: 10, longest: 1_000 };
const upkeepEveryMs = 15 * 60_000;
const statisticsEveryMs = 60_000;

/**
 * What a server does besides answering, one step at a time: ticks, positions and counts behind them, the planner's statistics each minute in
 * which something came, and every quarter of an hour the upkeep of the trail. Several servers may do it at once. Each step is one transaction,
 * so it may be cut off anywhere.
 */
export class FeedWorker implements FeedClock {
  private readonly watchers = new Map<string, Set<HeadWatcher>>();
  private memory: StepMemory | null = null;
  private lastLag = { entries: 0, seconds: 0 };
  private lastSuccess = performance.now();
  private lastUpkeep = Number.NEGATIVE_INFINITY;
  private lastStatistics = performance.now();
  private hasGrown = true;
  private failures = 0;
  private waitMs = 0;
  private lastStep = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private stepped = () => {};
  private underWay: Promise<void> | null = null;
  private isPoked = false;
  private hasStopped = false;

  constructor(
    private readonly database: Database,
    private readonly log: Log,
    private readonly options: WorkerOptions,
  ) {}

  /** Takes the first step; when that fails the next ones are tried on and on. What is old is removed after it. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.stepped = resolve;
      void this.turn();
    });
  }

  /** There may be something new: looks soon. */
  poke(): void {
    this.isPoked = true;
    if (this.underWay || this.hasStopped || this.failures > 0) return;
    this.waitMs = this.waits.shortest;
    this.next(this.lastStep + this.waitMs - performance.now());
  }

  async stop(): Promise<void> {
    this.hasStopped = true;
    clearTimeout(this.timer);
    await this.underWay;
  }

  watch(tenant: string, watcher: HeadWatcher): () => void {
    const ofTenant = this.watchers.get(tenant) ?? new Set();
    this.watchers.set(tenant, ofTenant.add(watcher));
    this.poke();
    return () => {
      ofTenant.delete(watcher);
      if (ofTenant.size === 0) this.watchers.delete(tenant);
    };
  }

  lag(): FeedLag {
    const failingSeconds = this.failures > 0 ? (performance.now() - this.lastSuccess) / 1_000 : 0;
    return { entries: this.lastLag.entries, seconds: Math.max(this.lastLag.seconds, failingSeconds), failingSeconds };
  }

  private get waits(): { shortest: number; longest: number } {
    return this.watchers.size > 0 ? waitsMs.watched : waitsMs.unwatched;
  }

  private turn(): Promise<void> {
    this.underWay ??= this.work().finally(() => {
      this.underWay = null;
    });
    return this.underWay;
  }

  private async work(): Promise<void> {
    clearTimeout(this.timer);
    this.isPoked = false;
    this.lastStep = performance.now();
    try {
      const isDue = performance.now() - this.lastUpkeep >= upkeepEveryMs;
      if (isDue) await keepTrailReady(this.database);
      const isBusy = await this.step();
      this.stepped();
      await this.tidy(isDue);
      this.failures = 0;
      this.lastSuccess = performance.now();
      const { shortest, longest } = this.waits;
      this.waitMs = isBusy || this.isPoked ? shortest : Math.min(Math.max(this.waitMs, shortest) * 1.5, longest);
    } catch (error) {
      this.stepped();
      if (this.failures++ === 0) this.log.warn({ err: error }, 'the background worker failed; it is tried again');
      this.lastUpkeep = Number.NEGATIVE_INFINITY; // what was lost may have come back as a restored database
      this.waitMs = Math.min(waitAfterFailureMs.shortest * 2 ** (this.failures - 1), waitAfterFailureMs.longest);
    }
    const goesOn = this.options.polls || this.failures > 0 || this.isPoked || this.lastLag.entries > 0;
    if (goesOn) this.next(this.lastLag.entries > 0 && this.failures === 0 ? 0 : this.waitMs);
    else if (this.hasGrown) this.next(this.lastStatistics + statisticsEveryMs - performance.now());
  }

  private next(inMs: number): void {
    if (this.hasStopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.turn(), Math.max(0, inMs));
    this.timer.unref();
  }

  /** Whether there was something to do. */
  private async step(): Promise<boolean> {
    const before = this.memory;
    const [row] = await this.database.read('', feedStep([...this.watchers.keys()], before));
    if (!row) throw new Error('audit.feed_step() gave nothing');
    const step = toStep(row);
    const isUndone = before !== null && step.knownMark !== before.tick.mark;
    this.memory = step.memory;
    this.lastLag = { entries: step.waiting, seconds: step.waiting > 0 ? step.waitingSeconds : 0 };
    for (const [tenant, watchers] of this.watchers) {
      const head = step.heads.get(tenant) ?? { sequence: 0, ownTick: 0, tick: step.memory.tick };
      const others = step.others.get(tenant) ?? { operations: 0, alerts: 0 };
      for (const watcher of [...watchers]) {
        if (isUndone) watcher.undone();
        else watcher.reached(head, others);
      }
    }
    const isBusy = step.waiting > 0 || before?.tick.number !== step.memory.tick.number;
    this.hasGrown ||= isBusy;
    if (isBusy) this.options.moved?.();
    return isBusy;
  }

  private async tidy(isDue: boolean): Promise<void> {
    if (this.hasGrown && performance.now() - this.lastStatistics >= statisticsEveryMs) {
      this.lastStatistics = performance.now();
      this.hasGrown = false;
      await refreshStatistics(this.database);
    }
    if (!isDue) return;
    await this.database.read('', pruneTicks(this.options.cursorAgeMs));
    await this.database.read('', pruneAlerts(this.options.alertsKept));
    this.lastUpkeep = performance.now();
  }
}
