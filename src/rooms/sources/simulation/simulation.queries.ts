import { type SQL, sql } from 'drizzle-orm';

/** What entries of the simulation carry as their record source. */
export const simulationSource = 'simulation';

/** The whole catalogue: some forty products. */
export const productsOf = (tenant: string): SQL => sql`/* simulation.products */
  select sku, currency::text as currency, price, stock_quantity, safety_stock, is_active from commerce.products
   where tenant = ${tenant} order by sku limit 10000`;

export const customerKeysOf = (tenant: string): SQL => sql`/* simulation.customers */
  select key from commerce.customers where tenant = ${tenant} order by key limit 10000`;

/** The greatest order number that is one; 0 without any. */
export const lastOrderNumber = (tenant: string): SQL => sql`/* simulation.last_order_number */
  select coalesce(max(number::bigint), 0) as last from commerce.orders where tenant = ${tenant} and number ~ '^[0-9]{1,15}$'`;
