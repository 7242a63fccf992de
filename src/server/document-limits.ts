import { DomainError } from '../shared/errors.ts';
import { badText, isUnfitText } from '../shared/text.ts';

/** Brackets of all kinds open at once. The deepest operation of the contract needs 17; 64 leaves room for nested filters. */
const maxDepth = 64;
/** Names, values and punctuation in one document; the longest operation of the contract has about 400. */
export const maxTokens = 10_000;

/**
 * Looks over a document before it is parsed: nothing after this meets text that the database cannot hold, or recursion without an end.
 * @throws DomainError `BAD_TEXT` for a NUL byte (plain or as an escape in a string) or a lone surrogate, `DEPTH_LIMIT` when nested too deep.
 */
export function checkDocument(source: string): void {
  if (isUnfitText(source)) throw badText('query');
  let depth = 0;
  for (let at = 0; at < source.length; at++) {
    const character = source[at];
    if (character === '"') at = endOfString(source, at);
    else if (character === '#') at = endOfLine(source, at);
    else if (character === '{' || character === '[' || character === '(') {
      if (++depth > maxDepth)
        throw new DomainError('DEPTH_LIMIT', `The document is nested deeper than ${maxDepth} levels.`, { limit: maxDepth });
    } else if (character === '}' || character === ']' || character === ')') depth--;
  }
}

function endOfString(source: string, start: number): number {
  if (source.startsWith('"""', start)) {
    let end = source.indexOf('"""', start + 3);
    while (end > 0 && source[end - 1] === '\\') end = source.indexOf('"""', end + 3);
    return end < 0 ? source.length : end + 2;
  }
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '"' || source[at] === '\n') return at;
    if (source[at] !== '\\') continue;
    if (/^u(0000|\{0+\})/.test(source.slice(at + 1, at + 16))) throw badText('query');
    at++;
  }
  return source.length;
}

function endOfLine(source: string, start: number): number {
  const end = source.slice(start).search(/[\r\n]/);
  return end < 0 ? source.length : start + end;
}
