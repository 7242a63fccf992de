import { Field, ID, InterfaceType, registerEnumType } from 'type-graphql';
import { EntityType } from './commerce.model.ts';
import { NodeType, resolveNodeType } from './node.type.ts';

registerEnumType(EntityType, {
  name: 'EntityType',
  description: 'Kinds of entity.',
  valuesConfig: {
    RECORD: { description: 'A row of any other tracked table.' },
    CUSTOMER: { description: 'Customer.' },
    ORDER: { description: 'Order.' },
    ORDER_ITEM: { description: 'Order item.' },
    PAYMENT: { description: 'Payment.' },
    PRODUCT: { description: 'Product.' },
    USER: { description: 'User.' },
  },
});

/**
 * What every entity answers. Rooms that know more of an entity add fields here (`@Resolver(() => TraceableType)`);
 * all types that implement the interface have them, with the same resolver.
 */
@InterfaceType('Traceable', {
  implements: NodeType,
  description: 'A business entity whose every version is kept, so that it can be asked who, what, when, why, how and where.',
  resolveType: resolveNodeType,
})
export abstract class TraceableType {
  @Field(() => EntityType, { description: 'Kind of entity.' })
  readonly entityType!: EntityType;

  @Field(() => ID, { description: 'Global id.' })
  readonly id!: string;

  @Field(() => String, { description: 'Business key, e.g. the SKU or the order number.' })
  readonly key!: string;
}
