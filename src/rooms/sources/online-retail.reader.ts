// One line of the file to one record, or to the cause why not. A record is one line: a quoted field does not span lines.
import { isUtf8 } from 'node:buffer';
import { parse } from 'csv-parse/sync';
import { decimalOf } from './fields.ts';
import { type FileLine, linesOf, longestLine } from './file-lines.ts';
import type { Reject } from './import.model.ts';
import type { InvoiceLine, LineKind } from './online-retail.model.ts';
import { shown } from './reject-file.ts';

const columns = ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'UnitPrice', 'CustomerID', 'Country'] as const;

export type ReadLine = InvoiceLine | Reject;
export const isReject = (line: ReadLine): line is Reject => 'cause' in line;

/** The lines below the header, in order; empty lines are left out. */
export async function* readOnlineRetail(path: string): AsyncGenerator<ReadLine[]> {
  for await (const lines of linesOf(path)) {
    const read: ReadLine[] = [];
    for (const line of lines) if (line.number > 1 && line.bytes?.length !== 0) read.push(readLine(line));
    if (read.length > 0) yield read;
  }
}

/** Whether the file begins with the columns of this source. */
export async function hasHeader(path: string): Promise<boolean> {
  for await (const [first] of linesOf(path)) {
    const text = first?.bytes?.toString('utf8').replace(/^\uFEFF/, '') ?? '';
    return (
      fieldsOf(text)
        ?.map((name) => name.trim())
        .join() === columns.join()
    );
  }
  return false;
}

export function readLine({ number, bytes }: FileLine): ReadLine {
  const reject = (cause: string): Reject => ({ line: number, cause, text: bytes ? shown(bytes) : '' });
  if (bytes === null) return reject(`longer than ${longestLine} bytes`);
  if (bytes.includes(0)) return reject('holds a NUL byte');
  if (!isUtf8(bytes)) return reject('is not UTF-8');
  const fields = fieldsOf(bytes.toString('utf8'));
  if (!fields) return reject('quotes are not closed, or stand in the wrong place');
  if (fields.length !== columns.length) return reject(`has ${fields.length} columns instead of ${columns.length}`);
  const record = toRecord(
    number,
    fields.map((field) => field.trim()),
  );
  return typeof record === 'string' ? reject(record) : record;
}

function fieldsOf(text: string): string[] | null {
  if (!text.includes('"')) return text.split(',');
  try {
    const records: string[][] = parse(text, { relax_column_count: true });
    return records.length === 1 ? records[0]! : null;
  } catch {
    return null;
  }
}

/** The record, or what is wrong with it. */
function toRecord(number: number, fields: readonly string[]): InvoiceLine | string {
  const [invoice = '', sku = '', description = '', quantityText = '', date = '', priceText = '', customerText = '', country = ''] = fields;
  if (!/^[A-Za-z]?[0-9]{1,12}$/.test(invoice)) return 'bad InvoiceNo';
  if (sku === '' || sku.length > 40) return 'bad StockCode';
  if (description.length > 500) return 'Description is longer than 500 characters';
  if (country.length > 100) return 'Country is longer than 100 characters';
  const quantity = /^[+-]?[0-9]{1,7}$/.test(quantityText) ? Number(quantityText) : 0;
  if (quantity === 0) return 'bad Quantity';
  const at = instantOf(date);
  if (at === null) return 'bad InvoiceDate';
  const price = decimalOf(priceText);
  if (price === null) return 'bad UnitPrice';
  const customer = /^([0-9]{1,12})(?:\.0+)?$/.exec(customerText)?.[1] ?? null;
  if (customer === null && customerText !== '') return 'bad CustomerID';
  const kind = kindOf(invoice, quantity, customer);
  if (kind === null)
    return invoice.startsWith('C') ? 'a cancellation of a positive quantity' : 'a negative quantity with a customer, yet no cancellation';
  return { number, kind, invoice, sku, description, quantity, at, day: at.slice(0, 10), price, customer, country };
}

function kindOf(invoice: string, quantity: number, customer: string | null): LineKind | null {
  if (invoice.startsWith('C')) return quantity < 0 ? 'CANCELLATION' : null;
  if (quantity > 0) return 'SALE';
  return customer === null ? 'ADJUSTMENT' : null;
}

/** `2010-12-01 08:26:00` to `2010-12-01T08:26:00Z`; null when there is no such time. */
function instantOf(text: string): string | null {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/.exec(text);
  if (!match) return null;
  const instant = `${match[1]}T${match[2]}Z`;
  const time = new Date(instant);
  // Date turns 30 February into 2 March.
  return !Number.isNaN(time.getTime()) && time.toISOString() === instant.replace('Z', '.000Z') && !text.startsWith('0000') ? instant : null;
}
