import type { SQL } from 'drizzle-orm';
import { allOf, type FieldCompiler, negated, nullRefused, refused } from '../../shared/filter.ts';
import type { Operators } from '../../shared/filter-fields.ts';

/** One operator that asks for a match: eq, in, contains or startsWith; `isNull: false` asks for any value at all. */
export type Match = Pick<Operators<string>, 'eq' | 'in' | 'contains' | 'startsWith'> & { readonly isNull?: false };

/**
 * A text filter over something that can have several texts (the name of an actor: key and display name). `matches` compiles "one of them
 * fits"; `ne` and `notIn` then mean that none does.
 */
export function manyTexts(matches: (match: Match, argument: string) => SQL): FieldCompiler<Operators<string>> {
  return (operators, argument) => {
    const conditions: SQL[] = [];
    for (const [name, value] of Object.entries(operators) as [keyof Operators<string>, string | string[] | boolean | null | undefined][]) {
      const at = `${argument}.${name}`;
      if (value === undefined) continue;
      if (value === null) throw nullRefused(at);
      if (name === 'ne') conditions.push(negated(matches({ eq: value as string }, argument)));
      else if (name === 'notIn') conditions.push(negated(matches({ in: value as string[] }, argument)));
      else if (name === 'isNull') {
        const isThere = matches({ isNull: false }, argument);
        conditions.push(value === true ? negated(isThere) : isThere);
      } else if (name === 'eq' || name === 'in' || name === 'contains' || name === 'startsWith')
        conditions.push(matches({ [name]: value }, argument));
      else throw refused(at, `"${at}" is not an operator here.`);
    }
    return allOf(conditions);
  };
}

/** The same question asked of a text here. `contains` ignores case, as the database does. */
export function fits({ eq, in: among, contains, startsWith }: Match, text: string): boolean {
  if (eq !== undefined) return text === eq;
  if (among !== undefined) return among?.includes(text) ?? false;
  if (contains !== undefined) return text.toLowerCase().includes((contains ?? '').toLowerCase());
  if (startsWith !== undefined) return text.startsWith(startsWith ?? '');
  return true;
}
