import fc from 'fast-check';
import { GraphQLError, parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { BigIntText, CurrencyCode, DateTime, Decimal, Hex, IPAddress, RunId } from '../../src/shared/scalars.ts';

const literal = (text: string) => parseValue(text);

describe('DateTime', () => {
  it.each([
    ['2026-02-17T14:30:22.104512Z', '2026-02-17T14:30:22.104512Z'],
    ['2026-02-17T14:30:22Z', '2026-02-17T14:30:22.000000Z'],
    ['2026-02-17t14:30:22.1z', '2026-02-17T14:30:22.100000Z'],
    ['2026-02-17T15:30:22.104512+01:00', '2026-02-17T14:30:22.104512Z'],
    ['2026-01-01T00:15:00-05:30', '2026-01-01T05:45:00.000000Z'],
    ['2025-12-31T23:59:59.999999-00:01', '2026-01-01T00:00:59.999999Z'],
    ['2024-02-29T00:00:00.123456000Z', '2024-02-29T00:00:00.123456Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
  ])('takes %s as %s', (sent, kept) => {
    expect(DateTime.parseValue(sent)).toBe(kept);
    expect(DateTime.parseLiteral(literal(`"${sent}"`))).toBe(kept);
  });

  it.each([
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-02-17T24:00:00Z',
    '2026-02-17T14:30:60Z',
    '2026-02-17T14:30:22',
    '2026-02-17 14:30:22Z',
    '2026-02-17',
    '2026-02-17T14:30:22.1234567Z',
    '2026-02-17T14:30:22+24:00',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '0000-01-01T00:00:00Z',
    '12026-02-17T14:30:22Z',
    'now',
    '',
    1_771_338_622,
    null,
  ])('refuses %s', (sent) => {
    expect(() => DateTime.parseValue(sent)).toThrow(GraphQLError);
  });

  it.each([
    ['2026-02-17 14:30:22.104512+00', '2026-02-17T14:30:22.104512Z'],
    ['2026-02-17 14:30:22+00', '2026-02-17T14:30:22.000000Z'],
    ['2026-02-17T14:30:22.1+00:00', '2026-02-17T14:30:22.100000Z'],
    ['2026-02-17 20:00:22.1+05:30', '2026-02-17T14:30:22.100000Z'],
    ['2026-02-17T14:30:22.104512Z', '2026-02-17T14:30:22.104512Z'],
  ])('writes %s of PostgreSQL as %s', (stored, sent) => {
    expect(DateTime.serialize(stored)).toBe(sent);
  });

  it.each([
    ['infinity', 'infinity'],
    ['-infinity', '-infinity'],
    ['294276-12-31 23:59:59.999999+00', '294276-12-31T23:59:59.999999Z'],
    ['294276-12-31T00:00:00Z', '294276-12-31T00:00:00Z'],
    ['0044-03-15 00:00:00+00 BC', '0044-03-15T00:00:00Z BC'],
  ])('writes %s, which RFC 3339 cannot spell, as %s', (stored, sent) => {
    expect(DateTime.serialize(stored)).toBe(sent);
  });

  it.each(['2026-02-17', 'Infinity', 'soon', '', new Date(), 5])('does not write %s', (stored) => {
    expect(() => DateTime.serialize(stored)).toThrow(TypeError);
  });

  it('loses no microsecond on the way in and out', () => {
    const microsecond = fc.integer({ min: 0, max: 999_999 }).map((number) => String(number).padStart(6, '0'));
    const second = fc.date({ min: new Date('0002-01-01T00:00:00Z'), max: new Date('9998-12-31T00:00:00Z'), noInvalidDate: true });
    fc.assert(
      fc.property(second, microsecond, (date, fraction) => {
        const text = `${date.toISOString().slice(0, 19)}.${fraction}Z`;
        expect(DateTime.serialize(DateTime.parseValue(text))).toBe(text);
      }),
    );
  });
});

describe('Decimal', () => {
  it.each([
    ['1199.99', '1199.99'],
    ['1199.9900', '1199.9900'],
    ['+007.50', '7.50'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['-0.00', '0.00'],
    ['-0012', '-12'],
    ['0.1000000000000000055511151231257827', '0.1000000000000000055511151231257827'],
  ])('takes %s as %s', (sent, kept) => {
    expect(Decimal.parseValue(sent)).toBe(kept);
  });

  it('takes whole numbers and no float', () => {
    expect(Decimal.parseValue(12)).toBe('12');
    expect(Decimal.parseLiteral(literal('12'))).toBe('12');
    expect(() => Decimal.parseValue(0.1)).toThrow(GraphQLError);
    expect(() => Decimal.parseLiteral(literal('0.1'))).toThrow(GraphQLError);
  });

  it.each(['', '.', '-', '1e5', 'NaN', 'Infinity', '1,5', '1_000', ' 1', '٣', '9'.repeat(1_001)])('refuses "%s"', (sent) => {
    expect(() => Decimal.parseValue(sent)).toThrow(GraphQLError);
  });

  it('writes numeric as PostgreSQL prints it, and no NaN', () => {
    expect(Decimal.serialize('1199.9900')).toBe('1199.9900');
    expect(() => Decimal.serialize('NaN')).toThrow(TypeError);
    expect(() => Decimal.serialize(0.1)).toThrow(TypeError);
  });
});

describe('BigInt', () => {
  it('takes text and whole numbers of 64 bits', () => {
    expect(BigIntText.parseValue('9223372036854775807')).toBe('9223372036854775807');
    expect(BigIntText.parseValue('-9223372036854775808')).toBe('-9223372036854775808');
    expect(BigIntText.parseValue('-0')).toBe('0');
    expect(BigIntText.parseValue('007')).toBe('7');
    expect(BigIntText.parseValue(17)).toBe('17');
    expect(BigIntText.parseLiteral(literal('9223372036854775807'))).toBe('9223372036854775807');
  });

  it.each(['9223372036854775808', '-9223372036854775809', '9'.repeat(31), '1.0', '', 'x', 1.5, 2 ** 53, true])('refuses %s', (sent) => {
    expect(() => BigIntText.parseValue(sent)).toThrow(GraphQLError);
  });

  it('is always text on the way out', () => {
    expect(BigIntText.serialize('9007199254740993')).toBe('9007199254740993');
    expect(BigIntText.serialize(17)).toBe('17');
    expect(BigIntText.serialize(17n)).toBe('17');
    expect(() => BigIntText.serialize(2 ** 60)).toThrow(TypeError);
  });
});

describe('the other scalars', () => {
  it('Hex is lower case and whole bytes', () => {
    expect(Hex.parseValue('0AFF')).toBe('0aff');
    expect(() => Hex.parseValue('abc')).toThrow(GraphQLError);
    expect(Hex.serialize('\\x0aff')).toBe('0aff');
  });

  it('RunId has one form on the way in, and is shown as it was written', () => {
    expect(RunId.parseValue('run_20260217_143022_a1b2c3d4')).toBe('run_20260217_143022_a1b2c3d4');
    expect(() => RunId.parseValue('run_20260217_143022_A1B2C3D4')).toThrow(GraphQLError);
    expect(() => RunId.parseValue('run_20260217_143022_a1b2c3d4\n')).toThrow(GraphQLError);
    expect(RunId.serialize('nightly-7')).toBe('nightly-7');
  });

  it('CurrencyCode and IPAddress', () => {
    expect(CurrencyCode.parseValue('USD')).toBe('USD');
    expect(() => CurrencyCode.parseValue('usd')).toThrow(GraphQLError);
    expect(IPAddress.parseValue('::1')).toBe('::1');
    expect(() => IPAddress.parseValue('10.0.0.256')).toThrow(GraphQLError);
    expect(IPAddress.serialize('10.0.0.1/32')).toBe('10.0.0.1');
  });
});
