import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bigintKeyOfGlobalId, decodeGlobalId, encodeGlobalId, isBigintKey, keyOfGlobalId } from '../../src/shared/global-id.ts';

const base64url = (bytes: string | Uint8Array) => Buffer.from(bytes as string).toString('base64url');
const refused = expect.objectContaining({ code: 'BAD_USER_INPUT', extensions: { argument: 'id' } });

describe('global ids', () => {
  it('give back the type and key that went in, whatever the key holds', () => {
    const key = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !/[\0\p{Surrogate}]/u.test(text));
    fc.assert(
      fc.property(key, (text) => {
        expect(decodeGlobalId(encodeGlobalId('Record', text), 'id')).toEqual({ type: 'Record', key: text });
      }),
    );
  });

  it('are refused when they are not the one spelling that we write', () => {
    const bytes = (...codes: number[]) => Uint8Array.from([...Buffer.from('Product:'), ...codes]);
    const strangers = [
      '',
      'Product:1',
      `${base64url('Product:1')}=`,
      ` ${base64url('Product:1')}`,
      base64url('Product'),
      base64url('Product:'),
    ];
    strangers.push(base64url('product:1'), base64url(':1'), base64url(bytes(0xff)), base64url(bytes(0x31, 0)), 'a'.repeat(100_000));
    for (const id of strangers) expect(() => decodeGlobalId(id, 'id'), id.slice(0, 50)).toThrow(refused);
  });

  it('never throw anything but BAD_USER_INPUT', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array().map(base64url)), (id) => {
        try {
          bigintKeyOfGlobalId(id, 'Product', 'id');
        } catch (error) {
          expect(error).toEqual(refused);
        }
      }),
    );
  });

  it('name the type that was found where another was wanted', () => {
    expect(keyOfGlobalId(encodeGlobalId('Run', 'run_1'), 'Run', 'id')).toBe('run_1');
    expect(() => keyOfGlobalId(encodeGlobalId('Order', '1'), 'Product', 'id')).toThrow(
      'must be the id of a Product; this one names a Order',
    );
  });

  it('of bigint keys lie between 1 and 2^63 - 1', () => {
    expect(['1', '9223372036854775807'].map(isBigintKey)).toEqual([true, true]);
    expect(['0', '-1', '+1', '01', '1e3', '1.0', ' 1', '9223372036854775808', '99999999999999999999', ''].some(isBigintKey)).toBe(false);
  });
});
