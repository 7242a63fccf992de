import { sql } from 'drizzle-orm';
import type { Row } from '../../database/database.ts';
import { orders, payments } from '../../database/tables/commerce.ts';
import type { FilterTree } from '../../shared/filter.ts';
import { decimalField, instantField, type Operators, spelledField } from '../../shared/filter-fields.ts';
import { moneyOf } from '../../shared/money.ts';
import type { NestedList } from '../../shared/page-nested.ts';
import { fromSpelling, type Payment, PaymentMethod, PaymentStatus, spelledValues } from './commerce.model.ts';
import { columnsOf, type EntityList, idOf, namedOrder, sortBy } from './entity.queries.ts';
import type { Moment } from './moment.model.ts';
import { namedFor, rowsOf } from './moment.queries.ts';

export interface PaymentFilter extends FilterTree<PaymentFilter> {
  readonly status?: Operators<PaymentStatus> | null;
  readonly amount?: Operators<string> | null;
  readonly settledAt?: Operators<string> | null;
}
export type PaymentOrderField = 'AMOUNT' | 'SETTLED_AT' | 'STATUS';

export const paymentList: EntityList<Payment, PaymentFilter, PaymentOrderField> = {
  table: payments,
  toRecord,
  filters: {
    status: spelledField(sql`${payments.status}`, spelledValues(PaymentStatus)),
    amount: decimalField(sql`${payments.amount}`),
    settledAt: instantField(sql`${payments.settledAt}`),
  },
  sorts: {
    AMOUNT: sortBy(payments.amount, 'numeric'),
    SETTLED_AT: sortBy(payments.settledAt, 'timestamptz'),
    STATUS: sortBy(payments.status, 'text'),
  },
};

/** What both nested lists share: newest first, by the time the payment was made. */
function newestFirst(tenant: string, moment: Moment | null) {
  return {
    columns: namedFor(moment, columnsOf(payments)),
    where: namedFor(moment, sql`${payments.tenant} = ${tenant}`),
    order: namedOrder(moment, [
      { column: sortBy(payments.createdAt, 'timestamptz'), direction: 'DESC' },
      { column: idOf(payments), direction: 'DESC' },
    ]),
    toRecord,
  } as const;
}

/** Payments of orders. Index: payments_by_order, and a sort of the few rows of one order. */
export function paymentsOfOrders(tenant: string, moment: Moment | null): NestedList<Payment> {
  return {
    ...newestFirst(tenant, moment),
    name: 'commerce.orders.payments',
    fromOf: (ofOrders) => rowsOf(moment, payments, { column: payments.orderId, values: ofOrders }),
    parent: namedFor(moment, sql`${payments.orderId}`),
  };
}

/** Payments of customers, through their orders: a payment names no customer itself. */
export function paymentsOfCustomers(tenant: string, moment: Moment | null): NestedList<Payment> {
  const isOfOrder = sql`${orders.tenant} = ${payments.tenant} and ${orders.id} = ${payments.orderId}`;
  return {
    ...newestFirst(tenant, moment),
    name: 'commerce.customers.payments',
    fromOf: (customers) => {
      if (!moment) return sql`${payments} join ${orders} on ${isOfOrder}`;
      const ofOrder = namedFor(moment, sql`array[${orders.id}]`);
      return sql`${moment.rows(orders, { column: orders.customerId, values: customers })}
        join lateral (select * from ${moment.rows(payments, { column: payments.orderId, values: ofOrder })}) payments on ${namedFor(moment, isOfOrder)}`;
    },
    parent: namedFor(moment, sql`${orders.customerId}`),
  };
}

function toRecord(row: Row): Payment {
  const statusText = row['status'] as string;
  const methodText = row['method'] as string;
  return {
    entityType: 'PAYMENT',
    id: row['id'] as string,
    key: row['key'] as string,
    orderId: row['order_id'] as string,
    method: fromSpelling(PaymentMethod, methodText),
    methodText,
    status: fromSpelling(PaymentStatus, statusText),
    statusText,
    amount: moneyOf(row['amount'] as string, row['currency'] as string),
    reference: row['reference'] as string | null,
    settledAt: row['settled_at'] as string | null,
    createdAt: row['created_at'] as string,
  };
}
