import { Field, ObjectType } from 'type-graphql';
import { CurrencyCode, Decimal } from './scalars.ts';

@ObjectType('Money', { description: 'Exact amount in one currency.', simpleResolvers: true })
export class MoneyType {
  @Field(() => Decimal, { description: 'Amount.' })
  readonly amount!: string;

  @Field(() => CurrencyCode, { description: 'Currency.' })
  readonly currency!: string;
}
