import { type SQL, sql } from 'drizzle-orm';
import { DomainError } from './errors.ts';

/** What every filter input has besides its fields. */
export interface FilterTree<F> {
  readonly and?: readonly F[] | null;
  readonly or?: readonly F[] | null;
  readonly not?: F | null;
}

/** Turns the value of one filter field into a condition; `argument` is its path for error messages. */
export type FieldCompiler<V> = (value: V, argument: string) => SQL;

/** One compiler per field of a filter input. */
export type FilterFields<F> = { readonly [K in Exclude<keyof F, 'and' | 'or' | 'not'>]-?: FieldCompiler<NonNullable<F[K]>> };

const maxDepth = 8;
const maxConditions = 100;

/**
 * Compiles a filter into one SQL condition.
 * - Fields of one object are ANDed; `and: []` holds for every row, `or: []` for none.
 * - `not` is plain negation: it holds for every row for which the inner filter does not, also where a column is null.
 * - An explicit `null` is refused, because "no condition" and "is null" would both be guesses. Only a filter that is null as a whole is no filter.
 * @throws DomainError `BAD_USER_INPUT` with `argument` for what is too deep, too large or null.
 */
export function compileFilter<F extends FilterTree<F>>(filter: F | null | undefined, fields: FilterFields<F>, argument = 'filter'): SQL {
  if (filter === null || filter === undefined) return sql`true`;
  const compilers = fields as Readonly<Record<string, FieldCompiler<unknown> | undefined>>;
  let conditions = 0;

  const compile = (tree: F, path: string, depth: number): SQL => {
    if (depth > maxDepth) throw refused(argument, `"${argument}" is nested deeper than ${maxDepth} levels.`);
    const parts: SQL[] = [];
    for (const [name, value] of Object.entries(tree)) {
      const at = `${path}.${name}`;
      if (value === undefined) continue;
      if (value === null) throw nullRefused(at);
      conditions += 1;
      if (conditions > maxConditions) throw refused(argument, `"${argument}" has more than ${maxConditions} conditions.`);
      if (name === 'and' || name === 'or') {
        const inner = (value as readonly F[]).map((item, index) => compile(item, `${at}[${index}]`, depth + 1));
        parts.push(name === 'and' ? allOf(inner) : anyOf(inner));
      } else if (name === 'not') {
        parts.push(negated(compile(value as F, at, depth + 1)));
      } else {
        const compiler = compilers[name];
        if (!compiler) throw refused(at, `"${at}" is not a filter.`);
        parts.push(compiler(value, at));
      }
    }
    return allOf(parts);
  };
  return compile(filter, argument, 1);
}

/** Every one; true when there is none. */
export function allOf(conditions: readonly SQL[]): SQL {
  const [only] = conditions;
  if (!only) return sql`true`;
  return conditions.length === 1 ? only : sql`(${sql.join([...conditions], sql` and `)})`;
}

/** At least one; false when there is none. */
export function anyOf(conditions: readonly SQL[]): SQL {
  const [only] = conditions;
  if (!only) return sql`false`;
  return conditions.length === 1 ? only : sql`(${sql.join([...conditions], sql` or `)})`;
}

/** Holds wherever the condition does not, also where it is unknown. */
export function negated(condition: SQL): SQL {
  return sql`(${condition}) is not true`;
}

export function nullRefused(argument: string): DomainError {
  return refused(argument, `"${argument}" is null. Leave it out for no condition, or ask with isNull.`);
}

export function refused(argument: string, message: string): DomainError {
  return new DomainError('BAD_USER_INPUT', message, { argument });
}
