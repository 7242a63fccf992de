import { type SQL, sql } from 'drizzle-orm';
import { type Row, textArray } from '../../database/database.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import type { SoldAround } from './impact.ts';

const mostDays = 14;
const day = sql`interval '24 hours'`;
const items = sql`commerce.order_items i join commerce.orders o on o.tenant = i.tenant and o.id = i.order_id`;
const isSold = sql`upper(i.status) not in ('CANCELLED', 'REFUNDED')`;

/** Price changes as rows `w(record_key, id, at, place)`. */
function changeRows(changes: readonly AuditEntry[]): SQL {
  return sql`unnest(${textArray(changes.map(({ recordKey }) => recordKey))}::text::text[], ${textArray(changes.map(({ id }) => id))}::text::bigint[],
    ${textArray(changes.map(({ occurredAt }) => occurredAt))}::text::timestamptz[]) with ordinality as w(record_key, id, at, place)`;
}

/**
 * Units sold around changes of prices: (place, days, before_units, after_units). The periods are whole days, at most 14, and hold no other
 * change of the price; they end where the tenant's orders begin and end. Indexes: entry_record, orders_by_time, order_items_by_product.
 */
export function soldAround(tenant: string, productTable: number, changes: readonly AuditEntry[]): SQL {
  const neighbour = (side: SQL, direction: SQL) => sql`(
        select e.occurred_at from audit.shown_entry e
         where e.tenant = ${tenant} and e.table_key = ${productTable}::int and e.record_key = w.record_key and e.id ${side} w.id
           and (e.operation in ('INSERT', 'DELETE') or (e.operation = 'UPDATE' and e.after ? 'price'
             and (e.after -> 'price' is distinct from e.before -> 'price' or e.after -> 'currency' is distinct from e.before -> 'currency')))
         order by e.id ${direction} limit 1)`;
  const endOfOrders = (direction: SQL) =>
    sql`(select o.placed_at from commerce.orders o where o.tenant = ${tenant} order by o.placed_at ${direction}, o.id ${direction} limit 1)`;
  return sql`/* provenance.impact */
    with extent as materialized (select ${endOfOrders(sql`asc`)} as first_order, ${endOfOrders(sql`desc`)} as last_order),
    period as materialized (
      select w.place, w.record_key, w.at, case when first_order is null then 0 else floor(extract(epoch from least(${mostDays}::int * ${day},
          w.at - greatest(first_order, ${neighbour(sql`<`, sql`desc`)}), least(last_order, now(), ${neighbour(sql`>`, sql`asc`)}) - w.at)) / 86400)::int end as days
        from extent, ${changeRows(changes)})
    select p.place::int, p.days, coalesce(sum(s.quantity) filter (where s.placed_at < p.at), 0)::text as before_units,
           coalesce(sum(s.quantity) filter (where s.placed_at >= p.at), 0)::text as after_units
      from period p
      left join lateral (
        select i.quantity, o.placed_at from ${items}
         where i.tenant = ${tenant} and o.tenant = ${tenant} and i.product_id = p.record_key::bigint and p.days >= 1 and ${isSold}
           and o.placed_at >= p.at - p.days * ${day} and o.placed_at < p.at + p.days * ${day}) s on true
     group by p.place, p.days`;
}

/** A change of a price, and the length of the periods around it. */
export interface MeasuredChange {
  readonly change: AuditEntry;
  readonly days: number;
}

/**
 * (place, id): entries that created the newest `limit` items counted in each of the two periods around changes, newest first.
 * Indexes: order_items_by_product, entry_record.
 */
export function itemsSoldAround(tenant: string, itemTable: number, measured: readonly MeasuredChange[], limit: number): SQL {
  const days = textArray(measured.map((one) => one.days));
  return sql`/* provenance.impact.items */
    select sold.place::int, created.id::text as id from (
        select w.place, i.id, o.placed_at, row_number() over (partition by w.place, o.placed_at < w.at order by o.placed_at desc, i.id desc) as age
          from ${changeRows(measured.map(({ change }) => change))}
          join unnest(${days}::text::int[]) with ordinality as p(days, place) on p.place = w.place
          join ${items} on i.tenant = ${tenant} and o.tenant = ${tenant} and i.product_id = w.record_key::bigint and ${isSold}
           and o.placed_at >= w.at - p.days * ${day} and o.placed_at < w.at + p.days * ${day}) sold
     cross join lateral (
        select e.id from audit.shown_entry e
         where e.tenant = ${tenant} and e.table_key = ${itemTable}::int and e.record_key = sold.id::text and e.operation = 'INSERT' order by e.id desc limit 1) created
     where sold.age <= ${limit}::int order by sold.place, sold.placed_at desc, sold.id desc`;
}

/** In the order of the changes. */
export function toSoldAround(changes: readonly AuditEntry[], rows: readonly Row[]): SoldAround[] {
  const found = new Map(rows.map((row) => [row['place'], row]));
  return changes.map((_, place) => {
    const row = found.get(place + 1);
    return {
      days: Number(row?.['days'] ?? 0),
      unitsBefore: (row?.['before_units'] as string | undefined) ?? '0',
      unitsAfter: (row?.['after_units'] as string | undefined) ?? '0',
    };
  });
}
