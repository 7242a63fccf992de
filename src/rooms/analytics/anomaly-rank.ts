import type { CursorValue } from '../../shared/cursor.ts';
import type { Anomaly } from './anomaly.model.ts';

/** Where an anomaly stands, as its cursor holds it: the end of the period, then score, kind and entry. */
export function positionOf({ kind, score, about, period }: Anomaly): CursorValue[] {
  return [period.to, String(score), kind, about.entryId];
}

/** Strongest first, then by kind, then in the order of the log. */
export function inRankOrder(anomalies: readonly Anomaly[]): Anomaly[] {
  return anomalies.toSorted((one, other) => comparePositions(positionOf(one), positionOf(other)));
}

/** Below 0 when the first position comes first. The ends of their periods do not count. */
export function comparePositions(one: readonly CursorValue[], other: readonly CursorValue[]): number {
  const byScore = Number(other[1]) - Number(one[1]);
  if (byScore !== 0) return byScore;
  const [kind, otherKind] = [one[2] ?? '', other[2] ?? ''];
  if (kind !== otherKind) return kind < otherKind ? -1 : 1;
  return Number(BigInt(one[3] ?? 0) - BigInt(other[3] ?? 0));
}
