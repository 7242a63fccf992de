import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StatusStep, WorkHour } from '../../../src/rooms/analytics/anomaly.model.ts';
import {
  bulkChanges,
  leastSpread,
  offHours,
  patternOf,
  priceJumps,
  rateSpikes,
  robustScore,
  unusualOrigins,
  unusualTransitions,
} from '../../../src/rooms/analytics/anomaly-score.ts';

const found = { entryId: '1', occurredAt: '2026-01-22 23:47:12+00', actor: 'jonas' };
const span = { lastEntryId: '2', lastAt: '2026-01-22 23:48:00+00' };

/** An hour of work, `2026-01-22 23` of jonas unless something else is said. */
function hour(hour: string, more: Partial<WorkHour> = {}): WorkHour {
  const at = `${hour}:00:00+00`;
  const firstChange = { entryId: '1', occurredAt: at };
  return { ...found, ...span, occurredAt: at, isInPeriod: true, isService: false, hour: at, entries: 1, changes: 1, firstChange, ...more };
}

const days = Array.from({ length: 20 }, (_, day) => `2026-01-${String(day + 1).padStart(2, '0')}`);
const officeHours = days.flatMap((day) => [hour(`${day} 09`), hour(`${day} 10`), hour(`${day} 15`)]);

describe('the pattern', () => {
  it('is median and median absolute deviation, of values with their numbers', () => {
    expect(
      patternOf([
        { size: 9, count: 1 },
        { size: 1, count: 3 },
        { size: 2, count: 1 },
      ]),
    ).toEqual({ median: 1, mad: 0 });
    expect(
      patternOf([
        { size: 1, count: 1 },
        { size: 4, count: 1 },
      ]),
    ).toEqual({ median: 2.5, mad: 1.5 });
    expect(patternOf([])).toEqual({ median: 0, mad: 0 });
  });

  it('scores 0.6745 of a deviation as 1, with a floor under the MAD, and nothing below the median', () => {
    expect(robustScore(12, { median: 2, mad: 5 }, 1)).toBe(1.349);
    expect(robustScore(12, { median: 2, mad: 0 }, 1)).toBe(6.745);
    expect(robustScore(1, { median: 2, mad: 0 }, 1)).toBe(0);
  });

  it('is not moved by a few wild values', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 90, max: 110 }), { minLength: 20 }), fc.integer({ min: 1000 }), (usual, wild) => {
        const { median, mad } = patternOf([...usual, wild, wild, wild].map((size) => ({ size, count: 1 })));
        return median <= 110 && mad <= 20;
      }),
    );
  });
});

describe('a rate spike', () => {
  it('is many entries in one hour, against the other hours of the actor', () => {
    const [spike] = rateSpikes([...officeHours, hour('2026-01-21 09', { entries: 47 })]).filter(({ score }) => score > 0);
    expect(spike).toMatchObject({ kind: 'RATE_SPIKE', observed: 47, expected: 1, score: 3.949639 });
  });

  it('is not what a busy actor does every hour', () => {
    const busy = officeHours.map((quiet, index) => ({ ...quiet, actor: 'batch', entries: 40 + (index % 20) }));
    expect(rateSpikes([...officeHours, ...busy]).filter(({ score }) => score >= 3)).toEqual([]);
  });

  it('of an actor with few hours is told by the hours of everybody, and lies in the period', () => {
    const spikes = rateSpikes([...officeHours, hour('2026-01-21 09', { actor: 'new', entries: 100 })]);
    expect(spikes.filter(({ score }) => score > 0)).toMatchObject([{ about: { actor: 'new' }, expected: 1 }]);
    expect(rateSpikes(officeHours.map((one) => ({ ...one, entries: 100, isInPeriod: false })))).toEqual([]);
  });
});

describe('off hours', () => {
  const atNight = (...hours: WorkHour[]) => offHours([...officeHours, ...hours]).filter(({ score }) => score > 0);

  it('are far from every usual hour of the person, round the clock', () => {
    expect(atNight(hour('2026-01-22 23'))).toMatchObject([{ kind: 'OFF_HOURS', observed: 8, expected: 0, score: 5.396 }]);
    expect(atNight(hour('2026-01-22 02'))).toMatchObject([{ observed: 7 }]);
    expect(atNight(hour('2026-01-22 10'))).toEqual([]);
  });

  it('are told once a night, by the furthest hour', () => {
    const told = atNight(hour('2026-01-22 22'), hour('2026-01-23 00'), hour('2026-01-23 01'), hour('2026-01-24 23'));
    expect(told.map(({ about }) => about.occurredAt)).toEqual(['2026-01-23 00:00:00+00', '2026-01-24 23:00:00+00']);
  });

  it('are not told of services, of events, or of somebody without a pattern', () => {
    expect(atNight(hour('2026-01-22 23', { isService: true }))).toEqual([]);
    expect(atNight(hour('2026-01-22 23', { changes: 0, firstChange: null }))).toEqual([]);
    expect(offHours(officeHours.slice(0, 9))).toEqual([]);
  });
});

it('a price jump is measured by its ratio, up as down', () => {
  const sizes = [
    { size: 0.02, count: 90 },
    { size: 2.5, count: 2 },
  ];
  const change = { ...found, sku: 'MONITOR-27', before: '329.0000', after: '32.9000', currency: 'USD' };
  const jumps = priceJumps(sizes, [change, { ...change, before: '32.9', after: '329' }, { ...change, after: '319.13' }]);
  expect(jumps.map(({ score, observed }) => [score, observed])).toEqual([
    [30.792073, 10],
    [30.792073, 10],
    [0.141095, 1.030928],
  ]);
});

it('a bulk change is measured against the sizes of all transactions', () => {
  const change = { ...found, ...span, transactionId: '7', rows: 40 };
  expect(
    bulkChanges(
      [
        { size: 1, count: 100 },
        { size: 40, count: 1 },
      ],
      [change],
    ),
  ).toMatchObject([{ observed: 40, expected: 1, score: 3.591413 }]);
  expect(
    bulkChanges(
      [
        { size: 30, count: 100 },
        { size: 40, count: 1 },
      ],
      [change],
    )[0]?.score,
  ).toBeLessThan(1);
});

describe('surprise', () => {
  const step = (tail: number, total: number, isForbidden: boolean): StatusStep => ({
    ...{
      ...found,
      tail,
      total,
      isForbidden,
      tableName: 'commerce.orders',
      entityType: 'ORDER',
      rowKey: '58',
      from: 'CONFIRMED',
      to: 'SHIPPED',
    },
  });

  it('of a forbidden step scores 3 more, and so 3 at least', () => {
    const [rare, forbidden, only] = unusualTransitions([step(1, 512, false), step(1, 512, true), step(1, 1, true)]);
    expect([rare?.score, forbidden?.score, only?.score]).toEqual([3.597333, 6.597333, 3]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 0, max: 1e6 }), (tail, more) => {
        const [plain, undeclared] = unusualTransitions([step(tail, tail + more, false), step(tail, tail + more, true)]);
        return undeclared !== undefined && plain !== undefined && undeclared.score >= 3 && undeclared.score === plain.score + 3;
      }),
    );
  });

  it('of a rare origin is worth telling from one hour in 44 on', () => {
    const origin = { ...found, ...span, application: 'admin-console', address: '203.0.113.77' };
    const [often, rarely] = unusualOrigins([
      { ...origin, tail: 1, total: 43 },
      { ...origin, tail: 1, total: 44 },
    ]);
    expect([often, rarely].map((one) => (one?.score ?? 0) >= 3)).toEqual([false, true]);
    expect(leastSpread.originBits).toBe(1);
  });
});
