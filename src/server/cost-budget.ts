import type { Caller, CostBudget } from '../shared/caller.ts';
import { DomainError } from '../shared/errors.ts';

const windowMs = 60_000;
const maxCallers = 10_000;

interface Window {
  readonly endsAtMs: number;
  spent: number;
}

/** Cost units per caller and minute, counted by this server. Oldest callers are forgotten beyond ten thousand. */
export class CostBudgets {
  private readonly windows = new Map<string, Window>();

  /** @param limit units per minute; 0: no limit. */
  constructor(
    private readonly limit: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws DomainError `RATE_LIMITED` when the caller's units of this minute do not suffice. */
  spend(caller: Caller, cost: number): void {
    if (this.limit === 0) return;
    const window = this.windowOf(caller);
    if (window.spent + cost > this.limit) {
      const retryAfterMs = window.endsAtMs - this.now();
      throw new DomainError('RATE_LIMITED', `The budget of ${this.limit} cost units per minute is used up.`, {
        retryAfterMs,
        limit: this.limit,
      });
    }
    window.spent += cost;
  }

  /** Null where there is no limit. */
  left(caller: Caller): CostBudget | null {
    if (this.limit === 0) return null;
    const { spent, endsAtMs } = this.windowOf(caller);
    return { limit: this.limit, remaining: this.limit - spent, resetsAt: new Date(endsAtMs).toISOString() };
  }

  private windowOf({ tenant, actor }: Caller): Window {
    const key = JSON.stringify([tenant, actor]);
    const found = this.windows.get(key);
    if (found && found.endsAtMs > this.now()) return found;
    const window = { endsAtMs: this.now() + windowMs, spent: 0 };
    this.windows.delete(key);
    this.windows.set(key, window);
    for (const oldest of this.windows.keys()) {
      if (this.windows.size <= maxCallers) break;
      this.windows.delete(oldest);
    }
    return window;
  }
}
