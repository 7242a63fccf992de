import type { Head } from '../audit/feed-cursor.model.ts';
import type { PlacedItem } from './feed.model.ts';
import { FeedRing } from './feed-ring.ts';
import type { FeedClock } from './feed-worker.ts';

/** Positions read by one statement at most. */
export const stretch = 2_000;
/** Entries of one statement, and of one part, at most. */
export const mostEntries = 500;
const retryMs = 250;

/** The entries that fit at positions above `from`, up to `to`, in order; `mostEntries` of them when there may be more. */
export type ReadStretch<T = PlacedItem> = (from: number, to: Head) => Promise<readonly T[]>;

/**
 * Readers of one tenant with one filter: what comes is read once for all of them. A reader that stays behind reads for itself, so that
 * memory does not grow with it.
 */
export class FeedGroup<T extends { readonly sequence: number } = PlacedItem> {
  readonly ring: FeedRing<T>;
  private target: Head;
  private isReading = false;
  private fault: Error | null = null;
  private retry: NodeJS.Timeout | undefined;
  private readonly waiting = new Set<() => void>();
  private readonly unwatch: () => void;

  /** @param undone the error of a reader whose history was undone. */
  constructor(
    clock: FeedClock,
    tenant: string,
    head: Head,
    private readonly read: ReadStretch<T>,
    undone: () => Error,
  ) {
    this.ring = new FeedRing(head, mostEntries);
    this.target = head;
    this.unwatch = clock.watch(tenant, {
      reached: (next) => {
        if (next.sequence < this.ring.head.sequence) return; // read before the group began
        this.target = next;
        void this.goOn();
      },
      undone: () => this.fail(undone()),
    });
  }

  get head(): Head {
    return this.ring.head;
  }

  /** @throws whatever ended the feed. */
  requireWell(): void {
    if (this.fault) throw this.fault;
  }

  /** Until something has come behind a position, the time is over, or the signal says so. */
  news(behind: number, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      timer.unref();
      signal.addEventListener('abort', end);
      this.waiting.add(end);
      if (signal.aborted || this.fault || this.head.sequence > behind) end();
    });
  }

  close(): void {
    clearTimeout(this.retry);
    this.unwatch();
    this.wake();
  }

  /** Reads up to the target, one statement at a time; what a passing failure leaves is tried again soon, also where no further step is taken. */
  private async goOn(): Promise<void> {
    if (this.isReading) return;
    clearTimeout(this.retry);
    this.isReading = true;
    try {
      while (this.ring.head.sequence < this.target.sequence && !this.fault) await this.advance(this.target);
    } catch (error) {
      if (!isPassing(error)) this.fail(error as Error);
      else this.retry = setTimeout(() => void this.goOn(), retryMs).unref();
    } finally {
      this.isReading = false;
    }
  }

  private async advance(target: Head): Promise<void> {
    const { sequence } = this.ring.head;
    if (target.sequence - sequence > stretch) this.ring.skipTo(target);
    else {
      const items = await this.read(sequence, target);
      const last = items.length < mostEntries ? undefined : items.at(-1);
      this.ring.add(items, last ? { ...this.ring.head, sequence: last.sequence, tick: target.tick } : target);
    }
    this.wake();
  }

  private fail(error: Error): void {
    this.fault = error;
    this.wake();
  }

  private wake(): void {
    for (const end of [...this.waiting]) end();
  }
}

/** The database is away or slow: what is asked later may succeed. */
function isPassing(error: unknown): boolean {
  return (error as { extensions?: { retryable?: unknown } }).extensions?.retryable === true;
}
