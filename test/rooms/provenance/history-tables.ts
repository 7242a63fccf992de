// The tables that random histories are written over: their columns, and what the API calls them.
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import type { TestDatabase } from '../../support/databases.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface FieldSpec {
  readonly field: string;
  readonly column: string;
  readonly shape: 'value' | 'money' | 'masked' | { readonly refersTo: string };
  /** The kind of timeline item that tells its changes. */
  readonly item?: 'PriceChange' | 'AmountChange' | 'ON_HAND' | 'SAFETY' | 'StatusTransition';
}

export interface TableSpec {
  readonly name: string;
  /** GraphQL type. */
  readonly type: string;
  readonly fields: readonly FieldSpec[];
  readonly keyOf: (row: Row) => string;
  readonly businessKeyOf: (row: Row) => string;
  /** Null: any transition is expected. */
  readonly transitions: readonly (readonly [from: string, to: string])[] | null;
}

const value = (field: string, column = field): FieldSpec => ({ field, column, shape: 'value' });
const money = (field: string, column: string, item: FieldSpec['item']): FieldSpec => ({ field, column, shape: 'money', item });
const reference = (field: string, column: string, refersTo: string): FieldSpec => ({ field, column, shape: { refersTo } });
const id = (type: string): FieldSpec => reference('id', 'id', type);
const status: FieldSpec = { field: 'status', column: 'status', shape: 'value', item: 'StatusTransition' };
const stock = (field: string, column: string, item: FieldSpec['item']): FieldSpec => ({ field, column, shape: 'value', item });

const shop = (
  name: string,
  type: string,
  businessKey: string,
  fields: readonly FieldSpec[],
  transitions: TableSpec['transitions'] = null,
) => ({
  ...{ name: `commerce.${name}`, type, transitions, fields: [id(type), ...fields] },
  keyOf: (row: Row) => String(row['id']),
  businessKeyOf: (row: Row) => String(row[businessKey]),
});

const crateKey = (row: Row) => `[${JSON.stringify(row['place'])}, "${row['number']}"]`;
const crateTransitions = [
  ['NEW', 'FULL'],
  ['FULL', 'GONE'],
  ['GONE', 'NEW'],
] as const;

export const tables = {
  users: shop('users', 'User', 'key', [
    ...[value('key'), value('email'), value('displayName', 'display_name'), value('roles'), value('isActive', 'is_active')],
    value('createdAt', 'created_at'),
  ]),
  customers: shop('customers', 'Customer', 'key', [
    ...[value('key'), value('email'), value('name'), value('phone'), reference('createdBy', 'created_by', 'User')],
    value('createdAt', 'created_at'),
  ]),
  products: shop('products', 'Product', 'sku', [
    ...[value('sku'), value('name'), value('categories'), money('price', 'price', 'PriceChange')],
    ...[stock('stockQuantity', 'stock_quantity', 'ON_HAND'), stock('safetyStock', 'safety_stock', 'SAFETY')],
    ...[value('isActive', 'is_active'), value('createdAt', 'created_at')],
  ]),
  orders: shop(
    'orders',
    'Order',
    'number',
    [
      ...[value('number'), reference('customer', 'customer_id', 'Customer'), status, money('subtotal', 'subtotal', 'AmountChange')],
      ...[money('shippingAmount', 'shipping_amount', 'AmountChange'), money('total', 'total', 'AmountChange')],
      ...[value('shippingName', 'shipping_name'), value('shippingAddress', 'shipping_address')],
      ...[value('shippingMethod', 'shipping_method'), value('placedAt', 'placed_at')],
    ],
    [
      ['PENDING', 'CONFIRMED'],
      ['PENDING', 'CANCELLED'],
      ['CONFIRMED', 'PROCESSING'],
      ['CONFIRMED', 'CANCELLED'],
      ['PROCESSING', 'SHIPPED'],
      ['PROCESSING', 'CANCELLED'],
      ['SHIPPED', 'DELIVERED'],
      ['DELIVERED', 'REFUNDED'],
    ],
  ),
  items: {
    ...shop(
      'order_items',
      'OrderItem',
      'key',
      [
        ...[reference('order', 'order_id', 'Order'), value('line'), value('key'), reference('product', 'product_id', 'Product')],
        ...[value('quantity'), money('unitPrice', 'unit_price', 'PriceChange'), money('lineTotal', 'line_total', 'AmountChange'), status],
      ],
      [
        ['ORDERED', 'CANCELLED'],
        ['ORDERED', 'REFUNDED'],
      ],
    ),
  },
  payments: shop(
    'payments',
    'Payment',
    'key',
    [
      ...[value('key'), reference('order', 'order_id', 'Order'), value('method'), status, money('amount', 'amount', 'AmountChange')],
      ...[value('reference'), value('settledAt', 'settled_at'), value('createdAt', 'created_at')],
    ],
    [
      ['PENDING', 'AUTHORIZED'],
      ['PENDING', 'FAILED'],
      ['AUTHORIZED', 'SETTLED'],
      ['AUTHORIZED', 'FAILED'],
      ['PENDING', 'SETTLED'],
      ['SETTLED', 'REFUNDED'],
    ],
  ),
  crates: {
    ...{ name: 'public.crates', type: 'Record', keyOf: crateKey, businessKeyOf: crateKey, transitions: crateTransitions },
    fields: [
      ...[value('place'), value('number'), status, value('weight'), { field: 'secret', column: 'secret', shape: 'masked' } as const],
      ...[value('phone'), value('remark')],
    ],
  },
} as const satisfies Record<string, TableSpec>;
export type TableName = keyof typeof tables;

/** Where a value is copied from: a field of the row that a column refers to. */
export const copyRules: readonly { of: TableName; field: string; through: string; from: TableName; source: string }[] = [
  { of: 'items', field: 'unitPrice', through: 'product_id', from: 'products', source: 'price' },
  { of: 'payments', field: 'amount', through: 'order_id', from: 'orders', source: 'total' },
  { of: 'orders', field: 'shippingName', through: 'customer_id', from: 'customers', source: 'name' },
];

export async function trackCrates({ owner }: TestDatabase): Promise<void> {
  await owner.run(`create table public.crates (tenant text not null, place text, number int, status text, weight numeric(12, 3), secret text, phone text,
      remark text, primary key (tenant, place, number)); grant select, insert, update, delete on public.crates to whence_source`);
  const transitions = JSON.stringify(crateTransitions.map(([from, to]) => ({ from, to })));
  await owner.run(`select audit.track('public.crates', masked_columns => array['secret'], personal_columns => array['phone'],
      status_column => 'status', transitions => '${transitions}')`);
}

/** At least two decimals, and no more than are needed. */
function printed(amount: string): string {
  const [whole, decimals = ''] = amount.split('.');
  return `${whole}.${decimals.replace(/0+$/, '').padEnd(2, '0')}`;
}

/** What the API shows of a row in a field. */
export function shown({ column, shape }: FieldSpec, row: Row | null): unknown {
  const held = row?.[column] ?? null;
  if (held === null) return null;
  if (shape === 'value') return held;
  if (shape === 'masked') return '***';
  return shape === 'money' ? { amount: printed(String(held)), currency: row?.['currency'] } : encodeGlobalId(shape.refersTo, String(held));
}
