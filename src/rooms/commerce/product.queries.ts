import { sql } from 'drizzle-orm';
import type { Row } from '../../database/database.ts';
import { products } from '../../database/tables/commerce.ts';
import type { FilterTree } from '../../shared/filter.ts';
import { booleanField, decimalField, integerField, type Operators, textField } from '../../shared/filter-fields.ts';
import { moneyOf } from '../../shared/money.ts';
import type { Product } from './commerce.model.ts';
import { type EntityList, sortBy } from './entity.queries.ts';

export interface ProductFilter extends FilterTree<ProductFilter> {
  readonly sku?: Operators<string> | null;
  readonly name?: Operators<string> | null;
  readonly price?: Operators<string> | null;
  readonly stockQuantity?: Operators<number> | null;
  readonly isActive?: boolean | null;
}
export type ProductOrderField = 'NAME' | 'PRICE' | 'SKU' | 'STOCK_QUANTITY';

export const productList: EntityList<Product, ProductFilter, ProductOrderField> = {
  table: products,
  toRecord,
  filters: {
    sku: textField(sql`${products.sku}`),
    name: textField(sql`${products.name}`),
    price: decimalField(sql`${products.price}`),
    stockQuantity: integerField(sql`${products.stockQuantity}`),
    isActive: booleanField(sql`${products.isActive}`),
  },
  sorts: {
    NAME: sortBy(products.name, 'text'),
    PRICE: sortBy(products.price, 'numeric'),
    SKU: sortBy(products.sku, 'text'),
    STOCK_QUANTITY: sortBy(products.stockQuantity, 'integer'),
  },
};

function toRecord(row: Row): Product {
  return {
    entityType: 'PRODUCT',
    id: row['id'] as string,
    key: row['sku'] as string,
    sku: row['sku'] as string,
    name: row['name'] as string,
    categories: row['categories'] as string[],
    price: moneyOf(row['price'] as string, row['currency'] as string),
    stockQuantity: row['stock_quantity'] as number,
    safetyStock: row['safety_stock'] as number | null,
    isActive: row['is_active'] as boolean,
    createdAt: row['created_at'] as string,
  };
}
