import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
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
    return this.commerce.loaders(ctx).orders.byId(item.orderId);
  }

  @FieldResolver(() => ProductType, { description: 'The product as it is now.' })
  product(@Root() item: OrderItem, @Ctx() ctx: RequestContext): Promise<Product | null> {
    return this.commerce.loaders(ctx).products.byId(item.productId);
  }
}
