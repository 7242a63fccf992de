/**
 * What a line is. A sale belongs to an order; a cancellation (invoice C...) takes back an earlier sale; an adjustment (negative quantity,
 * no customer) is no sale but a correction of the stock.
 */
export type LineKind = 'SALE' | 'CANCELLATION' | 'ADJUSTMENT';

/** One line of the file, read. */
export interface InvoiceLine {
  readonly number: number;
  readonly kind: LineKind;
  readonly invoice: string;
  /** As the file spells it: `15056BL` and `15056bl` are two. */
  readonly sku: string;
  /** May be empty, or a note such as "damaged". */
  readonly description: string;
  readonly quantity: number;
  /** RFC 3339; the file names no zone, so its times are read as UTC. */
  readonly at: string;
  /** `2010-12-01` */
  readonly day: string;
  /** Four decimals, e.g. `2.5500`. */
  readonly price: string;
  /** CustomerID without its `.0`; null on a quarter of the lines. */
  readonly customer: string | null;
  readonly country: string;
}

/** The file states prices without a currency; the shop is a British one. */
export const currency = 'GBP';

export type RetailCount =
  | 'products'
  | 'customers'
  | 'orders'
  | 'items'
  | 'priceChanges'
  | 'namesLearned'
  | 'cancellationsMatched'
  | 'cancellationsUnmatched'
  | 'stockAdjustments'
  | 'salesWithoutPrice'
  | 'nonProductLines'
  | 'runs';

// Postage, carriage, discounts, fees, samples and corrections stand in the file as if they were goods. They are kept as products, so that no
// money is lost, but each of their lines has an amount of its own: that is no price, so they have none (0) and never change it.
const nonProducts = new Set(['POST', 'DOT', 'C2', 'D', 'M', 'S', 'B', 'BANK CHARGES', 'AMAZONFEE', 'CRUK']);
export const nonProductCategory = 'non-product';

export function isNonProduct(sku: string): boolean {
  return nonProducts.has(sku.toUpperCase()) || /^gift_/i.test(sku);
}

/** Goods that are given away, and movements of stock, stand at 0: that states no price. */
export function statesPrice({ sku, kind, price }: Pick<InvoiceLine, 'sku' | 'kind' | 'price'>): boolean {
  return kind !== 'ADJUSTMENT' && !isNonProduct(sku) && isAboveZero(price);
}

/** Beside a price above zero stands the name of the goods; beside others often a note of the staff ("?", "damages"). */
export function usableName({ kind, price, description }: InvoiceLine): string | null {
  return kind !== 'ADJUSTMENT' && isAboveZero(price) && description !== '' ? description : null;
}

function isAboveZero(price: string): boolean {
  return !price.startsWith('-') && /[1-9]/.test(price);
}
