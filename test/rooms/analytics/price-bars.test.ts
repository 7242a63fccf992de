import { expect, it } from 'vitest';
import { filledBars } from '../../../src/rooms/analytics/price-bars.ts';

it('bars reach from the lowest to the highest change, those between them with zero, and too many are none', () => {
  const counted = [
    { bar: 1n, count: 2 },
    { bar: -2n, count: 1 },
  ];
  expect(filledBars(counted, 5, 4)).toEqual([
    { from: '-10', to: '-5', count: 1 },
    { from: '-5', to: '0', count: 0 },
    { from: '0', to: '5', count: 0 },
    { from: '5', to: '10', count: 2 },
  ]);
  expect(filledBars(counted, 5, 3)).toBeNull();
  expect(
    filledBars(
      [
        { bar: 10n ** 30n, count: 1 },
        { bar: 0n, count: 1 },
      ],
      5,
      10_000,
    ),
  ).toBeNull();
  expect(filledBars([], 5, 3)).toEqual([]);
});
