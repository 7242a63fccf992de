// Tables in pairs: equal but for the tracking.
import type { Sql } from 'postgres';

export const rowsPerTable = 100_000;

/** Ten columns, a key of two, a unique business key, an index on the price: an update of stock touches no index, the cheapest there is. */
const bareTable = (name: string) => `create table bench.${name} (
  tenant text not null, id bigint not null, sku text not null, name text not null, price numeric(19, 4) not null, currency char(3) not null,
  stock_quantity integer not null, is_active boolean not null, changed_at timestamptz not null, note text,
  primary key (tenant, id), unique (tenant, sku));
create index on bench.${name} (tenant, price, id);
insert into bench.${name} select 'demo', i, 'SKU' || i, 'Product number ' || i, i, 'EUR', 5, true, now(), 'a note of some length about ' || i
  from generate_series(1, ${rowsPerTable}) i`;

/** The products of the shop as they are, with their five indexes, one of them on the stock. */
const shopTable = (name: string) => `create table bench.${name} (like commerce.products including all);
insert into bench.${name} (tenant, id, sku, name, categories, price, currency, stock_quantity)
  select 'demo', i, 'SKU' || i, 'Product number ' || i, '{tools,garden}', i, 'EUR', i % 500 from generate_series(1, ${rowsPerTable}) i`;

export async function makeTables(sql: Sql): Promise<void> {
  await sql.unsafe(`create schema bench; ${['bare_plain', 'bare_tracked'].map(bareTable).join(';')};
    ${['shop_plain', 'shop_tracked'].map(shopTable).join(';')}; analyze`);
  await sql.unsafe(`select audit.track('bench.bare_tracked');
    select audit.track('bench.shop_tracked', entity_type => 'PRODUCT', entity_key_column => 'sku', reason_required_columns => array['price'],
      column_groups => '[["price", "currency"]]')`);
}

/** Scattered over the table, never the same twice in a row. */
export const idOf = (i: number): number => ((i * 7919) % rowsPerTable) + 1;
