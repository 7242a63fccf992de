import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { type AsOf, AsOfInput } from '../../shared/as-of.input.ts';
import { ListSize } from '../../shared/connection.directives.ts';
import { PageArgs } from '../../shared/page.args.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Customer, Order, OrderItem, Payment } from './commerce.model.ts';
import type { CommerceService } from './commerce.service.ts';
import { CustomerType } from './customer.type.ts';
import { OrderIdentifierInput, OrdersArgs } from './order.args.ts';
import { OrderConnectionType, OrderType } from './order.type.ts';
import { OrderItemType } from './order-item.type.ts';
import { PaymentConnectionType } from './payment.type.ts';

@Resolver(() => OrderType)
export class OrderResolver {
  constructor(private readonly commerce: CommerceService) {}

  @ListSize()
  @Query(() => OrderConnectionType, { nullable: true, description: 'Orders, with filters and time travel.' })
  orders(@Args(() => OrdersArgs) args: OrdersArgs, @Ctx() ctx: RequestContext): Promise<Page<Order>> {
    return this.commerce.orders(ctx, args);
  }

  @Query(() => OrderType, { nullable: true, description: 'One order by id or business key.' })
  order(
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'Read at another time.' }) asOf: AsOf | null | undefined,
    @Arg('by', () => OrderIdentifierInput, { description: 'Which one.' }) by: OrderIdentifierInput,
    @Ctx() ctx: RequestContext,
  ): Promise<Order | null> {
    return this.commerce.order(ctx, by, asOf);
  }

  @FieldResolver(() => CustomerType, { nullable: true, description: 'Who ordered; null when the source does not say.' })
  customer(@Root() order: Order, @Ctx() ctx: RequestContext): Promise<Customer | null> | null {
    return order.customerId === null ? null : this.commerce.loaders(ctx, order).customers.byId(order.customerId);
  }

  @FieldResolver(() => [OrderItemType], { description: 'Order lines; bounded.' })
  items(@Root() order: Order, @Ctx() ctx: RequestContext): Promise<OrderItem[]> {
    return this.commerce.itemsOfOrder(ctx, order);
  }

  @ListSize()
  @FieldResolver(() => PaymentConnectionType, { description: 'Payments of it, newest first.' })
  payments(@Root() order: Order, @Args(() => PageArgs) args: PageArgs, @Ctx() ctx: RequestContext): Promise<Page<Payment>> {
    return this.commerce.paymentsOfOrder(ctx, order, args);
  }
}
