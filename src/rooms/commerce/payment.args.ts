import { ArgsType, Directive, Field, ID, InputType } from 'type-graphql';
import { type AsOf, AsOfInput } from '../../shared/as-of.input.ts';
import {
  DateTimeFilterInput,
  DecimalFilterInput,
  type EnumFilter,
  enumFilterInput,
  type OrderTerm,
  orderInput,
} from '../../shared/filter.input.ts';
import { PageArgs } from '../../shared/page.args.ts';
import { PaymentStatus } from './commerce.model.ts';
import type { PaymentFilter, PaymentOrderField } from './payment.queries.ts';

const PaymentStatusFilterInput = enumFilterInput('PaymentStatus', PaymentStatus);

@InputType('PaymentFilterInput', { description: 'Which Payment items; fields are ANDed.' })
export class PaymentFilterInput implements PaymentFilter {
  @Field(() => PaymentStatusFilterInput, { nullable: true, description: 'Status.' })
  readonly status?: EnumFilter<PaymentStatus> | null;

  @Field(() => DecimalFilterInput, { nullable: true, description: 'Sum.' })
  readonly amount?: DecimalFilterInput | null;

  @Field(() => DateTimeFilterInput, { nullable: true, description: 'When settled.' })
  readonly settledAt?: DateTimeFilterInput | null;

  @Field(() => [PaymentFilterInput], { nullable: true, description: 'All of these.' })
  readonly and?: PaymentFilterInput[] | null;

  @Field(() => [PaymentFilterInput], { nullable: true, description: 'Any of these.' })
  readonly or?: PaymentFilterInput[] | null;

  @Field(() => PaymentFilterInput, { nullable: true, description: 'Not this.' })
  readonly not?: PaymentFilterInput | null;
}

const PaymentOrderInput = orderInput('Payment', {
  AMOUNT: 'By amount.',
  SETTLED_AT: 'By settled at.',
  STATUS: 'By status.',
});

@Directive('@oneOf')
@InputType('PaymentIdentifierInput', { description: 'Names one Payment: give exactly one field.' })
export class PaymentIdentifierInput {
  @Field(() => ID, { nullable: true, description: 'Global id.' })
  readonly id?: string | null;

  @Field(() => String, { nullable: true, description: 'Reference of the provider.' })
  readonly reference?: string | null;

  @Field(() => String, { nullable: true, description: 'Business key, or the key of the source system.' })
  readonly key?: string | null;
}

@ArgsType()
export class PaymentsArgs extends PageArgs {
  @Field(() => AsOfInput, { nullable: true, description: 'Read at another time.' })
  readonly asOf?: AsOf | null;

  @Field(() => PaymentFilterInput, { nullable: true, description: 'Which ones.' })
  readonly filter?: PaymentFilterInput | null;

  @Field(() => [PaymentOrderInput], { nullable: true, description: 'Order; ties are broken by id.' })
  readonly orderBy?: OrderTerm<PaymentOrderField>[] | null;
}
