import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { type AsOf, AsOfInput } from '../../shared/as-of.input.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Order, OrderItem, Product } from './commerce.model.ts';
import type { CommerceService } from './commerce.service.ts';
import { OrderType } from './order.type.ts';
import { OrderItemType } from './order-item.type.ts';
import { ProductType } from './product.type.ts';

@Resolver(() => OrderItemType)
export class OrderItemResolver {
  constructor(private readonly commerce: CommerceService) {}

  @FieldResolver(() => OrderType, { description: 'The order.' })
  order(@Root() item: OrderItem, @Ctx() ctx: RequestContext): Promise<Order | null> {
    return this.commerce.loaders(ctx, item).orders.byId(item.orderId);
  }

  @FieldResolver(() => ProductType, { description: 'The product as it is now, or at the time that the item is read at.' })
  async product(
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'Read the product at another time.' }) asOf: AsOf | null | undefined,
    @Root() item: OrderItem,
    @Ctx() ctx: RequestContext,
  ): Promise<Product | null> {
    const loaders = asOf ? await this.commerce.loadersAt(ctx, asOf) : this.commerce.loaders(ctx, item);
    return loaders.products.byId(item.productId);
  }
}
