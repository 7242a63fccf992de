import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerptOf } from '../../../src/rooms/search/excerpt.ts';
import { questionOf } from '../../../src/rooms/search/question.ts';

describe('a question', () => {
  it('is words between spaces and punctuation, in small letters', () => {
    expect(questionOf('  Crushed on the PALLET-7 ').words).toEqual(['crushed', 'on', 'the', 'pallet', '7']);
    expect(questionOf(`a' or 1=1; -- &|!:*<->()%\\_"`).words).toEqual(['a', 'or', '1', '1']);
    expect(questionOf('Zoë Łódź 東京').words).toEqual(['zoë', 'łódź', '東京']);
  });

  it('may be a key, in any of its spellings, also behind the name of its kind', () => {
    expect(questionOf('prc-468')).toMatchObject({ keys: ['prc-468', 'PRC-468'], keyOfKind: null });
    expect(questionOf('Order #123').keyOfKind).toEqual({ entityType: 'ORDER', keys: ['123'] });
    expect(questionOf('order item 123/1').keyOfKind).toEqual({ entityType: 'ORDER_ITEM', keys: ['123/1'] });
    expect(questionOf('constructor 1').keyOfKind).toBeNull();
  });

  it.each([
    ['', 'BAD_USER_INPUT'],
    ['%&|!', 'BAD_USER_INPUT'],
    ['1 2 3 4 5 6 7 8 9 10 11', 'BAD_USER_INPUT'],
    ['x'.repeat(10_000), 'BAD_USER_INPUT'],
    ['a\0b', 'BAD_TEXT'],
    ['a\ud800', 'BAD_TEXT'],
  ])('%j is refused', (text, code) => {
    expect(() => questionOf(text)).toThrow(expect.objectContaining({ code }));
  });
});

describe('an excerpt', () => {
  it('marks the words, whole, in the spelling of the text', () => {
    expect(excerptOf('Crushed on the Pallet · DAMAGE', ['crushed', 'pall'])).toBe('**Crushed** on the **Pallet** · DAMAGE');
  });

  it('shows the part around the first word, cut between words', () => {
    const text = `${'before '.repeat(50)}needle ${'after '.repeat(50)}`;
    const excerpt = excerptOf(text, ['needle']);
    expect(excerpt).toMatch(/^…(before )+\*\*needle\*\* (after ?)+…$/);
    expect(excerpt.length).toBeLessThan(180);
  });

  it('keeps what stands in the text from being markup', () => {
    expect(excerptOf('a **bold** <b> [link](x) PRICE_CHANGED', ['bold'])).toBe(
      'a \\*\\***bold**\\*\\* \\<b\\> \\[link\\](x) PRICE\\_CHANGED',
    );
  });

  it('of any text is short, and holds nothing but its characters, marks and escapes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.array(fc.string({ minLength: 1, maxLength: 3 })), (text, words) => {
        const bare = excerptOf(text, words)
          .replaceAll('**', '')
          .replace(/\\(?=[\\`*_[\]<>|~&])/g, '')
          .replace(/^…|…$/g, '');
        return bare.length <= 2 * 200 && !/\p{Surrogate}/u.test(excerptOf(text, words));
      }),
    );
  });
});
