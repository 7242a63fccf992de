import { getTableColumns } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/pg-core';
import type { Image } from '../audit/audit.model.ts';
import { type BusinessEntityType, isBusinessEntity } from '../audit/entity-fields.ts';
import type { Entity, EntityType } from '../commerce/commerce.model.ts';
import { customerList } from '../commerce/customer.queries.ts';
import { type EntityTable, requireWhole } from '../commerce/entity.queries.ts';
import { orderList } from '../commerce/order.queries.ts';
import { orderItemTable } from '../commerce/order-item.queries.ts';
import { paymentList } from '../commerce/payment.queries.ts';
import { productList } from '../commerce/product.queries.ts';
import { userList } from '../commerce/user.queries.ts';

const tables: Readonly<Record<BusinessEntityType, EntityTable<Entity>>> = {
  CUSTOMER: customerList,
  ORDER: orderList,
  ORDER_ITEM: orderItemTable,
  PAYMENT: paymentList,
  PRODUCT: productList,
  USER: userList,
};

/** Name of the table that holds the entities of a kind. */
export function tableOfEntity(entityType: EntityType): string {
  if (!isBusinessEntity(entityType)) throw new TypeError('a record names its table itself');
  const { schema, name } = getTableConfig(tables[entityType].table);
  return `${schema}.${name}`;
}

/**
 * The entity that a row of the trail was; null for a kind that has no type of its own. The trail stores values as the database prints them, so
 * the entity is read as commerce reads it.
 * @throws DomainError `HISTORY_UNAVAILABLE` when the image lacks a column that every entity of the kind has.
 */
export function entityFromImage(entityType: EntityType, image: Image): Entity | null {
  if (!isBusinessEntity(entityType)) return null;
  const { table, toRecord } = tables[entityType];
  const names = Object.values(getTableColumns(table)).map(({ name }) => name);
  return toRecord(requireWhole(table, Object.fromEntries(names.map((name) => [name, image[name] ?? null]))));
}
