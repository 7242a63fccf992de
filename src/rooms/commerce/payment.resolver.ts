import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { type AsOf, AsOfInput } from '../../shared/as-of.input.ts';
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
  @Query(() => PaymentConnectionType, { nullable: true, description: 'Payments, with filters and time travel.' })
  payments(@Args(() => PaymentsArgs) args: PaymentsArgs, @Ctx() ctx: RequestContext): Promise<Page<Payment>> {
    return this.commerce.payments(ctx, args);
  }

  @Query(() => PaymentType, { nullable: true, description: 'One payment by id or business key.' })
  payment(
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'Read at another time.' }) asOf: AsOf | null | undefined,
    @Arg('by', () => PaymentIdentifierInput, { description: 'Which one.' }) by: PaymentIdentifierInput,
    @Ctx() ctx: RequestContext,
  ): Promise<Payment | null> {
    return this.commerce.payment(ctx, by, asOf);
  }

  @FieldResolver(() => OrderType, { description: 'The order paid for.' })
  order(@Root() payment: Payment, @Ctx() ctx: RequestContext): Promise<Order | null> {
    return this.commerce.loaders(ctx, payment).orders.byId(payment.orderId);
  }
}
