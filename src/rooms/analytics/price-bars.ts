import type { HistogramBucket } from './analytics.model.ts';

export interface CountedBar {
  /** How many bars it lies above the one that begins at 0. */
  readonly bar: bigint;
  readonly count: number;
}

/** Bars from the lowest to the highest, those between them included; null when they are more than `limit`. */
export function filledBars(counted: readonly CountedBar[], percent: number, limit: number): HistogramBucket[] | null {
  const counts = new Map(counted.map(({ bar, count }) => [bar, count]));
  const [first, ...others] = counts.keys();
  if (first === undefined) return [];
  const lowest = others.reduce((low, bar) => (bar < low ? bar : low), first);
  const highest = others.reduce((high, bar) => (bar > high ? bar : high), first);
  if (highest - lowest >= BigInt(limit)) return null;
  const width = BigInt(percent);
  return Array.from({ length: Number(highest - lowest) + 1 }, (_, index) => {
    const bar = lowest + BigInt(index);
    return { from: String(bar * width), to: String((bar + 1n) * width), count: counts.get(bar) ?? 0 };
  });
}
