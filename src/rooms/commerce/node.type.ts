import { Field, ID, InterfaceType } from 'type-graphql';
import type { EntityType } from './commerce.model.ts';

const typenames: Readonly<Record<EntityType, string>> = {
  RECORD: 'Record',
  CUSTOMER: 'Customer',
  ORDER: 'Order',
  ORDER_ITEM: 'OrderItem',
  PAYMENT: 'Payment',
  PRODUCT: 'Product',
  USER: 'User',
};

/** Name in the schema of an entity's type; also the type part of its global id. */
export function typenameOf(entityType: EntityType): string {
  return typenames[entityType];
}

/** Records are plain: one says what it is by `__typename` (what `node` gives) or by the kind of its entity. */
export function resolveNodeType(value: { readonly __typename?: string; readonly entityType?: EntityType }): string | undefined {
  return value.__typename ?? (value.entityType && typenameOf(value.entityType));
}

@InterfaceType('Node', { description: 'Anything with a global id.', resolveType: resolveNodeType })
export abstract class NodeType {
  @Field(() => ID, { description: 'Global id, opaque and stable; it names the entity and not one version of it.' })
  readonly id!: string;
}
