import fc from 'fast-check';
import { expect, it } from 'vitest';
import { filledSeries } from '../../../src/rooms/analytics/trend.ts';
import { bucketStarts, type TimeInterval } from '../../../src/shared/time-buckets.ts';
import { shownIn } from './raw-trail.ts';

const starts = (from: string, to: string, interval: TimeInterval, zone: string) =>
  bucketStarts({ from: `${from}:00.000000Z`, to: `${to}:00.000000Z` }, interval, zone, 1000).map((start) => start.replace(':00.000Z', ''));

it('a day has 23 hours when the clocks go forward, and 25 when they go back', () => {
  expect(starts('2026-03-27T23:00', '2026-03-30T22:00', 'DAY', 'Europe/Rome')).toEqual([
    '2026-03-27T23:00',
    '2026-03-28T23:00',
    '2026-03-29T22:00',
  ]);
  expect(starts('2025-10-25T12:00', '2025-10-27T12:00', 'DAY', 'Europe/Rome')).toEqual([
    '2025-10-24T22:00',
    '2025-10-25T22:00',
    '2025-10-26T23:00',
  ]);
  expect(starts('2025-10-25T22:00', '2025-10-26T23:00', 'HOUR', 'Europe/Rome')).toHaveLength(25);
  expect(starts('2026-03-28T23:00', '2026-03-29T22:00', 'HOUR', 'Europe/Rome')).toHaveLength(23);
});

it('hours begin at the half where the zone is off by a half, days at its midnight', () => {
  expect(starts('2026-01-01T00:00', '2026-01-01T02:00', 'HOUR', 'Asia/Kolkata')).toEqual([
    '2025-12-31T23:30',
    '2026-01-01T00:30',
    '2026-01-01T01:30',
  ]);
  expect(starts('2026-01-01T00:00', '2026-01-02T00:00', 'DAY', 'America/St_Johns')).toEqual(['2025-12-31T03:30', '2026-01-01T03:30']);
});

it('weeks begin on Monday, months on the first, and both follow the clocks', () => {
  expect(starts('2026-03-25T00:00', '2026-04-01T00:00', 'WEEK', 'Europe/Rome')).toEqual(['2026-03-22T23:00', '2026-03-29T22:00']);
  expect(starts('2025-12-31T23:30', '2026-04-01T00:00', 'MONTH', 'Europe/Rome')).toEqual([
    '2025-12-31T23:00',
    '2026-01-31T23:00',
    '2026-02-28T23:00',
    '2026-03-31T22:00',
  ]);
  expect(starts('2026-01-01T00:00', '2026-01-01T00:03', 'MINUTE', 'UTC')).toEqual([
    '2026-01-01T00:00',
    '2026-01-01T00:01',
    '2026-01-01T00:02',
  ]);
});

it('where the clocks jump over midnight, or over a whole date, the day begins with the jump', () => {
  expect(starts('2026-04-23T12:00', '2026-04-25T12:00', 'DAY', 'Africa/Cairo')).toEqual([
    '2026-04-22T22:00',
    '2026-04-23T22:00',
    '2026-04-24T21:00',
  ]);
  expect(starts('2011-12-30T00:00', '2011-12-31T23:00', 'DAY', 'Pacific/Apia')).toEqual([
    '2011-12-29T10:00',
    '2011-12-30T10:00',
    '2011-12-31T10:00',
  ]);
});

it('where the clocks go back over midnight, a day begins when it begins for good', () => {
  // St John's went from 00:01 back to 23:01 on 7 November 2010.
  expect(starts('2010-11-06T12:00', '2010-11-08T12:00', 'DAY', 'America/St_Johns')).toEqual([
    '2010-11-06T02:30',
    '2010-11-07T03:30',
    '2010-11-08T03:30',
  ]);
  expect(starts('2010-11-07T02:30', '2010-11-07T02:31', 'DAY', 'America/St_Johns')).toEqual(['2010-11-06T02:30']);
});

it('a period that ends at a boundary does not touch the bucket behind it, one that ends a microsecond later does', () => {
  const ending = (to: string) => bucketStarts({ from: '2026-01-01T00:00:00.000000Z', to }, 'DAY', 'UTC', 10).length;
  expect(ending('2026-01-02T00:00:00.000000Z')).toBe(1);
  expect(ending('2026-01-02T00:00:00.000001Z')).toBe(2);
});

it('the years 1 and 9999 have buckets too, and no list is longer than its limit', () => {
  const ends = [
    ['0001-01-01T00:00:00.000000Z', '0001-02-01T00:00:00.000000Z'],
    ['9999-12-01T00:00:00.000000Z', '9999-12-31T23:59:59.999999Z'],
  ] as const;
  for (const [from, to] of ends) {
    for (const interval of ['MONTH', 'WEEK', 'DAY', 'HOUR'] as const) {
      expect(bucketStarts({ from, to }, interval, 'America/Los_Angeles', 10_000).length).toBeGreaterThanOrEqual(2);
    }
  }
  expect(bucketStarts({ from: ends[0][0], to: ends[1][1] }, 'MINUTE', 'UTC', 17)).toHaveLength(17);
});

it('in any zone and period buckets ascend, cover the period, and begin when the clocks say so', () => {
  const zones = [
    'UTC',
    'Europe/Rome',
    'Asia/Kolkata',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'Pacific/Chatham',
    'America/Sao_Paulo',
  ];
  const instant = fc.date({ min: new Date('1995-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
  const hours = { MINUTE: 1 / 60, HOUR: 1, DAY: 24, WEEK: 168, MONTH: 744 };
  fc.assert(
    fc.property(
      instant,
      fc.constantFrom(...zones),
      fc.constantFrom('MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'),
      fc.integer({ min: 1, max: 40 }),
      (from, zone, interval, length) => {
        const period = {
          from: from.toISOString().replace('Z', '000Z'),
          to: new Date(from.getTime() + length * hours[interval] * 3_600_000).toISOString().replace('Z', '000Z'),
        };
        const found = bucketStarts(period, interval, zone, 1000);
        const ms = Date.parse;
        expect(ms(found[0]!)).toBeLessThanOrEqual(ms(period.from));
        expect(ms(found.at(-1)!)).toBeLessThan(ms(period.to));
        for (const [index, start] of found.entries()) {
          if (index > 0) expect(ms(start)).toBeGreaterThan(Math.max(ms(found[index - 1]!), ms(period.from)));
          const before = shownIn(zone)(new Date(Date.parse(start) - 1).toISOString());
          const at = shownIn(zone)(start);
          if (interval === 'DAY') expect(at.day).not.toBe(before.day);
          if (interval === 'MONTH') expect(at.month > before.month).toBe(true);
          if (interval === 'WEEK') expect(at.weekday).toBe(1);
          if (interval === 'HOUR') expect(at.time).toMatch(/:00$/);
        }
      },
    ),
    { numRuns: 300 },
  );
});

it('every series has every bucket; none at all is one series of zeros; too many points are none', () => {
  const counted = [
    { series: 'b', bucket: 1, count: 2 },
    { series: 'a', bucket: 0, count: 5 },
  ];
  const points = filledSeries(['t0', 't1'], counted, 4)!.map(({ series, bucketStart, count }) => [series, bucketStart, count]);
  expect(points).toEqual([
    ['a', 't0', 5],
    ['a', 't1', 0],
    ['b', 't0', 0],
    ['b', 't1', 2],
  ]);
  expect(filledSeries(['t0'], [], 4)).toEqual([{ series: '', bucketStart: 't0', count: 0 }]);
  expect(filledSeries(['t0', 't1'], counted, 3)).toBeNull();
});
