import { type SQL, sql } from 'drizzle-orm';
import { type Transaction, textArray } from '../../database/database.ts';
import type { Circumstances, Counts } from './import.model.ts';
import { withCircumstances } from './import.queries.ts';
import { type CoCount, type CoCustomer, type CoProduct, coCurrency, coKey, fileOf } from './oracle-co.model.ts';
import { addressOf, type WholeOrder } from './oracle-co.plan.ts';

/** The files give no time for customers, products and stock: their entries carry the time of the import. */
function untimed(file: string, details: Circumstances['details']): Circumstances {
  return { occurredAt: null, reason: `Import of ${file}`, reasonCode: 'IMPORT', reference: file, details };
}

export async function addCustomers(tx: Transaction, tenant: string, customers: readonly CoCustomer[]): Promise<number> {
  const circumstances = untimed(fileOf.customers, { lines: [customers[0]?.line, customers.at(-1)?.line] });
  const added = await tx.run(sql`/* oracle_co.customers */ ${withCircumstances(circumstances)}
    insert into commerce.customers (tenant, key, email, name)
    select ${tenant}, c.key, nullif(c.email, ''), c.name
      from circumstances cross join unnest(${textArray(customers.map(({ id }) => coKey(id)))}::text::text[],
        ${textArray(customers.map(({ email }) => email))}::text::text[], ${textArray(customers.map(({ name }) => name))}::text::text[])
        with ordinality c (key, email, name, nth)
     order by c.nth on conflict (tenant, key) do nothing returning id`);
  return added.length;
}

/** The stock is the sum over the stores. The files name no category. */
export async function addProduct(
  tx: Transaction,
  tenant: string,
  { id, line, name, price, details }: CoProduct,
  stock: number,
): Promise<number> {
  const added = await tx.run(sql`/* oracle_co.product */ ${withCircumstances(untimed(fileOf.products, { line, product_details: details }))}
    insert into commerce.products (tenant, sku, name, price, currency, stock_quantity)
    select ${tenant}, ${coKey(id)}, ${name}, ${price}::numeric, ${coCurrency}, ${stock}::integer from circumstances
    on conflict (tenant, sku) do nothing returning id`);
  return added.length;
}

/**
 * One order with its items, at its own time and in the status that the file gives: how it came there is not told, so no step is made up.
 * Of its items the file gives no status: they are ORDERED, whatever became of the order.
 */
export async function addOrder(tx: Transaction, tenant: string, whole: WholeOrder): Promise<Counts<CoCount>> {
  const circumstances = ofOrder(whole);
  const orders = await tx.run(orderAdded(tenant, whole, circumstances));
  if (orders.length === 0) return { ordersAlreadyThere: 1 };
  const items = whole.items.length === 0 ? [] : await tx.run(itemsAdded(tenant, whole, circumstances));
  return { orders: orders.length, items: items.length };
}

function orderAdded(tenant: string, whole: WholeOrder, circumstances: Circumstances): SQL {
  const { id, customer, status, at } = whole.order;
  return sql`/* oracle_co.order */ ${withCircumstances(circumstances)},
    amount as (select coalesce(sum(l.quantity * l.price), 0) as total
      from unnest(${quantitiesOf(whole)}::text::integer[], ${pricesOf(whole)}::text::numeric[]) l (quantity, price))
    insert into commerce.orders (tenant, number, customer_id, status, subtotal, total, currency, shipping_address, placed_at)
    select ${tenant}, ${coKey(id)}, c.id, ${status}, a.total, a.total, ${coCurrency}, ${addressOf(whole)}, ${at}::timestamptz
      from circumstances cross join amount a join commerce.customers c on c.tenant = ${tenant} and c.key = ${coKey(customer)}
    on conflict (tenant, number) do nothing returning id`;
}

function itemsAdded(tenant: string, whole: WholeOrder, circumstances: Circumstances): SQL {
  const number = coKey(whole.order.id);
  const { items } = whole;
  return sql`/* oracle_co.items */ ${withCircumstances(circumstances)}
    insert into commerce.order_items (tenant, order_id, line, key, product_id, quantity, unit_price, line_total, currency, status)
    select ${tenant}, o.id, l.place, ${number}::text || '/' || l.place, p.id, l.quantity, l.price, l.quantity * l.price, ${coCurrency}, 'ORDERED'
      from circumstances cross join unnest(${textArray(items.map(({ place }) => place))}::text::integer[],
        ${textArray(items.map(({ product }) => coKey(product)))}::text::text[], ${quantitiesOf(whole)}::text::integer[],
        ${pricesOf(whole)}::text::numeric[]) l (place, sku, quantity, price)
      join commerce.orders o on o.tenant = ${tenant} and o.number = ${number}
      join commerce.products p on p.tenant = ${tenant} and p.sku = l.sku
     order by l.place returning id`;
}

/** Store, shipments and their states have no place in the shop's tables: the entry's details keep them, but no address: details are not masked. */
function ofOrder({ order, storeName, items, shipments }: WholeOrder): Circumstances {
  return {
    occurredAt: order.at,
    reason: `Import of ${fileOf.orders}`,
    reasonCode: 'IMPORT',
    reference: fileOf.orders,
    details: {
      line: order.line,
      store: { id: order.store, name: storeName },
      ...(shipments.length > 0 && { shipments: shipments.map(({ id, status }) => ({ id, status })) }),
      items: items.map(({ line, place, shipment }) => ({ line, place, shipment })),
    },
  };
}

const quantitiesOf = ({ items }: WholeOrder): string => textArray(items.map(({ quantity }) => quantity));
const pricesOf = ({ items }: WholeOrder): string => textArray(items.map(({ price }) => price));
