import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import { type AsOf, AsOfInput } from '../../shared/as-of.input.ts';
import { ListSize } from '../../shared/connection.directives.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Product } from './commerce.model.ts';
import type { CommerceService } from './commerce.service.ts';
import { ProductIdentifierInput, ProductsArgs } from './product.args.ts';
import { ProductConnectionType, ProductType } from './product.type.ts';

@Resolver(() => ProductType)
export class ProductResolver {
  constructor(private readonly commerce: CommerceService) {}

  @ListSize()
  @Query(() => ProductConnectionType, { nullable: true, description: 'Products, with filters and time travel.' })
  products(@Args(() => ProductsArgs) args: ProductsArgs, @Ctx() ctx: RequestContext): Promise<Page<Product>> {
    return this.commerce.products(ctx, args);
  }

  @Query(() => ProductType, { nullable: true, description: 'One product by id or business key.' })
  product(
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'Read at another time.' }) asOf: AsOf | null | undefined,
    @Arg('by', () => ProductIdentifierInput, { description: 'Which one.' }) by: ProductIdentifierInput,
    @Ctx() ctx: RequestContext,
  ): Promise<Product | null> {
    return this.commerce.product(ctx, by, asOf);
  }
}
