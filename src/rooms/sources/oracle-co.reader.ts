// The folder's seven files, read whole: the sample is small. What cannot be read is a reject; quoted fields may span lines.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../../shared/errors.ts';
import { recordsOf } from './csv-records.ts';
import { decimalOf } from './fields.ts';
import type { Reject } from './import.model.ts';
import { type CoFolder, type CoTable, fileOf } from './oracle-co.model.ts';
import { shown } from './reject-file.ts';

type Fields = Readonly<Record<string, string>>;
/** The record, or what is wrong with it. */
type Reading<T> = T | string;
type Reader<T extends CoTable> = { readonly columns: readonly string[]; read(fields: Fields, line: number): Reading<CoFolder[T][number]> };

const readers: { readonly [T in CoTable]: Reader<T> } = {
  customers: {
    columns: ['customer_id', 'email_address', 'full_name'],
    read: ({ customer_id: id = '', email_address: email = '', full_name: name = '' }, line) =>
      idFault({ customer_id: id }) ?? (name === '' ? 'no full_name' : { line, id, email, name }),
  },
  products: {
    columns: ['product_id', 'product_name', 'unit_price', 'product_details'],
    read({ product_id: id = '', product_name: name = '', unit_price = '', product_details = '' }, line) {
      const price = decimalOf(unit_price);
      const details = objectOf(product_details);
      const fault = idFault({ product_id: id });
      if (fault || name === '') return fault ?? 'no product_name';
      if (price === null) return 'bad unit_price';
      return details ? { line, id, name, price, details } : 'product_details is not a JSON object';
    },
  },
  stores: {
    columns: ['store_id', 'store_name', 'web_address', 'physical_address', 'latitude', 'longitude'],
    read: ({ store_id: id = '', store_name: name = '' }, line) => idFault({ store_id: id }) ?? { line, id, name },
  },
  orders: {
    columns: ['order_id', 'order_tms', 'customer_id', 'store_id', 'order_status'],
    read({ order_id: id = '', order_tms = '', customer_id: customer = '', store_id: store = '', order_status: status = '' }, line) {
      const time = timeOf(order_tms);
      const fault = idFault({ order_id: id, customer_id: customer, store_id: store });
      if (fault || status === '') return fault ?? 'no order_status';
      return time ? { line, id, ...time, customer, store, status } : 'bad order_tms';
    },
  },
  items: {
    columns: ['order_id', 'line_item_id', 'product_id', 'unit_price', 'quantity', 'shipment_id'],
    read({ order_id: order = '', line_item_id = '', product_id: product = '', unit_price = '', quantity = '', shipment_id = '' }, line) {
      const price = decimalOf(unit_price);
      const fault = idFault({ order_id: order, line_item_id, product_id: product, ...(shipment_id === '' ? {} : { shipment_id }) });
      if (fault) return fault;
      if (price === null) return 'bad unit_price';
      if (!isCount(quantity)) return 'bad quantity';
      return { line, order, place: Number(line_item_id), product, price, quantity: Number(quantity), shipment: shipment_id || null };
    },
  },
  shipments: {
    columns: ['shipment_id', 'store_id', 'customer_id', 'delivery_address', 'shipment_status'],
    read: ({ shipment_id: id = '', delivery_address: address = '', shipment_status: status = '' }, line) =>
      idFault({ shipment_id: id }) ?? { line, id, address, status },
  },
  inventory: {
    columns: ['product_id', 'store_id', 'product_inventory'],
    read: ({ product_id: product = '', product_inventory: quantity = '' }, line) =>
      idFault({ product_id: product }) ?? (isCount(quantity) ? { line, product, quantity: Number(quantity) } : 'bad product_inventory'),
  },
};

/** @throws ConfigError when a file is missing or has other columns. */
export async function readFolder(folder: string): Promise<{ folder: CoFolder; rejects: Reject[]; lines: number; sha256: string }> {
  const hash = createHash('sha256');
  const rejects: Reject[] = [];
  let lines = 0;
  const readTable = async <T extends CoTable>(table: T): Promise<CoFolder[T][number][]> => {
    const content = await readFile(join(folder, fileOf[table])).catch((cause: Error) => {
      throw new ConfigError(`${fileOf[table]} cannot be read in that folder.`, { cause });
    });
    hash.update(`${fileOf[table]} ${createHash('sha256').update(content).digest('hex')}\n`);
    const before = rejects.length;
    const records = rowsOf(table, content, rejects);
    lines += records.length + rejects.length - before;
    return records;
  };
  const read: CoFolder = {
    customers: await readTable('customers'),
    products: await readTable('products'),
    stores: await readTable('stores'),
    orders: await readTable('orders'),
    items: await readTable('items'),
    shipments: await readTable('shipments'),
    inventory: await readTable('inventory'),
  };
  return { folder: read, rejects, lines, sha256: hash.digest('hex') };
}

function rowsOf<T extends CoTable>(table: T, content: Buffer, rejects: Reject[]): CoFolder[T][number][] {
  const { columns, read } = readers[table];
  const file = fileOf[table];
  const records: CoFolder[T][number][] = [];
  const readFields = (fields: readonly string[], line: number): Reading<CoFolder[T][number]> =>
    textFault(fields, columns) ?? read(Object.fromEntries(columns.map((name, i) => [name, fields[i]!.trim()])), line);
  const [header, ...rows] = recordsOf(content, (fields) => typeof readFields(fields, 0) !== 'string');
  if (header?.fields?.join() !== columns.join()) throw new ConfigError(`${file} does not begin with the columns of Customer Orders.`);
  for (const { line, fields, text } of rows) {
    const result = fields ? readFields(fields, line) : 'quotes are not closed, or stand in the wrong place';
    if (typeof result === 'string') rejects.push({ file, line, cause: result, text: shown(Buffer.from(text)) });
    else records.push(result);
  }
  return records;
}

function textFault(record: readonly string[], { length }: readonly string[]): string | null {
  if (record.length !== length) return `has ${record.length} columns instead of ${length}`;
  if (record.some((field) => field.includes('\0'))) return 'holds a NUL byte';
  return record.some((field) => field.includes('\uFFFD')) ? 'is not UTF-8' : null;
}

function idFault(ids: Fields): string | null {
  const bad = Object.entries(ids).find(([, id]) => !/^[1-9][0-9]{0,8}$/.test(id));
  return bad ? `bad ${bad[0]}` : null;
}

const isCount = (text: string): boolean => /^[0-9]{1,6}$/.test(text);

function objectOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    // The text of an escape can name what no PostgreSQL text holds.
    const isStorable = !/[\0\p{Surrogate}]/u.test(JSON.stringify(value)) && !/\\u(0000|d[89a-f])/i.test(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) && isStorable ? { ...value } : null;
  } catch {
    return null;
  }
}

/** `2021-02-04T13:20:22.245676861` to microseconds; what is finer is cut off, not rounded into the next second. */
function timeOf(text: string): { at: string; isTruncated: boolean } | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) return null;
  const [, seconds = '', fraction = ''] = match;
  const time = new Date(`${seconds}Z`);
  if (Number.isNaN(time.getTime()) || !time.toISOString().startsWith(seconds) || seconds.startsWith('0000')) return null;
  return { at: `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`, isTruncated: /[1-9]/.test(fraction.slice(6)) };
}
