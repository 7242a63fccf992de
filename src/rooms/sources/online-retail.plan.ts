// From lines to what happens in the shop, in the order of the file. Pure: the products as they are go in, steps come out.
import { printAmount } from '../../shared/money.ts';
import type { Circumstances } from './import.model.ts';
import { currency, type InvoiceLine, isNonProduct, statesPrice, usableName } from './online-retail.model.ts';

interface KnownProduct {
  readonly name: string;
  /** Four decimals. */
  readonly price: string;
}

/** What the shop knows before the lines. */
export interface Known {
  readonly products: ReadonlyMap<string, KnownProduct>;
  readonly customers: ReadonlySet<string>;
}

interface NewProduct {
  readonly sku: string;
  readonly name: string;
  readonly price: string;
  readonly nonProduct: boolean;
}

/** One statement each (a cancellation that matches nothing: two). */
export type Step = { readonly circumstances: Circumstances } & (
  | { readonly kind: 'customer'; readonly key: string; readonly at: string }
  | { readonly kind: 'products'; readonly products: readonly NewProduct[]; readonly at: string }
  | {
      readonly kind: 'sale';
      readonly invoice: string;
      readonly customer: string | null;
      readonly at: string;
      readonly lines: readonly InvoiceLine[];
    }
  | { readonly kind: 'price'; readonly price: string; readonly skus: readonly string[] }
  | { readonly kind: 'name'; readonly sku: string; readonly name: string }
  | { readonly kind: 'cancellation'; readonly line: InvoiceLine }
  | { readonly kind: 'stock'; readonly sku: string; readonly by: number }
);

export function planOf(lines: readonly InvoiceLine[], known: Known): Step[] {
  const products = new Map(known.products);
  const customers = new Set(known.customers);
  const steps: Step[] = [];
  for (const part of partsOf(lines)) {
    const [first] = part;
    if (!first) continue;
    const circumstances = ofPart(part);
    if (first.customer !== null && !customers.has(first.customer)) {
      customers.add(first.customer);
      steps.push({ kind: 'customer', key: first.customer, at: first.at, circumstances });
    }
    const added = newProducts(part, products);
    if (added.length > 0) steps.push({ kind: 'products', products: added, at: first.at, circumstances });
    if (first.kind === 'SALE') {
      const { invoice, customer, at } = first;
      steps.push({ kind: 'sale', invoice, customer, at, lines: part, circumstances }, ...priceSteps(part, products));
    }
    steps.push(...nameSteps(part, products, circumstances));
    for (const line of part) {
      if (line.kind === 'CANCELLATION') steps.push({ kind: 'cancellation', line, circumstances: ofCancellation(line) });
      if (line.kind === 'ADJUSTMENT') steps.push({ kind: 'stock', sku: line.sku, by: line.quantity, circumstances: ofAdjustment(line) });
    }
  }
  return steps;
}

/** Lines in a row that share their circumstances: invoice, time, customer. One invoice of the file has two times, so it has two parts. */
function partsOf(lines: readonly InvoiceLine[]): InvoiceLine[][] {
  const parts: InvoiceLine[][] = [];
  for (const line of lines) {
    const last = parts.at(-1)?.[0];
    const belongs =
      last && last.invoice === line.invoice && last.at === line.at && last.customer === line.customer && last.kind === line.kind;
    if (belongs) parts.at(-1)?.push(line);
    else parts.push([line]);
  }
  return parts;
}

function newProducts(part: readonly InvoiceLine[], products: Map<string, KnownProduct>): NewProduct[] {
  const added: NewProduct[] = [];
  for (const line of part) {
    if (products.has(line.sku)) continue;
    // Without a usable name the code stands in for it until a line has one; 0 is "no price stated yet".
    const product = { name: usableName(line) ?? line.sku, price: statesPrice(line) ? line.price : '0.0000' };
    products.set(line.sku, product);
    added.push({ sku: line.sku, ...product, nonProduct: isNonProduct(line.sku) });
  }
  return added;
}

/** One step per price, for all products that take it on; a product that changes twice in one invoice opens a new round, to keep the order. */
function priceSteps(part: readonly InvoiceLine[], products: Map<string, KnownProduct>): Step[] {
  const steps: Step[] = [];
  let round = new Map<string, InvoiceLine[]>();
  let inRound = new Set<string>();
  const close = () => {
    for (const [price, lines] of round)
      steps.push({ kind: 'price', price, skus: lines.map(({ sku }) => sku), circumstances: ofPrice(price, lines) });
    round = new Map();
    inRound = new Set();
  };
  for (const line of part) {
    const product = products.get(line.sku);
    if (!product || !statesPrice(line) || product.price === line.price) continue;
    products.set(line.sku, { ...product, price: line.price });
    if (inRound.has(line.sku)) close();
    inRound.add(line.sku);
    const lines = round.get(line.price);
    if (lines) lines.push(line);
    else round.set(line.price, [line]);
  }
  close();
  return steps;
}

function nameSteps(part: readonly InvoiceLine[], products: Map<string, KnownProduct>, circumstances: Circumstances): Step[] {
  const steps: Step[] = [];
  for (const line of part) {
    const product = products.get(line.sku);
    const name = usableName(line);
    if (!product || product.name !== line.sku || name === null || name === line.sku) continue;
    products.set(line.sku, { ...product, name });
    steps.push({ kind: 'name', sku: line.sku, name, circumstances });
  }
  return steps;
}

function ofPart(part: readonly InvoiceLine[]): Circumstances {
  const { invoice, at, country } = part[0]!;
  return {
    occurredAt: at,
    reason: `Invoice ${invoice}`,
    reasonCode: 'INVOICE',
    reference: invoice,
    details: { lines: [part[0]!.number, part.at(-1)!.number], country },
  };
}

function ofPrice(price: string, lines: readonly InvoiceLine[]): Circumstances {
  const { invoice, at } = lines[0]!;
  return {
    occurredAt: at,
    reason: `Invoice ${invoice} sold it at ${printAmount(price)} ${currency}`,
    reasonCode: 'INVOICE_PRICE',
    reference: invoice,
    details: { lines: lines.map(({ number }) => number) },
  };
}

function ofCancellation({ number, invoice, at, quantity, price, customer, country, description }: InvoiceLine): Circumstances {
  return {
    occurredAt: at,
    reason: `Invoice ${invoice} takes back ${-quantity}`,
    reasonCode: 'CANCELLATION',
    reference: invoice,
    details: { line: number, quantity, unitPrice: printAmount(price), currency, customer, country, description },
  };
}

function ofAdjustment({ number, invoice, at, quantity, price, description }: InvoiceLine): Circumstances {
  return {
    occurredAt: at,
    reason: description === '' ? null : description,
    reasonCode: 'STOCK_ADJUSTMENT',
    reference: invoice,
    details: { line: number, quantity, unitPrice: printAmount(price) },
  };
}
