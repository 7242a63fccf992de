import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { type AsOf, AsOfInput } from '../../shared/as-of.input.ts';
import { ListSize } from '../../shared/connection.directives.ts';
import { PageArgs } from '../../shared/page.args.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Customer, Order, Payment } from './commerce.model.ts';
import type { CommerceService } from './commerce.service.ts';
import { CustomerIdentifierInput, CustomersArgs } from './customer.args.ts';
import { CustomerConnectionType, CustomerType } from './customer.type.ts';
import { CustomerOrdersArgs } from './order.args.ts';
import { OrderConnectionType } from './order.type.ts';
import { PaymentConnectionType } from './payment.type.ts';

@Resolver(() => CustomerType)
export class CustomerResolver {
  constructor(private readonly commerce: CommerceService) {}

  @ListSize()
  @Query(() => CustomerConnectionType, { nullable: true, description: 'Customers, with filters and time travel.' })
  customers(@Args(() => CustomersArgs) args: CustomersArgs, @Ctx() ctx: RequestContext): Promise<Page<Customer>> {
    return this.commerce.customers(ctx, args);
  }

  @Query(() => CustomerType, { nullable: true, description: 'One customer by id or business key.' })
  customer(
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'Read at another time.' }) asOf: AsOf | null | undefined,
    @Arg('by', () => CustomerIdentifierInput, { description: 'Which one.' }) by: CustomerIdentifierInput,
    @Ctx() ctx: RequestContext,
  ): Promise<Customer | null> {
    return this.commerce.customer(ctx, by, asOf);
  }

  @ListSize()
  @FieldResolver(() => OrderConnectionType, { description: 'Orders of it, newest first.' })
  orders(
    @Root() customer: Customer,
    @Args(() => CustomerOrdersArgs) args: CustomerOrdersArgs,
    @Ctx() ctx: RequestContext,
  ): Promise<Page<Order>> {
    return this.commerce.ordersOfCustomer(ctx, customer, args, args.filter);
  }

  @ListSize()
  @FieldResolver(() => PaymentConnectionType, { description: 'Payments of it, newest first.' })
  payments(@Root() customer: Customer, @Args(() => PageArgs) args: PageArgs, @Ctx() ctx: RequestContext): Promise<Page<Payment>> {
    return this.commerce.paymentsOfCustomer(ctx, customer, args);
  }
}
