import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Money } from '../../shared/money.ts';
import { MoneyType } from '../../shared/money.type.ts';
import { OrderItemStatus } from './commerce.model.ts';
import { NodeType } from './node.type.ts';
import { TraceableType } from './traceable.type.ts';

registerEnumType(OrderItemStatus, {
  name: 'OrderItemStatus',
  description: 'States of an order item.',
  valuesConfig: {
    ORDERED: { description: 'Ordered.' },
    CANCELLED: { description: 'Taken back or cancelled, whole or in part; see quantity.' },
    REFUNDED: { description: 'Money given back.' },
    OTHER: { description: 'A state of the source that this list lacks; see statusText.' },
  },
});

@ObjectType('OrderItem', { implements: [NodeType, TraceableType], description: 'One line of an order.', simpleResolvers: true })
export class OrderItemType {
  @Field(() => MoneyType, { description: 'Sum of the line.' })
  readonly lineTotal!: Money;

  @Field(() => Int, { description: 'Units ordered.' })
  readonly quantity!: number;

  @Field(() => MoneyType, { description: 'Price of one unit when ordered.' })
  readonly unitPrice!: Money;

  @Field(() => OrderItemStatus, { description: 'Status.' })
  readonly status!: OrderItemStatus;

  @Field(() => String, { description: 'Status as the source spells it.' })
  readonly statusText!: string;
}
