import { Field, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../../shared/connection.type.ts';
import type { Money } from '../../shared/money.ts';
import { MoneyType } from '../../shared/money.type.ts';
import { NodeType } from './node.type.ts';
import { TraceableType } from './traceable.type.ts';

@ObjectType('Product', { implements: [NodeType, TraceableType], description: 'A product of the catalogue.', simpleResolvers: true })
export class ProductType {
  @Field(() => [String], { description: 'Category path, outermost first.' })
  readonly categories!: readonly string[];

  @Field(() => Boolean, { description: 'Whether it is on sale.' })
  readonly isActive!: boolean;

  @Field(() => String, { description: 'Name shown to customers.' })
  readonly name!: string;

  @Field(() => MoneyType, { description: 'Present price.' })
  readonly price!: Money;

  @Field(() => Int, { nullable: true, description: 'Stock level under which a new order is placed.' })
  readonly safetyStock!: number | null;

  @Field(() => String, { description: 'Stock keeping unit.' })
  readonly sku!: string;

  @Field(() => Int, { description: 'Units on hand.' })
  readonly stockQuantity!: number;
}

export const ProductConnectionType = connectionType('Product', () => ProductType);
