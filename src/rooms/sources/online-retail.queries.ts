// The steps of the plan as SQL. Money is computed by PostgreSQL in numeric; numbers of a line go in as text.
import { type SQL, sql } from 'drizzle-orm';
import { json, type Transaction, textArray } from '../../database/database.ts';
import type { Counts } from './import.model.ts';
import { withCircumstances } from './import.queries.ts';
import { currency, type InvoiceLine, isNonProduct, nonProductCategory, type RetailCount } from './online-retail.model.ts';
import type { Known, Step } from './online-retail.plan.ts';

type StepOf<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>;

/** The products and customers that the lines name, as they are; nobody else changes those products before this transaction ends. */
export async function knownTo(tx: Transaction, tenant: string, lines: readonly InvoiceLine[]): Promise<Known> {
  const skus = textArray([...new Set(lines.map(({ sku }) => sku))]);
  const keys = textArray([...new Set(lines.flatMap(({ customer }) => (customer === null ? [] : [customer])))]);
  const products = await tx.run<{ sku: string; name: string; price: string }>(sql`/* online_retail.products */
    select sku, name, price from commerce.products where tenant = ${tenant} and sku = any(${skus}::text::text[]) order by id for update`);
  const customers = await tx.run<{ key: string }>(sql`/* online_retail.customers */
    select key from commerce.customers where tenant = ${tenant} and key = any(${keys}::text::text[])`);
  return {
    products: new Map(products.map(({ sku, name, price }) => [sku, { name, price }])),
    customers: new Set(customers.map(({ key }) => key)),
  };
}

export async function runStep(tx: Transaction, tenant: string, step: Step): Promise<Counts<RetailCount>> {
  switch (step.kind) {
    case 'customer':
      return { customers: (await tx.run(customerAdded(tenant, step))).length };
    case 'products':
      return { products: (await tx.run(productsAdded(tenant, step))).length };
    case 'sale': {
      const [order] = await tx.run<{ is_new: boolean }>(orderPlaced(tenant, step));
      const items = await tx.run(itemsAdded(tenant, step));
      return {
        orders: order?.is_new ? 1 : 0,
        items: items.length,
        salesWithoutPrice: step.lines.filter(({ price }) => price === '0.0000').length,
        nonProductLines: step.lines.filter(({ sku }) => isNonProduct(sku)).length,
      };
    }
    case 'price':
      return { priceChanges: (await tx.run(priceChanged(tenant, step))).length };
    case 'name':
      return { namesLearned: (await tx.run(nameLearned(tenant, step))).length };
    case 'stock':
      return { stockAdjustments: (await tx.run(stockMoved(tenant, step))).length };
    case 'cancellation': {
      const nonProductLines = isNonProduct(step.line.sku) ? 1 : 0;
      if (step.line.customer !== null && (await tx.run(itemCancelled(tenant, step))).length > 0)
        return { cancellationsMatched: 1, nonProductLines };
      await tx.run(cancellationUnmatched(step));
      return { cancellationsUnmatched: 1, nonProductLines };
    }
  }
}

/** The file gives a number and a country (kept in the entry's details), neither name nor address. */
function customerAdded(tenant: string, { circumstances, key, at }: StepOf<'customer'>): SQL {
  return sql`/* online_retail.customer */ ${withCircumstances(circumstances)}
    insert into commerce.customers (tenant, key, name, created_at)
    select ${tenant}, ${key}, ${`Customer ${key}`}, ${at}::timestamptz from circumstances on conflict (tenant, key) do nothing returning id`;
}

function productsAdded(tenant: string, { circumstances, products, at }: StepOf<'products'>): SQL {
  return sql`/* online_retail.product */ ${withCircumstances(circumstances)}
    insert into commerce.products (tenant, sku, name, categories, price, currency, stock_quantity, created_at)
    select ${tenant}, p.sku, p.name, case when p.non_product then array[${nonProductCategory}::text] else '{}' end, p.price, ${currency}, 0, ${at}::timestamptz
      from circumstances cross join unnest(${textArray(products.map(({ sku }) => sku))}::text::text[],
        ${textArray(products.map(({ name }) => name))}::text::text[], ${textArray(products.map(({ price }) => price))}::text::numeric[],
        ${textArray(products.map(({ nonProduct }) => String(nonProduct)))}::text::boolean[]) with ordinality p (sku, name, price, non_product, nth)
     order by p.nth on conflict (tenant, sku) do nothing returning id`;
}

/** An invoice that goes on (one has lines at two times) adds to its order. Carriage is a line like any other: it is part of the subtotal. */
function orderPlaced(tenant: string, { circumstances, invoice, customer, at, lines }: StepOf<'sale'>): SQL {
  return sql`/* online_retail.order */ ${withCircumstances(circumstances)},
    amount as (select sum(l.quantity * l.price) as total
      from unnest(${quantitiesOf(lines)}::text::integer[], ${pricesOf(lines)}::text::numeric[]) l (quantity, price))
    insert into commerce.orders as o (tenant, number, customer_id, status, subtotal, total, currency, placed_at)
    select ${tenant}, ${invoice}, (select c.id from commerce.customers c where c.tenant = ${tenant} and c.key = ${customer}),
           'INVOICED', a.total, a.total, ${currency}, ${at}::timestamptz
      from circumstances cross join amount a
    on conflict (tenant, number) do update set subtotal = o.subtotal + excluded.subtotal, total = o.total + excluded.total
    returning xmax = 0 as is_new`;
}

function itemsAdded(tenant: string, { circumstances, invoice, lines }: StepOf<'sale'>): SQL {
  return sql`/* online_retail.items */ ${withCircumstances(circumstances)},
    o as (select o.id, coalesce((select max(i.line) from commerce.order_items i where i.tenant = o.tenant and i.order_id = o.id), 0) as lines
      from commerce.orders o where o.tenant = ${tenant} and o.number = ${invoice})
    insert into commerce.order_items (tenant, order_id, line, key, product_id, quantity, unit_price, line_total, currency, status)
    select ${tenant}, o.id, o.lines + l.nth, ${invoice}::text || '/' || (o.lines + l.nth), p.id, l.quantity, l.price, l.quantity * l.price, ${currency}, 'ORDERED'
      from circumstances cross join o cross join unnest(${textArray(lines.map(({ sku }) => sku))}::text::text[],
        ${quantitiesOf(lines)}::text::integer[], ${pricesOf(lines)}::text::numeric[]) with ordinality l (sku, quantity, price, nth)
      join commerce.products p on p.tenant = ${tenant} and p.sku = l.sku
     order by l.nth returning id`;
}

function priceChanged(tenant: string, { circumstances, price, skus }: StepOf<'price'>): SQL {
  return sql`/* online_retail.price */ ${withCircumstances(circumstances)}
    update commerce.products p set price = ${price}::numeric from circumstances
     where p.tenant = ${tenant} and p.sku = any(${textArray(skus)}::text::text[]) returning p.id`;
}

function nameLearned(tenant: string, { circumstances, sku, name }: StepOf<'name'>): SQL {
  return sql`/* online_retail.name */ ${withCircumstances(circumstances)}
    update commerce.products p set name = ${name} from circumstances where p.tenant = ${tenant} and p.sku = ${sku} returning p.id`;
}

/** The file says nothing of the opening stock, nor whether a sale lowers it: stock counts from 0 and only adjustments move it. */
function stockMoved(tenant: string, { circumstances, sku, by }: StepOf<'stock'>): SQL {
  return sql`/* online_retail.stock */ ${withCircumstances(circumstances)}
    update commerce.products p set stock_quantity = p.stock_quantity + ${by}::integer from circumstances
     where p.tenant = ${tenant} and p.sku = ${sku} returning p.id`;
}

/**
 * The newest item of the same customer and product with enough quantity left: items are numbered in the order of the file, and those of later
 * lines are not there yet. What is left stays in the item, and its order's total follows.
 */
function itemCancelled(tenant: string, { circumstances, line }: StepOf<'cancellation'>): SQL {
  const back = -line.quantity;
  return sql`/* online_retail.cancellation */ ${withCircumstances(circumstances)},
    found as (select i.id from commerce.order_items i join commerce.orders o on o.tenant = i.tenant and o.id = i.order_id
       where i.tenant = ${tenant} and i.quantity >= ${back}::integer
         and i.product_id = (select p.id from commerce.products p where p.tenant = ${tenant} and p.sku = ${line.sku})
         and o.customer_id = (select c.id from commerce.customers c where c.tenant = ${tenant} and c.key = ${line.customer})
       order by i.id desc limit 1),
    cancelled as (update commerce.order_items i
         set quantity = i.quantity - ${back}::integer, line_total = (i.quantity - ${back}::integer) * i.unit_price, status = 'CANCELLED'
        from circumstances cross join found where i.tenant = ${tenant} and i.id = found.id
      returning i.order_id, ${back}::integer * i.unit_price as amount)
    update commerce.orders o set subtotal = o.subtotal - c.amount, total = o.total - c.amount
      from cancelled c where o.tenant = ${tenant} and o.id = c.order_id returning o.id`;
}

/** Without a customer nobody can say whose line it takes back, so that matches nothing either. */
function cancellationUnmatched({ circumstances, line }: StepOf<'cancellation'>): SQL {
  return sql`/* online_retail.unmatched */ ${withCircumstances(circumstances)}
    select audit.log_event('CANCELLATION_UNMATCHED', ${json(circumstances.details)}::text, ${line.sku}::text)::text as id from circumstances`;
}

const quantitiesOf = (lines: readonly InvoiceLine[]): string => textArray(lines.map(({ quantity }) => quantity));
const pricesOf = (lines: readonly InvoiceLine[]): string => textArray(lines.map(({ price }) => price));
