import { DomainError } from './errors.ts';

// U+0000 does not exist in PostgreSQL text, and a lone surrogate would be stored as U+FFFD and hashed as such.
const unfitCharacter = /[\0\p{Surrogate}]/u;
const maxNesting = 64; // everything that walks a value recursively later on stays far from the end of the stack

/**
 * Refuses text that the database cannot keep as it is, anywhere in a JSON value, keys included. Walks without recursion.
 * @throws DomainError `BAD_TEXT` with the path in `argument`; `BAD_USER_INPUT` when the value is nested deeper than 64 levels.
 */
export function refuseBadText(value: unknown, argument: string): void {
  const open: { value: unknown; path: string; depth: number }[] = [{ value, path: argument, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path, depth } = next;
    if (typeof value === 'string') {
      if (isUnfitText(value)) throw badText(path);
    } else if (typeof value === 'object' && value !== null) {
      if (depth === maxNesting)
        throw new DomainError('BAD_USER_INPUT', `"${argument}" is nested deeper than ${maxNesting} levels.`, { argument });
      for (const [key, item] of Object.entries(value)) {
        if (isUnfitText(key)) throw badText(path);
        open.push({ value: item, path: `${path}.${key.slice(0, 100)}`, depth: depth + 1 });
      }
    }
  }
}

export function isUnfitText(text: string): boolean {
  return unfitCharacter.test(text);
}

export function badText(argument: string): DomainError {
  return new DomainError('BAD_TEXT', `"${argument}" holds a NUL byte or a lone surrogate.`, { argument });
}
