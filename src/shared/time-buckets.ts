import { DomainError } from './errors.ts';
import type { Period } from './time-range.ts';

export const TimeInterval = { DAY: 'DAY', HOUR: 'HOUR', MINUTE: 'MINUTE', MONTH: 'MONTH', WEEK: 'WEEK' } as const;
export type TimeInterval = keyof typeof TimeInterval;

/** Buckets of one answer at most. */
const maxBuckets = 10_000;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * Starts of the buckets that a period touches, oldest first, as instants of whole milliseconds in text; the first one may lie before `from`.
 * Buckets follow the clocks of the zone: a day begins at local midnight and has 23 or 25 hours when the clocks change; weeks begin on Monday.
 * Stops after `limit`.
 */
export function bucketStarts({ from, to }: Period, interval: TimeInterval, zone: string, limit: number): string[] {
  const clock = clockOf(zone);
  const [begin, end] = [milliseconds(from), milliseconds(to)];
  // Rounded down to the millisecond: a period that ends within one still touches it.
  const isInside = (start: number) => start < end || (start === end && !to.endsWith('000Z'));
  const starts: string[] = [];
  let next = clock.startOf(begin, interval);
  while (isInside(next) && starts.length < limit) {
    starts.push(new Date(next).toISOString());
    next = clock.startAfter(next, interval);
  }
  return starts;
}

/** @throws DomainError `BAD_USER_INPUT` when there are too many of them for one answer. */
export function boundedBuckets(period: Period, interval: TimeInterval, zone: string): string[] {
  const starts = bucketStarts(period, interval, zone, maxBuckets + 1);
  if (starts.length <= maxBuckets) return starts;
  const fault = `"range" has more than ${maxBuckets} buckets of one ${interval}. Ask for a wider interval or a shorter range.`;
  throw new DomainError('BAD_USER_INPUT', fault, { argument: 'range' });
}

interface Clock {
  startOf(instant: number, interval: TimeInterval): number;
  startAfter(start: number, interval: TimeInterval): number;
}

function clockOf(zone: string): Clock {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  /** What the clocks show minus UTC. */
  const offsetAt = (instant: number): number => {
    const [, sign, hours, minutes, seconds = '0'] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(format.format(instant)) ?? [];
    if (sign === undefined) return 0;
    return (sign === '-' ? -1 : 1) * (Number(hours) * hour + Number(minutes) * minute + Number(seconds) * 1000);
  };
  const shownAt = (instant: number) => instant + offsetAt(instant);
  /** When the clocks show it, the last time where they do so twice; where they jump over it, the moment of the jump. */
  const instantOf = (shown: number): number => {
    const after = shown - offsetAt(shown + day);
    return shownAt(after) === shown ? after : shown - offsetAt(shown - day);
  };
  const startOf = (instant: number, interval: TimeInterval): number => {
    const width = widthOf(interval);
    if (width !== null) return instant - modulo(shownAt(instant), width);
    const start = instantOf(firstDay(shownAt(instant), interval, 0));
    // Where the clocks go back over midnight, the first minutes of the new day are shown before it begins for good.
    return start <= instant ? start : instantOf(firstDay(shownAt(instant) - day, interval, 0));
  };
  return {
    startOf,
    startAfter(start, interval) {
      const width = widthOf(interval);
      if (width !== null) {
        const next = start + width;
        const over = modulo(shownAt(next), width); // where the clocks change by less than an hour, the hour of the change is longer
        return over === 0 ? next : next + width - over;
      }
      let next = start;
      // A date that the zone left out altogether begins with the one after it.
      for (let steps = 1; next <= start; steps++) next = instantOf(firstDay(shownAt(start), interval, steps));
      return next;
    },
  };
}

function widthOf(interval: TimeInterval): number | null {
  return interval === 'HOUR' ? hour : interval === 'MINUTE' ? minute : null;
}

/** Midnight, as the clocks show it, at the beginning of the day, week or month, or of one that is `steps` later. */
function firstDay(shown: number, interval: TimeInterval, steps: number): number {
  const midnight = shown - modulo(shown, day);
  if (interval === 'DAY') return midnight + steps * day;
  if (interval === 'WEEK') return midnight - modulo(midnight / day + 3, 7) * day + steps * 7 * day; // day 0 was a Thursday
  const date = new Date(midnight);
  date.setUTCDate(1);
  return date.setUTCMonth(date.getUTCMonth() + steps);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/** Of RFC 3339 text in UTC with microseconds, cut to the millisecond. */
function milliseconds(instant: string): number {
  return Date.parse(`${instant.slice(0, 23)}Z`);
}
