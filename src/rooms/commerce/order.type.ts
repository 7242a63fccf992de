import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../shared/connection.type.ts';
import type { Money } from '../../shared/money.ts';
import { MoneyType } from '../../shared/money.type.ts';
import { DateTime } from '../../shared/scalars.ts';
import { OrderStatus } from './commerce.model.ts';
import { NodeType } from './node.type.ts';
import { TraceableType } from './traceable.type.ts';

registerEnumType(OrderStatus, {
  name: 'OrderStatus',
  description: 'States of an order.',
  valuesConfig: {
    CANCELLED: { description: 'Cancelled.' },
    CONFIRMED: { description: 'Confirmed.' },
    DELIVERED: { description: 'Delivered.' },
    PENDING: { description: 'Pending.' },
    PROCESSING: { description: 'Processing.' },
    REFUNDED: { description: 'Refunded.' },
    SHIPPED: { description: 'Shipped.' },
    OTHER: { description: 'A status of the source that this list lacks; see statusText.' },
  },
});

@ObjectType('Order', { implements: [NodeType, TraceableType], description: 'An order placed by a customer.', simpleResolvers: true })
export class OrderType {
  @Field(() => String, { description: 'Order number.' })
  readonly number!: string;

  @Field(() => DateTime, { description: 'When it was placed.' })
  readonly placedAt!: string;

  @Field(() => OrderStatus, { description: 'Present status.' })
  readonly status!: OrderStatus;

  @Field(() => MoneyType, { description: 'Sum to pay.' })
  readonly total!: Money;

  @Field(() => String, { description: 'Status as the source spells it.' })
  readonly statusText!: string;
}

export const OrderConnectionType = connectionType('Order', () => OrderType);
