// What an import of Online Retail must lead to, worked out a second time and in another way: whole-file arrays, no database, no shared code.
import { readFileSync } from 'node:fs';

interface Sold {
  readonly invoice: string;
  readonly sku: string;
  readonly customer: string;
  readonly price: bigint;
  /** What is left of it. */
  left: bigint;
  cancelled: boolean;
}

/** Money in ten-thousandths of a pound. */
export interface Expected {
  readonly lines: number;
  readonly days: string[];
  readonly customers: string[];
  readonly invoices: string[];
  readonly sold: Sold[];
  /** Per product: the prices it had, oldest first, each with the invoice that set it. */
  readonly prices: Map<string, [price: bigint, invoice: string][]>;
  readonly names: Map<string, string>;
  readonly matched: number;
  readonly unmatched: string[];
  readonly stock: Map<string, bigint>;
  readonly notes: string[];
  /** Rows that came into being, as `day table` with their number. */
  readonly made: Map<string, number>;
}

const withoutPrices = ['POST', 'DOT', 'C2', 'D', 'M', 'S', 'B', 'BANK CHARGES', 'AMAZONFEE', 'CRUK'];

export function workOut(path: string): Expected {
  const rows = readFileSync(path, 'utf8').trimEnd().split('\n').slice(1).map(cells);
  if (rows.some((row) => row.length !== 8)) throw new Error('the file holds a line that this cannot read');
  const text = (row: string[], column: number): string => (row[column] ?? '').trim();
  const isCancellation = (row: string[]) => text(row, 0).startsWith('C');
  const isAdjustment = (row: string[]) => !isCancellation(row) && text(row, 3).startsWith('-') && text(row, 6) === '';
  const sales = rows.filter((row) => !isCancellation(row) && !isAdjustment(row));

  const skus = [...new Set(rows.map((row) => text(row, 1)))];
  const names = new Map<string, string>();
  for (const row of rows) {
    const [sku, name] = [text(row, 1), text(row, 2)];
    if (!isAdjustment(row) && name !== '' && money(text(row, 5)) > 0n && !names.has(sku)) names.set(sku, name);
  }
  for (const sku of skus) if (!names.has(sku)) names.set(sku, sku);

  const prices = new Map<string, [bigint, string][]>(skus.map((sku) => [sku, []]));
  const seen = new Set<string>();
  for (const row of rows) {
    const [invoice, sku, price] = [text(row, 0), text(row, 1), money(text(row, 5))];
    const isFirst = !seen.has(sku);
    seen.add(sku);
    const states = price > 0n && !withoutPrices.includes(sku) && !isAdjustment(row);
    const list = prices.get(sku)!;
    if (isFirst) list.push([states ? price : 0n, invoice]);
    else if (states && !isCancellation(row) && list.at(-1)![0] !== price) list.push([price, invoice]);
  }

  const sold: Sold[] = [];
  const unmatched: string[] = [];
  let matched = 0;
  for (const row of rows) {
    const [invoice, sku, customer, quantity] = [text(row, 0), text(row, 1), text(row, 6), BigInt(text(row, 3))];
    if (isAdjustment(row)) continue;
    if (!isCancellation(row)) sold.push({ invoice, sku, customer, price: money(text(row, 5)), left: quantity, cancelled: false });
    else {
      const found = sold.findLast((one) => customer !== '' && one.customer === customer && one.sku === sku && one.left >= -quantity);
      if (found) {
        found.left += quantity;
        found.cancelled = true;
        matched++;
      } else unmatched.push(`${invoice} ${sku} ${quantity}`);
    }
  }
  const made = new Map<string, number>();
  const known = new Set<string>();
  for (const row of rows) {
    const isSale = !isCancellation(row) && !isAdjustment(row);
    const things = [
      `products ${text(row, 1)}`,
      `customers ${text(row, 6)}`,
      ...(isSale ? [`orders ${text(row, 0)}`, `order_items ${known.size}`] : []),
    ];
    for (const thing of things.filter((name) => name !== 'customers ' && !known.has(name))) {
      known.add(thing);
      const key = `${text(row, 4).slice(0, 10)} commerce.${thing.split(' ')[0]}`;
      made.set(key, (made.get(key) ?? 0) + 1);
    }
  }
  const adjusted = rows.filter(isAdjustment);
  const stock = new Map<string, bigint>(skus.map((sku) => [sku, 0n]));
  for (const row of adjusted) stock.set(text(row, 1), stock.get(text(row, 1))! + BigInt(text(row, 3)));
  const distinct = (column: number, of: string[][]) => [...new Set(of.map((row) => text(row, column)))];
  return {
    lines: rows.length,
    days: [...new Set(rows.map((row) => text(row, 4).slice(0, 10)))],
    customers: distinct(6, rows)
      .filter((customer) => customer !== '')
      .map((customer) => customer.replace('.0', '')),
    invoices: distinct(0, sales),
    sold,
    prices,
    names,
    matched,
    unmatched,
    stock,
    notes: adjusted.map((row) => text(row, 2)),
    made,
  };
}

/** Splits at the commas that an even number of quotes follows. */
function cells(row: string): string[] {
  return row.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((cell) => cell.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'));
}

/** `2.55` to 25500n */
export function money(text: string): bigint {
  const [whole = '0', decimals = ''] = text.split('.');
  const amount = BigInt(whole.replace('-', '')) * 10_000n + BigInt(decimals.padEnd(4, '0'));
  return whole.startsWith('-') ? -amount : amount;
}
