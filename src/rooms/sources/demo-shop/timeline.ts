import type { Micros } from './time.ts';

/** What happens when `at` has come; it may put more on the timeline, never into the past. */
type Happening = (at: Micros) => void;

/** Runs happenings in order of time; those of one moment in the order they were put there. */
export class Timeline {
  private readonly ahead: { readonly at: Micros; readonly happening: Happening }[] = [];
  private now: Micros = 0;

  at(at: Micros, happening: Happening): void {
    if (at < this.now) throw new Error('the timeline does not run backwards');
    let low = 0;
    let high = this.ahead.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      // Latest first, so that the next one is taken from the end.
      if ((this.ahead[middle]?.at ?? 0) > at) low = middle + 1;
      else high = middle;
    }
    this.ahead.splice(low, 0, { at, happening });
  }

  /** Runs the next one, however far ahead it lies; false when nothing is left. */
  step(): boolean {
    const next = this.ahead.pop();
    if (!next) return false;
    this.now = next.at;
    next.happening(next.at);
    return true;
  }

  /** What lies at or after `end` does not happen. */
  run(end: Micros): void {
    for (let next = this.ahead.pop(); next && next.at < end; next = this.ahead.pop()) {
      this.now = next.at;
      next.happening(next.at);
    }
  }
}
