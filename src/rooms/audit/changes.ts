import { isDeepStrictEqual } from 'node:util';
import { encodeGlobalId } from '../../shared/global-id.ts';
import { mask } from '../../shared/mask.ts';
import { type Money, moneyOf, printAmount } from '../../shared/money.ts';
import type { AuditEntry, Image, TableVersion, TrackedTable } from './audit.model.ts';
import { difference } from './decimal.ts';
import { camelCase, type EntityField, entityFields, isBusinessEntity } from './entity-fields.ts';

export const ChangeKind = { ADDED: 'ADDED', MODIFIED: 'MODIFIED', REMOVED: 'REMOVED' } as const;
export type ChangeKind = keyof typeof ChangeKind;

/** One field before and after; Money is an object, an instant is RFC 3339 text, a decimal is text. */
export interface FieldChange {
  /** As in the API; of a record the name of the column. */
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
  /** `after - before` of numbers and of amounts in one currency, exact; else null. */
  readonly delta: string | null;
  readonly kind: ChangeKind;
}

/** What says how an entry's images are read. */
export type ChangeTable = Pick<TrackedTable, 'entityType' | 'keyColumns' | 'tenantColumn'>;

/**
 * The fields that an entry changed, in the order of the table. An INSERT added every field, a DELETE removed every one; an UPDATE tells only
 * those that differ. A masked column of an UPDATE is told with its mask on both sides: it is there because it changed. An event has none.
 * `version` gives the types of the columns; without it only JSON numbers and amounts have a delta.
 */
export function changesOf(
  entry: Pick<AuditEntry, 'operation' | 'before' | 'after'>,
  table: ChangeTable | null,
  version: Pick<TableVersion, 'columns'> | null,
): FieldChange[] {
  if (entry.operation !== 'INSERT' && entry.operation !== 'UPDATE' && entry.operation !== 'DELETE') return [];
  const changed = changedColumns(entry, table);
  const position = new Map(version?.columns.map((column) => [column.name, column.position]));
  const inOrder = changed.toSorted((a, b) => (position.get(a) ?? Infinity) - (position.get(b) ?? Infinity) || (a < b ? -1 : 1));
  const isNumeric = (column: string) => numericType.test(version?.columns.find(({ name }) => name === column)?.type ?? '');
  return fieldsOf(table, inOrder, entry).map((field) => changeOf(field, entry, isNumeric));
}

/** Columns whose value the entry changed, in no order. The tenant's column is none: every entry of a tenant has the same. */
function changedColumns(entry: Pick<AuditEntry, 'operation' | 'before' | 'after'>, table: ChangeTable | null): string[] {
  const { before, after } = entry;
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter((name) => name !== table?.tenantColumn);
  if (entry.operation !== 'UPDATE') return names;
  const isWhole = isWholeImage(entry, table);
  return names.filter((name) => {
    const old = before?.[name];
    return !isDeepStrictEqual(old, after?.[name]) || (old === mask && !isWhole);
  });
}

/** After a change of the table's columns that rewrote values, an UPDATE holds whole rows: those have their key, which differences never have. */
export function isWholeImage({ before, after }: Pick<AuditEntry, 'before' | 'after'>, table: ChangeTable | null): boolean {
  return table?.keyColumns.some((column) => Object.hasOwn(after ?? before ?? {}, column)) ?? false;
}

const numericType = /^(smallint|integer|bigint|numeric|real|double precision)\b(?!.*\[\])/;

/** The fields that these columns make, each once. */
function fieldsOf(table: ChangeTable | null, columns: readonly string[], images: Pick<AuditEntry, 'before' | 'after'>): EntityField[] {
  if (!table || !isBusinessEntity(table.entityType)) return columns.map((column) => ({ field: column, shape: 'value', columns: [column] }));
  const known = entityFields[table.entityType];
  const holds = (column: string) => Object.hasOwn(images.before ?? {}, column) || Object.hasOwn(images.after ?? {}, column);
  // A currency is part of every amount; it makes those fields change whose amount the entry holds.
  const told = known.filter((field) => field.columns.some((column) => columns.includes(column)) && holds(field.columns[0]));
  const covered = new Set<string>(known.flatMap((field) => field.columns));
  const others = columns.filter((column) => !covered.has(column));
  return [...told, ...others.map((column): EntityField => ({ field: camelCase(column), shape: 'value', columns: [column] }))];
}

function changeOf(
  field: EntityField,
  { operation, before, after }: Pick<AuditEntry, 'operation' | 'before' | 'after'>,
  isNumeric: (column: string) => boolean,
): FieldChange {
  const old = shownValue(field, before);
  const now = shownValue(field, after);
  return {
    field: field.field,
    before: old,
    after: now,
    delta: deltaOf(field, old, now, isNumeric),
    kind: kindOf(field, operation, before, after),
  };
}

function kindOf(field: EntityField, operation: string, before: Image | null, after: Image | null): ChangeKind {
  const [column] = field.columns;
  // In whole images a column can be on one side only: it was added to, or dropped from, the table.
  if (operation === 'INSERT' || !Object.hasOwn(before ?? {}, column)) return 'ADDED';
  return operation === 'DELETE' || !Object.hasOwn(after ?? {}, column) ? 'REMOVED' : 'MODIFIED';
}

/** The value as the API gives it; null where the image lacks it. */
export function shownValue(field: EntityField, image: Image | null): unknown {
  const value = image?.[field.columns[0]] ?? null;
  if (value === null || value === mask) return value;
  if (field.shape === 'reference') return encodeGlobalId(field.type, String(value));
  if (field.shape === 'value') return value;
  const currency = image?.[field.columns[1]];
  return typeof currency === 'string' ? moneyOf(String(value), currency) : printAmount(String(value));
}

function deltaOf(field: EntityField, before: unknown, after: unknown, isNumeric: (column: string) => boolean): string | null {
  if (field.shape === 'money') {
    if (!isMoney(before) || !isMoney(after) || before.currency !== after.currency) return null;
    const delta = difference(after.amount, before.amount);
    return delta === null ? null : printAmount(delta);
  }
  if (field.shape === 'reference' || !isNumberLike(before) || !isNumberLike(after)) return null;
  if ((typeof before !== 'number' || typeof after !== 'number') && !isNumeric(field.columns[0])) return null;
  return difference(String(after), String(before));
}

const isNumberLike = (value: unknown): value is number | string => typeof value === 'number' || typeof value === 'string';

function isMoney(value: unknown): value is Money {
  return typeof value === 'object' && value !== null && 'amount' in value && 'currency' in value;
}
