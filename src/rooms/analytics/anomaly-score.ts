// How far something departs from the usual: robust z-scores, which a few wild values among the usual ones cannot spoil.
import type { BulkChange, Departure, Origin, PriceChange, Rarity, SizeCount, StatusStep, WorkHour } from './anomaly.model.ts';

/** Makes the median absolute deviation of normally distributed values their standard deviation. */
const normal = 0.6745;

/**
 * The spread that every kind has at least, whatever its values say. Where most values are equal the MAD is 0, or next to it, and without a
 * floor each small difference would count as wild.
 */
export const leastSpread = {
  /** Of the square root of a count. By it counts scatter alike, few or many: 16 stand out against 1, and 169 against 100. */
  count: 1,
  /** Hours. */
  hours: 1,
  /** Of |ln(after / before)|: 5 per cent. */
  price: 0.05,
  /** Bits, of steps of a status. With it a declared step is rare enough from 1 in 204 on. */
  stepBits: 1.5,
  /** Bits, of the origins of an actor. With it an origin is rare enough from 1 hour of work in 44 on. */
  originBits: 1,
};

/** Hours of work from which on an actor has a pattern. */
const fewestHours = 10;

/** What a step that the table does not declare scores beyond its rarity. */
const forbiddenScore = 3;

interface Pattern {
  readonly median: number;
  readonly mad: number;
}

/** 0.6745 (value - median) / MAD, with a floor under the MAD; to six decimals, and never below 0: only what is more than usual departs. */
export function robustScore(value: number, { median, mad }: Pattern, floor: number): number {
  return rounded(Math.max(0, (normal * (value - median)) / Math.max(mad, floor)));
}

/** Median and median absolute deviation of values with their numbers; of none both are 0. */
export function patternOf(sizes: readonly SizeCount[]): Pattern {
  const median = medianOf(sizes);
  return { median, mad: medianOf(sizes.map(({ size, count }) => ({ size: Math.abs(size - median), count }))) };
}

/** RATE_SPIKE: entries of an actor in one hour against the actor's other hours; of an actor with few hours against those of everybody. */
export function rateSpikes(hours: readonly WorkHour[]): Departure[] {
  const everybody = patternOfCounts(hours.map(({ entries }) => once(entries)));
  return byActor(hours).flatMap((own) => {
    const pattern = own.length < fewestHours ? everybody : patternOfCounts(own.map(({ entries }) => once(entries)));
    return own
      .filter(({ isInPeriod }) => isInPeriod)
      .map((about) => ({ kind: 'RATE_SPIKE', about, ...countScore(about.entries, pattern) }));
  });
}

/**
 * OFF_HOURS: an hour in which a person changed rows, by its distance on the clock (0 to 12 hours) from the nearest hour of day at which the
 * person usually does: one that has two hours of work at least, and one in 50. Of the hours between the middle of one usual day and the next,
 * a night, only the furthest counts.
 */
export function offHours(hours: readonly WorkHour[]): Departure[] {
  const ofPersons = hours.filter(({ isService, changes }) => !isService && changes > 0);
  return byActor(ofPersons).flatMap((own) => {
    const usual = usualHours(own.map(({ hour }) => hourOfDay(hour)));
    if (own.length < fewestHours || usual.length === 0) return [];
    const away = ({ hour }: WorkHour) => Math.min(...usual.map((usualHour) => clockDistance(hourOfDay(hour), usualHour)));
    const pattern = patternOf(own.map((hour) => once(away(hour))));
    const middle = middleOfDay(usual);
    const furthest = new Map<number, WorkHour>();
    for (const hour of own.filter(({ isInPeriod }) => isInPeriod).sort(earlierFirst)) {
      const night = Math.floor((hoursSinceEpoch(hour.hour) - middle) / 24);
      const known = furthest.get(night);
      if (!known || away(hour) > away(known)) furthest.set(night, hour);
    }
    return [...furthest].map(([night, hour]) => ({
      kind: 'OFF_HOURS',
      about: { ...hour, ...hour.firstChange, night },
      score: robustScore(away(hour), pattern, leastSpread.hours),
      observed: away(hour),
      expected: pattern.median,
    }));
  });
}

/** PRICE_JUMP: |ln(after / before)| against all changes of prices. Observed and expected: the factor by which a price went up or down. */
export function priceJumps(sizes: readonly SizeCount[], largest: readonly PriceChange[]): Departure[] {
  const pattern = patternOf(sizes);
  return largest.map((about) => {
    const size = Math.abs(Math.log(Number(about.after) / Number(about.before)));
    const score = robustScore(size, pattern, leastSpread.price);
    return { kind: 'PRICE_JUMP', about, score, observed: rounded(Math.exp(size)), expected: rounded(Math.exp(pattern.median)) };
  });
}

/** BULK_CHANGE: rows changed by one transaction against all transactions of the tenant. */
export function bulkChanges(sizes: readonly SizeCount[], largest: readonly BulkChange[]): Departure[] {
  const pattern = patternOfCounts(sizes);
  return largest.map((about) => ({ kind: 'BULK_CHANGE', about, ...countScore(about.rows, pattern) }));
}

/**
 * UNUSUAL_TRANSITION: the surprise of a step among the steps out of the same status; a step that the table does not declare scores 3 more.
 * Observed: bits of surprise; expected: 1 bit.
 */
export function unusualTransitions(steps: readonly StatusStep[]): Departure[] {
  return steps.map((about) => {
    const { score, ...bits } = surpriseScore(about, leastSpread.stepBits);
    return { kind: 'UNUSUAL_TRANSITION', about, score: score + (about.isForbidden ? forbiddenScore : 0), ...bits };
  });
}

/**
 * UNUSUAL_ORIGIN: the surprise of an actor's program, or of the address from which the actor uses a program, in hours of work.
 * Observed: bits of surprise; expected: 1 bit.
 */
export function unusualOrigins(origins: readonly Origin[]): Departure[] {
  return origins.map((about) => ({ kind: 'UNUSUAL_ORIGIN', about, ...surpriseScore(about, leastSpread.originBits) }));
}

/**
 * Surprise is -log2 of the share that this, and whatever is as rare or rarer, has of all occasions: where rare things are the rule, one more
 * is no surprise. Half of all occasions surprise by one bit at most, which is thus the median, and the floor is the spread.
 */
function surpriseScore({ tail, total }: Rarity, floor: number) {
  const bits = rounded(Math.log2(total / tail));
  return { score: robustScore(bits, { median: 1, mad: 0 }, floor), observed: bits, expected: 1 };
}

/** Counts are compared by their square roots. */
function patternOfCounts(sizes: readonly SizeCount[]) {
  return { roots: patternOf(sizes.map(({ size, count }) => ({ size: Math.sqrt(size), count }))), expected: medianOf(sizes) };
}

function countScore(count: number, { roots, expected }: ReturnType<typeof patternOfCounts>) {
  return { score: robustScore(Math.sqrt(count), roots, leastSpread.count), observed: count, expected };
}

const once = (size: number): SizeCount => ({ size, count: 1 });

/** The mean of the two middle values when their number is even. */
function medianOf(sizes: readonly SizeCount[]): number {
  const ordered = sizes.toSorted((a, b) => a.size - b.size);
  const total = ordered.reduce((sum, { count }) => sum + count, 0);
  const at = (place: number): number => {
    let passed = 0;
    for (const { size, count } of ordered) {
      passed += count;
      if (passed > place) return size;
    }
    return 0;
  };
  return (at(Math.floor((total - 1) / 2)) + at(Math.floor(total / 2))) / 2;
}

/** Hours of day that hold two of the given ones at least, and one in 50. */
function usualHours(hours: readonly number[]): number[] {
  const counts = Array.from({ length: 24 }, (_, hour) => hours.filter((other) => other === hour).length);
  return [...counts.keys()].filter((hour) => (counts[hour] ?? 0) >= Math.max(2, hours.length / 50));
}

/** The hour of day that lies nearest to all; the smallest of several. */
function middleOfDay(hours: readonly number[]): number {
  const distances = Array.from({ length: 24 }, (_, middle) => hours.reduce((sum, hour) => sum + clockDistance(hour, middle), 0));
  return distances.indexOf(Math.min(...distances));
}

function clockDistance(one: number, other: number): number {
  const apart = Math.abs(one - other);
  return Math.min(apart, 24 - apart);
}

/** Of an hour as PostgreSQL prints it. */
const hourOfDay = (hour: string): number => Number(hour.slice(11, 13));
const hoursSinceEpoch = (hour: string): number => Date.parse(`${hour.slice(0, 10)}T${hour.slice(11, 13)}:00:00Z`) / 3_600_000;
const earlierFirst = (one: WorkHour, other: WorkHour): number => hoursSinceEpoch(one.hour) - hoursSinceEpoch(other.hour);
const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;

function byActor(hours: readonly WorkHour[]): WorkHour[][] {
  const actors = new Map<string, WorkHour[]>();
  for (const hour of hours) {
    const own = actors.get(hour.actor);
    if (own) own.push(hour);
    else actors.set(hour.actor, [hour]);
  }
  return [...actors.values()];
}
