import type { TrendPoint } from './analytics.model.ts';

export interface CountedBucket {
  readonly series: string;
  /** Place in the list of starts. */
  readonly bucket: number;
  readonly count: number;
}

/**
 * Every bucket of every series that occurs, by series and time, those without a count with zero; of the one series `''` when none occurs.
 * Null when they are more than `limit`.
 */
export function filledSeries(starts: readonly string[], counted: readonly CountedBucket[], limit: number): TrendPoint[] | null {
  const counts = new Map<string, Map<number, number>>();
  for (const { series, bucket, count } of counted) {
    const ofSeries = counts.get(series) ?? new Map<number, number>();
    counts.set(series, ofSeries.set(bucket, count));
  }
  if (counts.size === 0) counts.set('', new Map());
  if (counts.size * starts.length > limit) return null;
  const series = [...counts.keys()].sort();
  return series.flatMap((name) =>
    starts.map((bucketStart, place) => ({ bucketStart, count: counts.get(name)?.get(place) ?? 0, series: name })),
  );
}
