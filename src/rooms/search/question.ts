import { DomainError } from '../../shared/errors.ts';
import { badText, isUnfitText } from '../../shared/text.ts';
import type { EntityType } from '../commerce/commerce.model.ts';
import type { Question } from './search.model.ts';

const maxLength = 200;
const maxWords = 10;

/** Kinds as people name them in front of a key. */
const kinds = new Map<string, EntityType>([
  ['customer', 'CUSTOMER'],
  ['order', 'ORDER'],
  ['order item', 'ORDER_ITEM'],
  ['payment', 'PAYMENT'],
  ['product', 'PRODUCT'],
  ['user', 'USER'],
]);

/**
 * Reads what somebody types into a search box. Words are runs of letters and digits; all else only parts them, so nothing in it is an operator.
 * @throws DomainError `BAD_TEXT`, or `BAD_USER_INPUT` for more than 200 characters, no word or more than 10.
 */
export function questionOf(text: string): Question {
  if (isUnfitText(text)) throw badText('text');
  if (text.length > maxLength) throw refused(`"text" must not be longer than ${maxLength} characters.`);
  const words = wordsOf(text).map(({ word }) => word);
  if (words.length === 0 || words.length > maxWords) throw refused(`"text" must have 1 to ${maxWords} words of letters or digits.`);
  const typed = text.trim();
  const [, kind = '', key = ''] = /^(order[ _]item|[a-z]+)[\s#:]+(\S.*)$/is.exec(typed) ?? [];
  const entityType = kinds.get(kind.toLowerCase().replace('_', ' '));
  return { words, keys: spellings(typed), keyOfKind: entityType ? { entityType, keys: spellings(key) } : null };
}

/** The words of a text in small letters, with the places where they begin and end. */
export function wordsOf(text: string): { word: string; from: number; to: number }[] {
  return [...text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)].map((match) => ({
    word: match[0].toLowerCase(),
    from: match.index,
    to: match.index + match[0].length,
  }));
}

/** Keys are found as they were typed, in capitals and in small letters. */
function spellings(key: string): string[] {
  return [...new Set([key, key.toUpperCase(), key.toLowerCase()])];
}

function refused(message: string): DomainError {
  return new DomainError('BAD_USER_INPUT', message, { argument: 'text' });
}
