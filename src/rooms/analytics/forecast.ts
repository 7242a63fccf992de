import type { ForecastPoint } from './analytics.model.ts';

/** Past buckets in their order, and how each bucket is named in the patterns to try, the finest first. */
export interface CountedPast {
  readonly counts: readonly number[];
  readonly patterns: readonly ((bucketStart: string) => string)[];
  readonly starts: readonly string[];
}

/** Standard deviations on either side that hold 95 of 100 values. */
const z = 1.959964;

/**
 * What follows the past: a straight line whose height depends on the phase of the pattern (e.g. the weekday), by least squares, with the interval that
 * holds 95 of 100 new counts. The first pattern counts of which every phase was seen twice; without one it is the line alone. Nothing is expected below
 * zero. Empty when the past has fewer than `leastBuckets`.
 */
export function forecast({ counts, patterns, starts }: CountedPast, ahead: readonly string[]): ForecastPoint[] {
  if (counts.length < leastBuckets) return [];
  const pattern = patterns.find((phaseOf) => isSeenTwice(starts, ahead, phaseOf)) ?? (() => '');
  const phases = new Map<string, { n: number; time: number; count: number }>();
  for (const [time, start] of starts.entries()) {
    const phase = phases.get(pattern(start)) ?? { n: 0, time: 0, count: 0 };
    const n = phase.n + 1;
    const mean = (before: number, value: number) => before + (value - before) / n;
    phases.set(pattern(start), { n, time: mean(phase.time, time), count: mean(phase.count, counts[time] ?? 0) });
  }
  const phaseAt = (start: string) => phases.get(pattern(start)) ?? { n: 1, time: 0, count: 0 };
  let [together, spread] = [0, 0];
  for (const [time, start] of starts.entries()) {
    const phase = phaseAt(start);
    together += (time - phase.time) * ((counts[time] ?? 0) - phase.count);
    spread += (time - phase.time) ** 2;
  }
  const slope = together / spread;
  const lineAt = (time: number, start: string) => phaseAt(start).count + slope * (time - phaseAt(start).time);
  const squares = starts.reduce((sum, start, time) => sum + ((counts[time] ?? 0) - lineAt(time, start)) ** 2, 0);
  const freedom = counts.length - phases.size - 1;
  const deviation = Math.sqrt(squares / freedom);
  return ahead.map((bucketStart, place) => {
    const [time, phase] = [counts.length + place, phaseAt(bucketStart)];
    const expected = lineAt(time, bucketStart);
    const reach = quantile(freedom) * deviation * Math.sqrt(1 + 1 / phase.n + (time - phase.time) ** 2 / spread);
    const [lower, middle, upper] = [expected - reach, expected, expected + reach].map((value) => Math.max(0, value));
    return { bucketStart, expected: middle ?? 0, lower: lower ?? 0, upper: upper ?? 0 };
  });
}

/** With fewer a line through them says nothing. */
const leastBuckets = 8;

function isSeenTwice(starts: readonly string[], ahead: readonly string[], phaseOf: (start: string) => string): boolean {
  const seen = new Map<string, number>();
  for (const start of starts) seen.set(phaseOf(start), (seen.get(phaseOf(start)) ?? 0) + 1);
  return [...starts, ...ahead].every((start) => (seen.get(phaseOf(start)) ?? 0) >= 2) && starts.length > seen.size + 2;
}

/** Of Student's distribution, where 2.5 per cent lie above: Cornish and Fisher's expansion, off by less than 2 per cent from 5 degrees of freedom. */
function quantile(freedom: number): number {
  return z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);
}
