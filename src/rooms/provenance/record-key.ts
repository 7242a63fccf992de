import { DomainError } from '../../shared/errors.ts';
import { notAGlobalId } from '../../shared/global-id.ts';
import { instantFromInput } from '../../shared/instant.ts';
import type { Image } from '../audit/audit.model.ts';

/** A key column and the type that PostgreSQL names for it. */
export interface KeyColumn {
  readonly name: string;
  readonly type: string;
}

/** One row of one table. `recordKey` is the key as the trail spells it: one column as text, several as a JSON array of texts. */
export interface RecordName {
  readonly tableName: string;
  readonly recordKey: string;
}

/** As `jsonb` prints an array of texts: a space after each comma. */
function recordKeyOf(parts: readonly string[]): string {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : `[${parts.map((part) => JSON.stringify(part)).join(', ')}]`;
}

/** The key of a row from its image; null where the image lacks a key column. */
export function recordKeyOfImage(columns: readonly KeyColumn[], image: Image): string | null {
  const parts: string[] = [];
  for (const { name } of columns) {
    const value = image[name];
    if (value === null || value === undefined) return null;
    parts.push(typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  return recordKeyOf(parts);
}

/**
 * The key that a caller names by columns, in the spelling of the trail where the type allows but one.
 * @throws DomainError `BAD_USER_INPUT` naming the columns that are missing, unknown or no plain value.
 */
export function recordKeyFromInput(columns: readonly KeyColumn[], key: Readonly<Record<string, unknown>>): string {
  const names = columns.map(({ name }) => name);
  const problems = [
    ...named(
      'lacks',
      names.filter((name) => !Object.hasOwn(key, name)),
    ),
    ...named(
      'has the unknown',
      Object.keys(key).filter((name) => !names.includes(name)),
    ),
  ];
  if (problems.length > 0) {
    throw new DomainError('BAD_USER_INPUT', `"key" ${problems.join(' and ')}; the key columns are ${listed(names)}.`, {
      argument: 'key',
      keyColumns: names,
    });
  }
  return recordKeyOf(columns.map((column) => canonicalText(column, key[column.name])));
}

/** The key columns and their values as an image spells them: whole numbers of up to 32 bits are numbers, everything else is text. */
export function keyOfRecord(columns: readonly KeyColumn[], recordKey: string): Record<string, unknown> {
  const parts = columns.length === 1 ? [recordKey] : (JSON.parse(recordKey) as string[]);
  return Object.fromEntries(
    columns.map(({ name, type }, place) => [name, /^(smallint|integer)$/.test(type) ? Number(parts[place]) : parts[place]]),
  );
}

function named(verb: string, names: readonly string[]): string[] {
  return names.length === 0
    ? []
    : [`${verb} ${names.length === 1 ? 'column' : 'columns'} ${listed(names.map((name) => name.slice(0, 100)))}`];
}

function listed(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ');
}

function canonicalText({ name, type }: KeyColumn, value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'boolean' && !(typeof value === 'number' && Number.isFinite(value))) {
    throw new DomainError('BAD_USER_INPUT', `"key.${name}" must be a text, a number or a boolean.`, { argument: `key.${name}` });
  }
  const text = String(value);
  if (/^(smallint|integer|bigint)$/.test(type) && /^\s*[+-]?\d{1,30}\s*$/.test(text)) return String(BigInt(text.trim().replace('+', '')));
  if (type === 'uuid') return text.trim().toLowerCase();
  if (type === 'timestamp with time zone') return instantFromInput(text) ?? text;
  const scale = /^numeric\(\d+,(\d+)\)$/.exec(type)?.[1];
  if (scale !== undefined) return withScale(text, Number(scale));
  return text;
}

function withScale(text: string, scale: number): string {
  const match = /^(-?)0*(\d+)(?:\.(\d+?)0*)?$/.exec(text);
  const [, sign = '', whole = '', fraction = ''] = match ?? [];
  if (!match || fraction.length > scale) return text;
  return `${sign}${whole}${scale === 0 ? '' : `.${fraction.padEnd(scale, '0')}`}`;
}

/** Key part of the global id of a record: `public.shipments:<record key>`; a colon in the table's name is escaped. */
export function encodeRecordName({ tableName, recordKey }: RecordName): string {
  return `${tableName.replace(/[%:]/g, (character) => encodeURIComponent(character))}:${recordKey}`;
}

/** @throws DomainError `BAD_USER_INPUT` when it is no key that `encodeRecordName` wrote. */
export function decodeRecordName(key: string, argument: string): RecordName {
  const match = /^((?:[^%:]|%25|%3A)+):([\s\S]*)$/.exec(key);
  if (!match?.[1]) throw notAGlobalId(argument);
  return { tableName: decodeURIComponent(match[1]), recordKey: match[2] ?? '' };
}
