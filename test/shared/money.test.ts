import { expect, it } from 'vitest';
import { moneyOf, printAmount } from '../../src/shared/money.ts';

it('amounts keep every digit that says something and at least two decimals', () => {
  const printed = { '1199.9900': '1199.99', '5.0000': '5.00', '5': '5.00', '0.0001': '0.0001', '0.1230': '0.123', '-0.5000': '-0.50' };
  for (const [amount, expected] of Object.entries(printed)) expect(printAmount(amount)).toBe(expected);
  expect(printAmount('999999999999999.9999')).toBe('999999999999999.9999');
  expect(moneyOf('10.0000', 'EUR')).toEqual({ amount: '10.00', currency: 'EUR' });
});
