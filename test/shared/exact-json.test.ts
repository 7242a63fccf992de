import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isExact, parseExactly, refusableNumbers } from '../../src/shared/exact-json.ts';

const digits = fc
  .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^(0|[1-9][0-9]{0,40})$/), fc.stringMatching(/^(\.[0-9]{1,40})?$/))
  .map((parts) => parts.join(''));
const hard = fc.constantFrom('"', '\\', '12345678901234567890', 'a', ' ', ':');
const text = fc.oneof(
  fc.string(),
  fc.array(hard).map((parts) => parts.join('')),
);

it('JSON is read as it is, but for numbers that a double would round: those are text', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
      expect(parseExactly(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      expect(JSON.parse(refusableNumbers(JSON.stringify(value, wholeAsText)))).toEqual(JSON.parse(JSON.stringify(value, wholeAsText)));
    }),
  );
  fc.assert(
    fc.property(digits, text, (number, around) => {
      const [before, found, after] = parseExactly(JSON.stringify([around, 'HERE', around]).replace('"HERE"', () => number)) as unknown[];
      expect([before, after]).toEqual([around, around]);
      expect(found).toBe(isExact(number) ? Number(number) : number);
    }),
  );
});

// A double beyond 2^53 that another program writes with all its digits may be one that this one would not write so.
const wholeAsText = (_: string, value: unknown) => (Number.isInteger(value) && !Number.isSafeInteger(value) ? String(value) : value);

it('a number is exact when a double is written as the same number again', () => {
  const exact = [
    '0',
    '0.0',
    '-1.50',
    '9007199254740992',
    '0.1',
    `1${'0'.repeat(300)}`,
    '0.000000000000000000001',
    '100000000000000000.000',
  ];
  const rounded = ['9007199254740993', '12345678901234567890', '0.1000000000000000055', `1${'0'.repeat(400)}`, `0.${'0'.repeat(400)}1`];
  expect(exact.filter((number) => !isExact(number))).toEqual([]);
  expect(rounded.filter(isExact)).toEqual([]);
});

it('text that is no JSON is read once, however many quotes it holds', () => {
  const before = performance.now();
  expect(refusableNumbers(`"1234567890123456${'\\"'.repeat(400_000)}`)).toContain('1234567890123456');
  expect(performance.now() - before).toBeLessThan(2_000);
});
