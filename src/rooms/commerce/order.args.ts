import { ArgsType, Directive, Field, ID, InputType } from 'type-graphql';
import { type AsOf, AsOfInput } from '../../shared/as-of.input.ts';
import {
  DateTimeFilterInput,
  DecimalFilterInput,
  type EnumFilter,
  enumFilterInput,
  type OrderTerm,
  orderInput,
  StringFilterInput,
} from '../../shared/filter.input.ts';
import { PageArgs } from '../../shared/page.args.ts';
import { OrderStatus } from './commerce.model.ts';
import type { OrderFilter, OrderOrderField } from './order.queries.ts';

const OrderStatusFilterInput = enumFilterInput('OrderStatus', OrderStatus);

@InputType('OrderFilterInput', { description: 'Which Order items; fields are ANDed.' })
export class OrderFilterInput implements OrderFilter {
  @Field(() => StringFilterInput, { nullable: true, description: 'Number.' })
  readonly number?: StringFilterInput | null;

  @Field(() => OrderStatusFilterInput, { nullable: true, description: 'Status.' })
  readonly status?: EnumFilter<OrderStatus> | null;

  @Field(() => DateTimeFilterInput, { nullable: true, description: 'When placed.' })
  readonly placedAt?: DateTimeFilterInput | null;

  @Field(() => DecimalFilterInput, { nullable: true, description: 'Sum.' })
  readonly total?: DecimalFilterInput | null;

  @Field(() => ID, { nullable: true, description: 'Customer.' })
  readonly customerId?: string | null;

  @Field(() => [OrderFilterInput], { nullable: true, description: 'All of these.' })
  readonly and?: OrderFilterInput[] | null;

  @Field(() => [OrderFilterInput], { nullable: true, description: 'Any of these.' })
  readonly or?: OrderFilterInput[] | null;

  @Field(() => OrderFilterInput, { nullable: true, description: 'Not this.' })
  readonly not?: OrderFilterInput | null;
}

const OrderOrderInput = orderInput('Order', {
  NUMBER: 'By number.',
  PLACED_AT: 'By placed at.',
  STATUS: 'By status.',
  TOTAL: 'By total.',
});

@Directive('@oneOf')
@InputType('OrderIdentifierInput', { description: 'Names one Order: give exactly one field.' })
export class OrderIdentifierInput {
  @Field(() => ID, { nullable: true, description: 'Global id.' })
  readonly id?: string | null;

  @Field(() => String, { nullable: true, description: 'Number.' })
  readonly number?: string | null;

  @Field(() => String, { nullable: true, description: 'Business key, or the key of the source system.' })
  readonly key?: string | null;
}

@ArgsType()
export class OrdersArgs extends PageArgs {
  @Field(() => AsOfInput, { nullable: true, description: 'Read at another time.' })
  readonly asOf?: AsOf | null;

  @Field(() => OrderFilterInput, { nullable: true, description: 'Which ones.' })
  readonly filter?: OrderFilterInput | null;

  @Field(() => [OrderOrderInput], { nullable: true, description: 'Order; ties are broken by id.' })
  readonly orderBy?: OrderTerm<OrderOrderField>[] | null;
}

@ArgsType()
export class CustomerOrdersArgs extends PageArgs {
  @Field(() => OrderFilterInput, { nullable: true, description: 'Which orders.' })
  readonly filter?: OrderFilterInput | null;
}
