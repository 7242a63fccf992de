import { isDeepStrictEqual } from 'node:util';
import { mask } from '../../shared/mask.ts';
import type { Image } from '../audit/audit.model.ts';
import type { BusinessEntityType } from '../audit/entity-fields.ts';
import type { CopiedCell } from './explain.model.ts';

/** A field that the shop fills from a field of the row that another column refers to. */
export interface CopyRule {
  readonly entityType: BusinessEntityType;
  readonly field: string;
  /** Column that holds the id of the source row. */
  readonly through: string;
  readonly source: { readonly entityType: BusinessEntityType; readonly field: string };
}

const copyRules: readonly CopyRule[] = [
  { entityType: 'ORDER_ITEM', field: 'unitPrice', through: 'product_id', source: { entityType: 'PRODUCT', field: 'price' } },
  { entityType: 'PAYMENT', field: 'amount', through: 'order_id', source: { entityType: 'ORDER', field: 'total' } },
  { entityType: 'ORDER', field: 'shippingName', through: 'customer_id', source: { entityType: 'CUSTOMER', field: 'name' } },
];

export const maxCopies = 100;

export function ruleFor(entityType: string, field: string, rules: readonly CopyRule[] = copyRules): CopyRule | null {
  return rules.find((rule) => rule.entityType === entityType && rule.field === field) ?? null;
}

/** What an entity takes from the row that one of its columns refers to. */
export function copyRulesThrough(entityType: BusinessEntityType, through: string): readonly CopyRule[] {
  return copyRules.filter((rule) => rule.entityType === entityType && rule.through === through);
}

/** Key of the row that a field may have been copied from; null where the row refers to none. */
export function sourceKey(rule: CopyRule, image: Image): string | null {
  const key = image[rule.through] ?? null;
  return key === null || key === mask ? null : String(key);
}

/** Equal values make a copy; of what is empty or masked nobody can tell. */
export function isCopy(value: unknown, source: unknown): boolean {
  return value !== null && value !== mask && isDeepStrictEqual(value, source);
}

/**
 * The cells that a value came through, nearest first: `sourceOf` gives the cell that a cell was copied from. Ends where no rule goes on, where a
 * cell comes again, and after `maxCopies`.
 */
export async function copyChain<C extends Pick<CopiedCell, 'field' | 'ref' | 'writer'>>(
  first: C | null,
  sourceOf: (cell: C) => Promise<C | null>,
): Promise<C[]> {
  const cells: C[] = [];
  const seen = new Set<string>();
  for (let cell = first; cell && cells.length < maxCopies; cell = await sourceOf(cell)) {
    const name = JSON.stringify([cell.ref.table.tableKey, cell.ref.recordKey, cell.field, cell.writer?.id ?? null]);
    if (seen.has(name)) break;
    seen.add(name);
    cells.push(cell);
  }
  return cells;
}
