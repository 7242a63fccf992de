import { type SQL, sql } from 'drizzle-orm';
import { type Row, textArray } from '../../database/database.ts';
import { entries } from '../../database/tables/audit.ts';
import { customers, orderItems as i, orders as o, payments as p } from '../../database/tables/commerce.ts';
import { instantFromPostgres } from '../../shared/instant.ts';
import { moneyOf } from '../../shared/money.ts';
import type { TimeRange } from '../../shared/time-range.ts';
import type { AuditOperation } from '../audit/audit.model.ts';
import { e } from '../audit/entry.queries.ts';
import type { Point } from '../audit/point.model.ts';
import { atOrBefore } from '../audit/point.queries.ts';
import type { Moment, ShopTable } from '../commerce/moment.model.ts';
import { namedFor, rowsOf } from '../commerce/moment.queries.ts';
import type { JourneyFact, JourneyKind } from './journey.model.ts';
import { stageOf } from './journey-stage.ts';

/** Key of each tracked table; null for one that is not tracked, and then nothing is known of its rows. */
export type TableKeys = Readonly<Record<JourneyKind, number | null>>;

/** Events of one customer at most: the newest. */
export const maxEvents = 50_000;
/** Whose rows, and as of when: null is now. */
export interface JourneyScope {
  readonly tenant: string;
  readonly moment: Moment | null;
  readonly asOf: Point | null;
}

/** How far, in entries, a row that is gone may stand from the one that tells whose it was. */
const nearby = 100;

/** Rows of customers: kind, table, key and order of each. */
interface RowName {
  readonly kind: JourneyKind;
  readonly recordKey: string;
  readonly orderId: string | null;
}

// Every entry that says something of its row; reads, erasures and security events are not of the customer's story.
const isTold = sql`${e.operation} in ('INSERT', 'UPDATE', 'DELETE', 'EVENT')`;
const before = sql`(${e.before} ->> 'status')`;
const after = sql`(${e.after} ->> 'status')`;

/** What `toFact` reads besides `kind` and `order_id`. */
const factColumns = (ordersKey: number | null): SQL => sql`${e.id}, ${e.xid}::text as transaction_id, ${e.occurredAt}, ${e.recordKey},
  ${e.operation}, ${e.operationName}, ${e.reasonCode}, case when ${after} is distinct from ${before} then ${after} end as status,
  case when ${e.tableKey} = ${ordersKey}::int and ${e.operation} = 'INSERT' then ${e.after} ->> 'total' end as total, ${e.after} ->> 'currency' as currency`;

/**
 * The newest `maxEvents` entries of the rows that belong to customers now, and the names of other rows beside them (without `id`): see `rowsNearby`.
 * Items, payments and entries are asked row by row ("offset 0"), or the planner may read a whole table for a join.
 * Indexes: orders_by_customer, the unique one of order_items, payments_by_order, entry_record, entry_transaction.
 */
export function factsOfCustomers(scope: JourneyScope, tables: TableKeys, customerIds: readonly string[]): SQL {
  const { tenant, moment } = scope;
  const [ofCustomer, itemsOfOrder, paymentsOfOrder] = rowsOfCustomer(moment);
  const rows = namedFor(
    moment,
    sql`
    select 'CUSTOMER' as kind, ${tables.CUSTOMER}::int as table_key, c.id::text as record_key, null::bigint as order_id
    union all
    select 'ORDER', ${tables.ORDER}::int, ${o.id}::text, ${o.id} from ${ofCustomer} where ${o.tenant} = ${tenant} and ${o.customerId} = c.id
    union all
    select 'ORDER_ITEM', ${tables.ORDER_ITEM}::int, of_order.id::text, of_order.order_id from ${ofCustomer} cross join lateral (
        select ${i.id}, ${i.orderId} from ${itemsOfOrder} where ${i.tenant} = ${tenant} and ${i.orderId} = ${o.id} offset 0) of_order
     where ${o.tenant} = ${tenant} and ${o.customerId} = c.id
    union all
    select 'PAYMENT', ${tables.PAYMENT}::int, of_order.id::text, of_order.order_id from ${ofCustomer} cross join lateral (
        select ${p.id}, ${p.orderId} from ${paymentsOfOrder} where ${p.tenant} = ${tenant} and ${p.orderId} = ${o.id} offset 0) of_order
     where ${o.tenant} = ${tenant} and ${o.customerId} = c.id`,
  );
  const anchors = sql`select place, id, transaction_id::xid8 as xid, order_id::text as order_id, record_key from fact
    where kind in ('CUSTOMER', 'ORDER') and operation <> 'EVENT'`;
  return sql`/* lineage.journey.entries */
    with fact as materialized (
      select c.place::int as place, fact.* from unnest(${textArray(customerIds)}::text::bigint[]) with ordinality as c(id, place)
       cross join lateral (select r.kind, r.order_id, own.* from (${rows}) r cross join lateral (${entriesOfRow(scope, tables)}) own
         order by own.occurred_at desc, own.id desc limit ${maxEvents}) fact)
    select place, kind, order_id, record_key, id, transaction_id, occurred_at, operation, operation_name, reason_code, status, total, currency from fact
    union all
    select place, kind, order_id::bigint, record_key, null, null, null, null, null, null, null, null, null from (${besides(tenant, tables, anchors)}) other
     where not exists (select from fact where fact.kind = other.kind and fact.record_key = other.record_key)`;
}

/** Orders of the customer `c`, and items and payments of each of them, to stand in a FROM clause. */
function rowsOfCustomer(moment: Moment | null): [orders: SQL, items: SQL, payments: SQL] {
  const ofOrder = namedFor(moment, sql`array[${o.id}]`);
  return [
    rowsOf(moment, o, { column: o.customerId, values: sql`array[c.id]` }),
    rowsOf(moment, i, { column: i.orderId, values: ofOrder }),
    rowsOf(moment, p, { column: p.orderId, values: ofOrder }),
  ];
}

/** The same for rows that are named, as far as they are gone. */
export function factsOfRows(scope: JourneyScope, tables: TableKeys, rows: readonly (RowName & { readonly place: number })[]): SQL {
  const { tenant, moment } = scope;
  const there = (table: ShopTable) => {
    const found = rowsOf(moment, table, { ids: sql`array[r.record_key::bigint]` });
    return namedFor(moment, sql`(select count(*) from ${found} where ${table.tenant} = ${tenant} and ${table.id} = r.record_key::bigint)`);
  };
  return sql`/* lineage.journey.goneEntries */
    select r.place, r.kind, r.order_id, own.*
      from unnest(${textArray(rows.map(({ place }) => place))}::text::int[], ${textArray(rows.map(({ kind }) => kind))}::text::text[],
        ${textArray(rows.map(({ kind }) => tables[kind]))}::text::int[], ${textArray(rows.map(({ recordKey }) => recordKey))}::text::text[],
        ${textArray(rows.map(({ orderId }) => orderId))}::text::bigint[]) as r(place, kind, table_key, record_key, order_id)
     cross join lateral (${entriesOfRow(scope, tables)}) own
     where case r.kind
       when 'ORDER' then ${there(o)}
       when 'ORDER_ITEM' then ${there(i)}
       else ${there(p)} end = 0
     order by own.occurred_at desc, own.id desc limit ${maxEvents}`;
}

function entriesOfRow({ tenant, asOf }: JourneyScope, tables: TableKeys): SQL {
  return sql`select ${factColumns(tables.ORDER)} from ${entries} e
    where ${e.tenant} = ${tenant} and ${e.tableKey} = r.table_key and ${e.recordKey} = r.record_key and ${isTold}${asOf ? sql` and ${atOrBefore(tenant, asOf)}` : sql``} offset 0`;
}

/** An entry of a customer or of an order, beside which rows that are gone are looked for. */
export interface Anchor {
  readonly place: number;
  readonly fact: JourneyFact;
}

/**
 * Rows that belonged to customers and their orders, those that are still there among them: orders of a customer, items and payments of an order.
 * No index leads from a customer to a deleted order, so they are looked for where an application leaves them: in the transactions of the entries
 * that are known, at most `nearby` entries away. An order that was made and deleted in transactions of its own, without the customer's row, is not found.
 */
export function rowsNearby({ tenant }: JourneyScope, tables: TableKeys, anchors: readonly Anchor[]): SQL {
  const list = (values: readonly (string | number | null)[]) => textArray(values);
  const rows = sql`select * from unnest(${list(anchors.map(({ place }) => place))}::text::int[], ${list(anchors.map(({ fact }) => fact.id))}::text::bigint[],
        ${list(anchors.map(({ fact }) => fact.transactionId))}::text::xid8[], ${list(anchors.map(({ fact }) => fact.orderId))}::text::text[],
        ${list(anchors.map(({ fact }) => fact.recordKey))}::text::text[]) as anchor(place, id, xid, order_id, record_key)`;
  return sql`/* lineage.journey.rowsNearby */ ${besides(tenant, tables, rows)}`;
}

/**
 * Rows named (place, kind, record_key, order_id) beside entries (place, id, xid, order_id, record_key). Index: entry_transaction; the ends are
 * columns, because a sum is no bound of an index under row level security. A restore gives transaction ids anew, so only entries behind the
 * newest one can share a transaction.
 */
function besides(tenant: string, tables: TableKeys, anchors: SQL): SQL {
  const image = sql`(case when ${e.operation} = 'DELETE' then ${e.before} else ${e.after} end)`;
  return sql`
    select distinct a.place, gone.kind, gone.record_key, case gone.kind when 'ORDER' then gone.record_key else a.order_id end as order_id
      from (select place, xid, order_id, record_key, id - ${nearby}::int as oldest, id + ${nearby}::int as newest from (${anchors}) anchor offset 0) a cross join lateral (
        select case ${e.tableKey} when ${tables.ORDER}::int then 'ORDER' when ${tables.ORDER_ITEM}::int then 'ORDER_ITEM' else 'PAYMENT' end as kind, ${e.recordKey}
          from ${entries} e
         where ${e.tenant} = ${tenant} and ${e.xid} = a.xid and ${e.id} >= a.oldest and ${e.id} <= a.newest
           and ${e.id} > (select max(last_entry_id_before) from audit.epoch) and ${e.operation} in ('INSERT', 'DELETE')
           and case when a.order_id is null then ${e.tableKey} = ${tables.ORDER}::int and ${image} ->> 'customer_id' = a.record_key
             else ${e.tableKey} in (${tables.ORDER_ITEM}::int, ${tables.PAYMENT}::int) and ${image} ->> 'order_id' = a.order_id end
        offset 0) gone`;
}

/**
 * Entries by id that belong to a customer's rows, with the customer; of a row that is gone the one that its last image names.
 * Indexes: the primary keys, entry_record.
 */
export function factsById({ tenant }: JourneyScope, tables: TableKeys, ids: readonly string[]): SQL {
  const g = sql.raw('g');
  const lastImage = (
    kind: JourneyKind,
    key: SQL,
    column: string,
  ) => sql`(select case when ${g}.operation = 'DELETE' then ${g}.before else ${g}.after end ->> ${column}::text
    from ${entries} g where ${g}.tenant = ${tenant} and ${g}.table_key = ${tables[kind]}::int and ${g}.record_key = ${key} and ${g}.operation in ('INSERT', 'DELETE')
    order by ${g}.id desc limit 1)`;
  const key = sql`fact.record_key`;
  return sql`/* lineage.journey.byId */
    select fact.*, owner.customer_id
      from (select ${factColumns(tables.ORDER)}, case ${e.tableKey} when ${tables.CUSTOMER}::int then 'CUSTOMER' when ${tables.ORDER}::int then 'ORDER'
            when ${tables.ORDER_ITEM}::int then 'ORDER_ITEM' else 'PAYMENT' end as kind
          from ${entries} e where ${e.tenant} = ${tenant} and ${e.id} = any(${textArray(ids)}::text::bigint[]) and ${isTold} and ${e.recordKey} is not null
           and ${e.tableKey} in (${tables.CUSTOMER}::int, ${tables.ORDER}::int, ${tables.ORDER_ITEM}::int, ${tables.PAYMENT}::int) offset 0) fact
     cross join lateral (select case fact.kind when 'ORDER' then ${key}
        when 'ORDER_ITEM' then coalesce((select ${i.orderId}::text from ${i} where ${i.tenant} = ${tenant} and ${i.id} = ${key}::bigint), ${lastImage('ORDER_ITEM', key, 'order_id')})
        when 'PAYMENT' then coalesce((select ${p.orderId}::text from ${p} where ${p.tenant} = ${tenant} and ${p.id} = ${key}::bigint), ${lastImage('PAYMENT', key, 'order_id')})
        end as order_id offset 0) of_order
     cross join lateral (select case when fact.kind = 'CUSTOMER' then ${key}
        when exists (select 1 from ${o} where ${o.tenant} = ${tenant} and ${o.id} = of_order.order_id::bigint)
          then (select ${o.customerId}::text from ${o} where ${o.tenant} = ${tenant} and ${o.id} = of_order.order_id::bigint)
        else ${lastImage('ORDER', sql`of_order.order_id`, 'customer_id')} end as customer_id offset 0) owner
      join ${customers} on ${customers.tenant} = ${tenant} and ${customers.id} = owner.customer_id::bigint`;
}

/**
 * Per customer: the number of orders placed within the range (`currency` null), and the sum of settled payments of each currency.
 * Indexes: orders_by_customer, payments_by_order.
 */
export function figuresOf({ tenant, moment }: JourneyScope, customerIds: readonly string[], range: TimeRange | null): SQL {
  const within = (column: SQL) =>
    sql`${range === null ? sql`` : sql` and ${column} >= ${range.from}::text::timestamptz`}${typeof range?.to === 'string' ? sql` and ${column} < ${range.to}::text::timestamptz` : sql``}`;
  const [ofCustomer, , paymentsOfOrder] = rowsOfCustomer(moment);
  const figures = sql`
        select null::text as currency, count(*)::text as value from ${ofCustomer} where ${o.tenant} = ${tenant} and ${o.customerId} = c.id${within(sql`${o.placedAt}`)}
        union all
        select paid.currency::text, sum(paid.amount)::text from ${ofCustomer} cross join lateral (
            select ${p.currency}, ${p.amount} from ${paymentsOfOrder}
             where ${p.tenant} = ${tenant} and ${p.orderId} = ${o.id} and upper(${p.status}) = 'SETTLED'${within(sql`${p.settledAt}`)} offset 0) paid
         where ${o.tenant} = ${tenant} and ${o.customerId} = c.id group by paid.currency`;
  return sql`/* lineage.journey.figures */
    select c.place::int as place, figure.currency, figure.value
      from unnest(${textArray(customerIds)}::text::bigint[]) with ordinality as c(id, place) cross join lateral (${namedFor(moment, figures)}) figure
     order by c.place, figure.currency collate "C"`;
}

export function toFact(row: Row): JourneyFact {
  const { total, currency } = row;
  const told = {
    kind: row['kind'] as JourneyKind,
    operation: row['operation'] as AuditOperation,
    operationName: row['operation_name'] as string | null,
    reasonCode: row['reason_code'] as string | null,
    status: row['status'] as string | null,
  };
  return {
    id: row['id'] as string,
    transactionId: row['transaction_id'] as string,
    occurredAt: instantFromPostgres(row['occurred_at'] as string) ?? (row['occurred_at'] as string),
    kind: told.kind,
    recordKey: row['record_key'] as string,
    orderId: row['order_id'] as string | null,
    operation: told.operation,
    operationName: told.operationName,
    reasonCode: told.reasonCode,
    status: told.status,
    stage: stageOf(told),
    total: typeof total === 'string' && typeof currency === 'string' ? moneyOf(total, currency) : null,
  };
}
