import { type AnyPgColumn, bigint, boolean, char, integer, numeric, pgSchema, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

/** The shop as drizzle/0004_commerce.sql makes it; a test compares the two. A status is text as its source spells it. */
const commerce = pgSchema('commerce');

const bigintKey = (name: string) => bigint(name, { mode: 'bigint' });
const amount = (name: string) => numeric(name, { precision: 19, scale: 4 });
const currency = () => char('currency', { length: 3 }).notNull();
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' });

/** What every table of the shop begins with. Keys count per table, not per tenant; no statement leaves the tenant out. */
const identity = () => ({ tenant: text('tenant').notNull(), id: bigintKey('id').generatedByDefaultAsIdentity().notNull() });
const byTenantAndId = (table: { tenant: AnyPgColumn; id: AnyPgColumn }) => [primaryKey({ columns: [table.tenant, table.id] })];

export const users = commerce.table(
  'users',
  {
    ...identity(),
    key: text('key').notNull(),
    email: text('email'),
    displayName: text('display_name').notNull(),
    roles: text('roles').array().notNull(),
    isActive: boolean('is_active').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  byTenantAndId,
);

export const customers = commerce.table(
  'customers',
  {
    ...identity(),
    key: text('key').notNull(),
    email: text('email'),
    name: text('name').notNull(),
    phone: text('phone'),
    createdBy: bigintKey('created_by'),
    createdAt: instant('created_at').notNull(),
  },
  byTenantAndId,
);

export const products = commerce.table(
  'products',
  {
    ...identity(),
    sku: text('sku').notNull(),
    name: text('name').notNull(),
    categories: text('categories').array().notNull(),
    price: amount('price').notNull(),
    currency: currency(),
    stockQuantity: integer('stock_quantity').notNull(),
    safetyStock: integer('safety_stock'),
    isActive: boolean('is_active').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  byTenantAndId,
);

export const orders = commerce.table(
  'orders',
  {
    ...identity(),
    number: text('number').notNull(),
    customerId: bigintKey('customer_id'),
    status: text('status').notNull(),
    subtotal: amount('subtotal').notNull(),
    shippingAmount: amount('shipping_amount').notNull(),
    total: amount('total').notNull(),
    currency: currency(),
    shippingName: text('shipping_name'),
    shippingAddress: text('shipping_address'),
    shippingMethod: text('shipping_method'),
    placedAt: instant('placed_at').notNull(),
  },
  byTenantAndId,
);

export const orderItems = commerce.table(
  'order_items',
  {
    ...identity(),
    orderId: bigintKey('order_id').notNull(),
    line: integer('line').notNull(),
    key: text('key').notNull(),
    productId: bigintKey('product_id').notNull(),
    quantity: integer('quantity').notNull(),
    unitPrice: amount('unit_price').notNull(),
    lineTotal: amount('line_total').notNull(),
    currency: currency(),
    status: text('status').notNull(),
  },
  byTenantAndId,
);

export const payments = commerce.table(
  'payments',
  {
    ...identity(),
    key: text('key').notNull(),
    orderId: bigintKey('order_id').notNull(),
    method: text('method').notNull(),
    status: text('status').notNull(),
    amount: amount('amount').notNull(),
    currency: currency(),
    reference: text('reference'),
    settledAt: instant('settled_at'),
    createdAt: instant('created_at').notNull(),
  },
  byTenantAndId,
);

/** What the trail's catalogue calls personal: masked for readers who may not see it. A test compares the two. */
export const personalColumns: ReadonlySet<AnyPgColumn> = new Set([
  ...[users.email, users.displayName, customers.email, customers.name, customers.phone],
  ...[orders.shippingName, orders.shippingAddress],
]);
