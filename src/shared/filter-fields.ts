import { type SQL, sql } from 'drizzle-orm';
import { textArray } from '../database/database.ts';
import { allOf, anyOf, type FieldCompiler, negated, nullRefused, refused } from './filter.ts';
import { bigintKeyOfGlobalId } from './global-id.ts';

/** Operators of one filter object, as the filter inputs of filter.input.ts hold them. */
export interface Operators<V> {
  readonly eq?: V | null;
  readonly ne?: V | null;
  readonly in?: readonly V[] | null;
  readonly notIn?: readonly V[] | null;
  readonly gt?: V | null;
  readonly gte?: V | null;
  readonly lt?: V | null;
  readonly lte?: V | null;
  readonly contains?: string | null;
  readonly startsWith?: string | null;
  readonly isNull?: boolean | null;
}

const maxListLength = 1000;
const maxTextLength = 10_000; // UTF-16 units

/** Text: eq ne in notIn contains startsWith isNull. */
export function textField(column: SQL): FieldCompiler<Operators<string>> {
  return scalarField(column, 'text');
}

export function integerField(column: SQL): FieldCompiler<Operators<number>> {
  return scalarField(column, 'integer');
}

/** A `numeric` column; the value is text and stays exact. */
export function decimalField(column: SQL): FieldCompiler<Operators<string>> {
  return scalarField(column, 'numeric');
}

/** A `timestamptz` column; the value is RFC 3339 text with microseconds. */
export function instantField(column: SQL): FieldCompiler<Operators<string>> {
  return scalarField(column, 'timestamptz');
}

export function booleanField(column: SQL): FieldCompiler<boolean> {
  return (value) => sql`${column} = ${value}::boolean`;
}

/** A `bigint` column that holds the key of another entity; the value is the global id of a `type`. */
export function referenceField(column: SQL, type: string): FieldCompiler<string> {
  return (value, argument) => sql`${column} = ${bigintKeyOfGlobalId(value, type, argument)}::text::bigint`;
}

/**
 * An enum over a text column in the source's own spelling: a value matches in any case, `OTHER` matches what the enum lacks.
 * `known` are the values of the enum without `OTHER`.
 */
export function spelledField<V extends string>(column: SQL, known: readonly V[]): FieldCompiler<Operators<V | 'OTHER'>> {
  const among = (values: readonly string[]): SQL => {
    const named = values.filter((value) => value !== 'OTHER');
    const parts: SQL[] = [];
    if (named.length > 0) parts.push(sql`upper(${column}) = any(${textArray(named)}::text::text[])`);
    if (named.length < values.length) parts.push(sql`upper(${column}) <> all(${textArray(known)}::text::text[])`);
    return anyOf(parts);
  };
  return (operators, argument) =>
    eachOperator(operators, argument, {
      eq: (value) => among([String(value)]),
      ne: (value) => negated(among([String(value)])),
      in: (values, at) => among(listOf(values, at).map(String)),
      notIn: (values, at) => negated(among(listOf(values, at).map(String))),
      isNull: (value) => isNull(column, value),
    });
}

type OperatorTable = Readonly<Record<string, (value: unknown, argument: string) => SQL>>;

/** `ne` and `notIn` are the negations of `eq` and `in`, so they hold where the column is null. The scalars have checked form and range. */
function scalarField<V extends string | number>(column: SQL, type: string): FieldCompiler<Operators<V>> {
  const cast = sql.raw(`::text::${type}`);
  const one = (value: unknown, at: string) => sql`${textOf(value, at)}${cast}`;
  const many = (values: unknown, at: string) => {
    const texts = listOf(values, at).map((value, index) => textOf(value, `${at}[${index}]`));
    return sql`${column} = any(${textArray(texts)}${cast}[])`;
  };
  const table: OperatorTable = {
    eq: (value, at) => sql`${column} = ${one(value, at)}`,
    ne: (value, at) => negated(sql`${column} = ${one(value, at)}`),
    in: many,
    notIn: (values, at) => negated(many(values, at)),
    gt: (value, at) => sql`${column} > ${one(value, at)}`,
    gte: (value, at) => sql`${column} >= ${one(value, at)}`,
    lt: (value, at) => sql`${column} < ${one(value, at)}`,
    lte: (value, at) => sql`${column} <= ${one(value, at)}`,
    contains: (value, at) => sql`${column} ilike ${`%${likeLiteral(textOf(value, at))}%`}::text`,
    startsWith: (value, at) => sql`starts_with(${column}, ${textOf(value, at)}::text)`,
    isNull: (value) => isNull(column, value),
  };
  return (operators, argument) => eachOperator(operators, argument, table);
}

function eachOperator(operators: object, argument: string, table: OperatorTable): SQL {
  const conditions: SQL[] = [];
  for (const [name, value] of Object.entries(operators)) {
    const at = `${argument}.${name}`;
    if (value === undefined) continue;
    if (value === null) throw nullRefused(at);
    const compile = table[name];
    if (!compile) throw refused(at, `"${at}" is not an operator here.`);
    conditions.push(compile(value, at));
  }
  return allOf(conditions);
}

function isNull(column: SQL, value: unknown): SQL {
  return value === true ? sql`${column} is null` : sql`${column} is not null`;
}

function listOf(values: unknown, argument: string): readonly unknown[] {
  const list = values as readonly unknown[];
  if (list.length > maxListLength) throw refused(argument, `"${argument}" has more than ${maxListLength} items.`);
  return list;
}

/** The text without its meaning as a pattern; backslash is PostgreSQL's default escape of LIKE. */
export function likeLiteral(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function textOf(value: unknown, argument: string): string {
  const text = String(value);
  if (text.length > maxTextLength) throw refused(argument, `"${argument}" is longer than ${maxTextLength} characters.`);
  return text;
}
