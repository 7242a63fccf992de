import { type SQL, sql } from 'drizzle-orm';
import { type Row, textArray } from '../../database/database.ts';
import { orderItems } from '../../database/tables/commerce.ts';
import { moneyOf } from '../../shared/money.ts';
import { fromSpelling, type OrderItem, OrderItemStatus } from './commerce.model.ts';
import { columnsOf, comment, type EntityTable } from './entity.queries.ts';
import type { Moment } from './moment.model.ts';
import { namedFor, rowsOf } from './moment.queries.ts';

export const orderItemTable: EntityTable<OrderItem> = { table: orderItems, toRecord };

/** Lines of orders, by order and place; an order has as many as were ordered, so there is no limit to cut it. */
export function itemsOfOrders(tenant: string, orderIds: readonly string[], moment: Moment | null): SQL {
  const wanted = sql`${textArray(orderIds)}::text::bigint[]`;
  const rows = rowsOf(moment, orderItems, { column: orderItems.orderId, values: wanted });
  return namedFor(
    moment,
    sql`${comment(orderItemTable, 'ofOrders')} select ${columnsOf(orderItems)} from ${rows} where ${orderItems.tenant} = ${tenant} and ${orderItems.orderId} = any(${wanted}) order by ${orderItems.orderId}, ${orderItems.line}`,
  );
}

function toRecord(row: Row): OrderItem {
  const statusText = row['status'] as string;
  const currency = row['currency'] as string;
  return {
    entityType: 'ORDER_ITEM',
    id: row['id'] as string,
    key: row['key'] as string,
    orderId: row['order_id'] as string,
    line: row['line'] as number,
    productId: row['product_id'] as string,
    quantity: row['quantity'] as number,
    unitPrice: moneyOf(row['unit_price'] as string, currency),
    lineTotal: moneyOf(row['line_total'] as string, currency),
    status: fromSpelling(OrderItemStatus, statusText),
    statusText,
  };
}
