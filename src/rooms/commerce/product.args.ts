import { ArgsType, Directive, Field, ID, InputType } from 'type-graphql';
import { type AsOf, AsOfInput } from '../../shared/as-of.input.ts';
import { DecimalFilterInput, IntFilterInput, type OrderTerm, orderInput, StringFilterInput } from '../../shared/filter.input.ts';
import { PageArgs } from '../../shared/page.args.ts';
import type { ProductFilter, ProductOrderField } from './product.queries.ts';

@InputType('ProductFilterInput', { description: 'Which Product items; fields are ANDed.' })
export class ProductFilterInput implements ProductFilter {
  @Field(() => StringFilterInput, { nullable: true, description: 'Stock keeping unit.' })
  readonly sku?: StringFilterInput | null;

  @Field(() => StringFilterInput, { nullable: true, description: 'Name.' })
  readonly name?: StringFilterInput | null;

  @Field(() => DecimalFilterInput, { nullable: true, description: 'Price.' })
  readonly price?: DecimalFilterInput | null;

  @Field(() => IntFilterInput, { nullable: true, description: 'Units on hand.' })
  readonly stockQuantity?: IntFilterInput | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether on sale.' })
  readonly isActive?: boolean | null;

  @Field(() => [ProductFilterInput], { nullable: true, description: 'All of these.' })
  readonly and?: ProductFilterInput[] | null;

  @Field(() => [ProductFilterInput], { nullable: true, description: 'Any of these.' })
  readonly or?: ProductFilterInput[] | null;

  @Field(() => ProductFilterInput, { nullable: true, description: 'Not this.' })
  readonly not?: ProductFilterInput | null;
}

const ProductOrderInput = orderInput('Product', {
  NAME: 'By name.',
  PRICE: 'By price.',
  SKU: 'By sku.',
  STOCK_QUANTITY: 'By stock quantity.',
});

@Directive('@oneOf')
@InputType('ProductIdentifierInput', { description: 'Names one Product: give exactly one field.' })
export class ProductIdentifierInput {
  @Field(() => ID, { nullable: true, description: 'Global id.' })
  readonly id?: string | null;

  @Field(() => String, { nullable: true, description: 'Stock keeping unit.' })
  readonly sku?: string | null;

  @Field(() => String, { nullable: true, description: 'Business key, or the key of the source system.' })
  readonly key?: string | null;
}

@ArgsType()
export class ProductsArgs extends PageArgs {
  @Field(() => AsOfInput, { nullable: true, description: 'Read at another time.' })
  readonly asOf?: AsOf | null;

  @Field(() => ProductFilterInput, { nullable: true, description: 'Which ones.' })
  readonly filter?: ProductFilterInput | null;

  @Field(() => [ProductOrderInput], { nullable: true, description: 'Order; ties are broken by id.' })
  readonly orderBy?: OrderTerm<ProductOrderField>[] | null;
}
