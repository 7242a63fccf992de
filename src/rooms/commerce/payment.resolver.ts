import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { ListSize } from '../../shared/connection.directives.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Order, Payment } from './commerce.model.ts';
import type { CommerceService } from './commerce.service.ts';
import { OrderType } from './order.type.ts';
import { PaymentIdentifierInput, PaymentsArgs } from './payment.args.ts';
import { PaymentConnectionType, PaymentType } from './payment.type.ts';

@Resolver(() => PaymentType)
export class PaymentResolver {
  constructor(private readonly commerce: CommerceService) {}

  @ListSize()
  @Query(() => PaymentConnectionType, { nullable: true, description: 'Payments, with filters.' })
  payments(@Args(() => PaymentsArgs) args: PaymentsArgs, @Ctx() ctx: RequestContext): Promise<Page<Payment>> {
    return this.commerce.payments(ctx, args);
  }

  @Query(() => PaymentType, { nullable: true, description: 'One payment by id or business key.' })
  payment(
    @Arg('by', () => PaymentIdentifierInput, { description: 'Which one.' }) by: PaymentIdentifierInput,
    @Ctx() ctx: RequestContext,
  ): Promise<Payment | null> {
    return this.commerce.payment(ctx, by);
  }

  @FieldResolver(() => OrderType, { description: 'The order paid for.' })
  order(@Root() payment: Payment, @Ctx() ctx: RequestContext): Promise<Order | null> {
    return this.commerce.loaders(ctx).orders.byId(payment.orderId);
  }
}
