import { sql } from 'drizzle-orm';
import type { Row } from '../../database/database.ts';
import { orders } from '../../database/tables/commerce.ts';
import { compileFilter, type FilterTree } from '../../shared/filter.ts';
import { decimalField, instantField, type Operators, referenceField, spelledField, textField } from '../../shared/filter-fields.ts';
import { moneyOf } from '../../shared/money.ts';
import type { NestedList } from '../../shared/page-nested.ts';
import { fromSpelling, type Order, OrderStatus, spelledValues } from './commerce.model.ts';
import { columnsOf, type EntityList, idOf, namedOrder, sortBy } from './entity.queries.ts';
import type { Moment } from './moment.model.ts';
import { namedFor, rowsOf } from './moment.queries.ts';

export interface OrderFilter extends FilterTree<OrderFilter> {
  readonly number?: Operators<string> | null;
  readonly status?: Operators<OrderStatus> | null;
  readonly placedAt?: Operators<string> | null;
  readonly total?: Operators<string> | null;
  /** Global id. */
  readonly customerId?: string | null;
}
export type OrderOrderField = 'NUMBER' | 'PLACED_AT' | 'STATUS' | 'TOTAL';

export const orderList: EntityList<Order, OrderFilter, OrderOrderField> = {
  table: orders,
  toRecord,
  filters: {
    number: textField(sql`${orders.number}`),
    status: spelledField(sql`${orders.status}`, spelledValues(OrderStatus)),
    placedAt: instantField(sql`${orders.placedAt}`),
    total: decimalField(sql`${orders.total}`),
    customerId: referenceField(sql`${orders.customerId}`, 'Customer'),
  },
  sorts: {
    NUMBER: sortBy(orders.number, 'text'),
    PLACED_AT: sortBy(orders.placedAt, 'timestamptz'),
    STATUS: sortBy(orders.status, 'text'),
    TOTAL: sortBy(orders.total, 'numeric'),
  },
};

/** Orders of customers, newest first. Index: orders_by_customer. */
export function ordersOfCustomers(tenant: string, filter: OrderFilter | null | undefined, moment: Moment | null): NestedList<Order> {
  return {
    name: 'commerce.customers.orders',
    columns: namedFor(moment, columnsOf(orders)),
    fromOf: (customers) => rowsOf(moment, orders, { column: orders.customerId, values: customers }),
    where: namedFor(moment, sql`${orders.tenant} = ${tenant} and ${compileFilter(filter, orderList.filters)}`),
    parent: namedFor(moment, sql`${orders.customerId}`),
    order: namedOrder(moment, [
      { column: sortBy(orders.placedAt, 'timestamptz'), direction: 'DESC' },
      { column: idOf(orders), direction: 'DESC' },
    ]),
    toRecord,
  };
}

function toRecord(row: Row): Order {
  const statusText = row['status'] as string;
  return {
    entityType: 'ORDER',
    id: row['id'] as string,
    key: row['number'] as string,
    number: row['number'] as string,
    customerId: row['customer_id'] as string | null,
    status: fromSpelling(OrderStatus, statusText),
    statusText,
    total: moneyOf(row['total'] as string, row['currency'] as string),
    placedAt: row['placed_at'] as string,
  };
}
