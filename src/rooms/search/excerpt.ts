import { wordsOf } from './question.ts';

/** Characters of an excerpt, without what marks and escapes add. */
const maxLength = 160;
/** Of these, how many stand before the first word that was asked for. */
const lead = 40;

/**
 * The part of a text around the first of the words, each of them marked as `**word**`; where none stands in it, its beginning. The last word
 * may be the beginning of one, which is marked whole. What stands in the text itself is no markup: its characters are escaped.
 */
export function excerptOf(text: string, words: readonly string[]): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  const begun = words.at(-1) ?? '';
  const marked = wordsOf(line).filter(({ word }) => words.includes(word) || (begun !== '' && word.startsWith(begun)));
  const first = marked[0]?.from ?? 0;
  const [start, end] = windowOf(line, first);
  let shown = start > 0 ? '…' : '';
  let place = start;
  for (const { from, to } of marked) {
    if (from < start || to > end) continue;
    shown += `${plain(line.slice(place, from))}**${plain(line.slice(from, to))}**`;
    place = to;
  }
  return `${shown}${plain(line.slice(place, end))}${end < line.length ? '…' : ''}`;
}

/** Cut between words, where there is a space near. */
function windowOf(line: string, first: number): [start: number, end: number] {
  const earliest = Math.max(0, first - lead);
  const start = earliest === 0 ? 0 : Math.min(first, line.indexOf(' ', earliest) + 1 || earliest);
  if (line.length - start <= maxLength) return [start, line.length];
  const latest = start + maxLength;
  const space = line.lastIndexOf(' ', latest);
  return [start, space > first ? space : wholeCharacter(line, latest)];
}

/** Not between the two halves of one character. */
const wholeCharacter = (line: string, at: number): number => (/[\uDC00-\uDFFF]/.test(line.charAt(at)) ? at - 1 : at);

const plain = (text: string): string => text.replace(/[\\`*_[\]<>|~&]/g, '\\$&');
