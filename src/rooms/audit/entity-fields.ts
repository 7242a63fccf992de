import type { EntityType } from '../commerce/commerce.model.ts';

/**
 * How columns of the shop's tables show in the API. A column that is not listed shows under its name in camelCase, as it is.
 * - `value`: the value of one column. - `money`: an amount and its currency. - `reference`: the global id of another entity.
 */
export type EntityField =
  | { readonly field: string; readonly shape: 'value'; readonly columns: readonly [value: string] }
  | { readonly field: string; readonly shape: 'money'; readonly columns: readonly [amount: string, currency: string] }
  | { readonly field: string; readonly shape: 'reference'; readonly columns: readonly [id: string]; readonly type: string };

export type BusinessEntityType = Exclude<EntityType, 'RECORD'>;

const value = (field: string, column = field): EntityField => ({ field, shape: 'value', columns: [column] });
const money = (field: string, column = field): EntityField => ({ field, shape: 'money', columns: [column, 'currency'] });
const reference = (field: string, column: string, type: string): EntityField => ({ field, shape: 'reference', columns: [column], type });

/** Fields in the order they are told. */
export const entityFields: Readonly<Record<BusinessEntityType, readonly EntityField[]>> = {
  USER: [
    reference('id', 'id', 'User'),
    ...[value('key'), value('email'), value('displayName', 'display_name'), value('roles'), value('isActive', 'is_active')],
    value('createdAt', 'created_at'),
  ],
  CUSTOMER: [
    reference('id', 'id', 'Customer'),
    ...[value('key'), value('email'), value('name'), value('phone'), reference('createdBy', 'created_by', 'User')],
    value('createdAt', 'created_at'),
  ],
  PRODUCT: [
    reference('id', 'id', 'Product'),
    ...[value('sku'), value('name'), value('categories'), money('price'), value('stockQuantity', 'stock_quantity')],
    ...[value('safetyStock', 'safety_stock'), value('isActive', 'is_active'), value('createdAt', 'created_at')],
  ],
  ORDER: [
    reference('id', 'id', 'Order'),
    ...[value('number'), reference('customer', 'customer_id', 'Customer'), value('status'), money('subtotal')],
    ...[money('shippingAmount', 'shipping_amount'), money('total'), value('shippingName', 'shipping_name')],
    ...[value('shippingAddress', 'shipping_address'), value('shippingMethod', 'shipping_method'), value('placedAt', 'placed_at')],
  ],
  ORDER_ITEM: [
    reference('id', 'id', 'OrderItem'),
    ...[reference('order', 'order_id', 'Order'), value('line'), value('key'), reference('product', 'product_id', 'Product')],
    ...[value('quantity'), money('unitPrice', 'unit_price'), money('lineTotal', 'line_total'), value('status')],
  ],
  PAYMENT: [
    reference('id', 'id', 'Payment'),
    ...[value('key'), reference('order', 'order_id', 'Order'), value('method'), value('status'), money('amount'), value('reference')],
    ...[value('settledAt', 'settled_at'), value('createdAt', 'created_at')],
  ],
};

export function isBusinessEntity(entityType: EntityType): entityType is BusinessEntityType {
  return entityType !== 'RECORD';
}

/** `stock_quantity` to `stockQuantity`. */
export function camelCase(column: string): string {
  return column.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
