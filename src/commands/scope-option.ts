import { Scope } from '../shared/caller.ts';
import { UsageError } from './command.ts';

export const allScopes = Object.values(Scope).join(' ');

/** The permissions of an option `--scope "A B"`; `all` stands for every one. */
export function scopesOption(text: string): Scope[] {
  if (text === 'all') return Object.values(Scope);
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  for (const word of words) {
    if (!Object.hasOwn(Scope, word)) {
      throw new UsageError(`--scope: there is no permission ${JSON.stringify(word.slice(0, 60))}; there are ${allScopes}.`);
    }
  }
  return words as Scope[];
}
