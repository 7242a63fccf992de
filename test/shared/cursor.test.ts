import { describe, expect, it } from 'vitest';
import { CursorCodec } from '../../src/shared/cursor.ts';

const codec = new CursorCodec('0123456789abcdef');
const scope = { kind: 'audit.entries', version: 1, order: 'at:desc,id:desc' };
const refused = expect.objectContaining({ code: 'CURSOR_INVALID', extensions: { argument: 'after' } });

describe('cursors', () => {
  it('give back the values that went in, nulls and all letters included', () => {
    const values = ['2026-02-17 14:30:22.104512+00', null, '', 'Zoë "\\', '9223372036854775807'];
    expect(codec.decode('acme', scope, codec.encode('acme', scope, values), 'after')).toEqual(values);
  });

  it('do not name what they hold in a text that a caller could write', () => {
    expect(codec.encode('acme', scope, ['1'])).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it('are refused for another tenant, list, version, order or secret', () => {
    const cursor = codec.encode('acme', scope, ['1']);
    const others = [
      () => codec.decode('other', scope, cursor, 'after'),
      () => codec.decode('acme', { ...scope, kind: 'audit.runs' }, cursor, 'after'),
      () => codec.decode('acme', { ...scope, version: 2 }, cursor, 'after'),
      () => codec.decode('acme', { ...scope, order: 'id:asc' }, cursor, 'after'),
      () => new CursorCodec('fedcba9876543210').decode('acme', scope, cursor, 'after'),
    ];
    for (const decode of others) expect(decode).toThrow(refused);
  });

  it('are refused after any change of a single character, and when cut or lengthened', () => {
    const cursor = codec.encode('acme', scope, ['1', null]);
    const damaged = [...cursor].map((letter, index) => cursor.slice(0, index) + (letter === 'A' ? 'B' : 'A') + cursor.slice(index + 1));
    for (const text of [
      ...damaged,
      cursor.slice(0, -1),
      cursor.slice(4),
      `${cursor}A`,
      `${cursor}=`,
      `${cursor}\n`,
      '',
      'A'.repeat(22),
      '\0',
    ]) {
      expect(() => codec.decode('acme', scope, text, 'after'), text).toThrow(refused);
    }
  });

  it('need a secret that cannot be guessed', () => {
    expect(() => new CursorCodec('short')).toThrow('at least 16 bytes');
  });
});
