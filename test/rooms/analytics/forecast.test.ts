import { expect, it } from 'vitest';
import { forecast } from '../../../src/rooms/analytics/forecast.ts';

const dayMs = 86_400_000;
const monday = Date.parse('2026-01-05T00:00:00Z');
const days = (from: number, count: number) => Array.from({ length: count }, (_, n) => new Date(monday + (from + n) * dayMs).toISOString());
const weekday = (start: string) => String(new Date(start).getUTCDay());
/** 10 a day and 2 more each week, twice as much on Mondays. */
const usual = (day: number) => 10 + (2 * day) / 7 + (day % 7 === 0 ? 12 : 0);

it('V22 a trend with a weekly pattern goes on as it went', () => {
  const past = { starts: days(0, 56), counts: Array.from({ length: 56 }, (_, day) => usual(day)), patterns: [weekday] };
  const points = forecast(past, days(56, 10));
  for (const [place, { expected, lower, upper, bucketStart }] of points.entries()) {
    expect(bucketStart).toBe(days(56 + place, 1)[0]);
    for (const value of [expected, lower, upper]) expect(value).toBeCloseTo(usual(56 + place), 6);
  }
});

it('V22 95 of 100 counts of the same kind lie within the bounds, which grow with the distance', () => {
  let seed = 7;
  const chance = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const noise = () => Array.from({ length: 12 }, chance).reduce((sum, one) => sum + one, -6); // nearly normal, deviation 1
  let within = 0;
  const trials = 2_000;
  for (let trial = 0; trial < trials; trial++) {
    const counts = Array.from({ length: 28 }, (_, day) => 50 + usual(day) + 3 * noise());
    const [point] = forecast({ starts: days(0, 28), counts, patterns: [weekday] }, days(28, 1));
    const next = 50 + usual(28) + 3 * noise();
    if (point && next >= point.lower && next <= point.upper) within += 1;
  }
  expect(within / trials).toBeGreaterThan(0.93);
  expect(within / trials).toBeLessThan(0.97);
  const noisy = { starts: days(0, 28), counts: Array.from({ length: 28 }, () => 50 + noise()), patterns: [] };
  const widths = forecast(noisy, days(28, 40)).map(({ lower, upper }) => upper - lower);
  expect(widths.every((width, place) => place === 0 || width > (widths[place - 1] ?? 0))).toBe(true);
});

it('V22 nothing is expected below zero, a pattern must have been seen twice, and a short past says nothing', () => {
  const falling = { starts: days(0, 20), counts: Array.from({ length: 20 }, (_, day) => 40 - 2 * day), patterns: [weekday] };
  expect(forecast(falling, days(20, 5)).map(({ expected, lower }) => [expected, lower])).toEqual(Array(5).fill([0, 0]));
  const short = { starts: days(0, 10), counts: Array.from({ length: 10 }, (_, day) => 5 + day), patterns: [weekday] };
  expect(forecast(short, days(10, 1))[0]?.expected).toBeCloseTo(15, 6);
  expect(forecast({ ...short, starts: days(0, 7), counts: [1, 2, 3, 4, 5, 6, 7] }, days(7, 3))).toEqual([]);
});
