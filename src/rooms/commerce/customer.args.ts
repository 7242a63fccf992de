import { ArgsType, Directive, Field, ID, InputType } from 'type-graphql';
import { AsksOfPersonal } from '../../shared/access.directives.ts';
import { type AsOf, AsOfInput } from '../../shared/as-of.input.ts';
import { DateTimeFilterInput, type OrderTerm, orderInput, StringFilterInput } from '../../shared/filter.input.ts';
import { PageArgs } from '../../shared/page.args.ts';
import type { CustomerFilter, CustomerOrderField } from './customer.queries.ts';

@InputType('CustomerFilterInput', { description: 'Which Customer items; fields are ANDed.' })
export class CustomerFilterInput implements CustomerFilter {
  @AsksOfPersonal()
  @Field(() => StringFilterInput, { nullable: true, description: 'Name.' })
  readonly name?: StringFilterInput | null;

  @AsksOfPersonal()
  @Field(() => StringFilterInput, { nullable: true, description: 'Mail.' })
  readonly email?: StringFilterInput | null;

  @Field(() => DateTimeFilterInput, { nullable: true, description: 'When made.' })
  readonly createdAt?: DateTimeFilterInput | null;

  @Field(() => [CustomerFilterInput], { nullable: true, description: 'All of these.' })
  readonly and?: CustomerFilterInput[] | null;

  @Field(() => [CustomerFilterInput], { nullable: true, description: 'Any of these.' })
  readonly or?: CustomerFilterInput[] | null;

  @Field(() => CustomerFilterInput, { nullable: true, description: 'Not this.' })
  readonly not?: CustomerFilterInput | null;
}

const CustomerOrderInput = orderInput('Customer', { CREATED_AT: 'By created at.', NAME: 'By name.' }, ['NAME']);

@Directive('@oneOf')
@InputType('CustomerIdentifierInput', { description: 'Names one Customer: give exactly one field.' })
export class CustomerIdentifierInput {
  @Field(() => ID, { nullable: true, description: 'Global id.' })
  readonly id?: string | null;

  @AsksOfPersonal()
  @Field(() => String, { nullable: true, description: 'Mail.' })
  readonly email?: string | null;

  @Field(() => String, { nullable: true, description: 'Business key, or the key of the source system.' })
  readonly key?: string | null;
}

@ArgsType()
export class CustomersArgs extends PageArgs {
  @Field(() => AsOfInput, { nullable: true, description: 'Read at another time.' })
  readonly asOf?: AsOf | null;

  @Field(() => CustomerFilterInput, { nullable: true, description: 'Which ones.' })
  readonly filter?: CustomerFilterInput | null;

  @Field(() => [CustomerOrderInput], { nullable: true, description: 'Order; ties are broken by id.' })
  readonly orderBy?: OrderTerm<CustomerOrderField>[] | null;
}
