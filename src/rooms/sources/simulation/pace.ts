import { setImmediate, setTimeout } from 'node:timers/promises';

/** Lets things begin one after the other, never more of them than so many a second: what was missed is not caught up. */
export class Pace {
  private readonly gapMs: number;
  private free: number;

  /** `now` gives milliseconds of a clock that only moves forward. */
  constructor(
    perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.gapMs = 1_000 / perSecond;
    this.free = now();
  }

  /** Waits for the next turn; false when `endsAt` comes first, or `stop`. */
  async turn(endsAt: number, stop?: AbortSignal): Promise<boolean> {
    if (this.free >= endsAt) return false;
    for (let left = this.free - this.now(); left > 0 && !stop?.aborted; left = this.free - this.now()) {
      // A timer is late by up to a millisecond or two: the rest is waited for turn by turn of the event loop.
      await (left > 3 ? setTimeout(left - 2, undefined, { signal: stop }).catch(() => {}) : setImmediate());
    }
    const at = this.now();
    if (stop?.aborted || at >= endsAt) return false;
    this.free = at + this.gapMs;
    return true;
  }
}
