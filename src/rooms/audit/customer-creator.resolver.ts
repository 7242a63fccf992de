import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Customer } from '../commerce/commerce.model.ts';
import type { CommerceService } from '../commerce/commerce.service.ts';
import { CustomerType } from '../commerce/customer.type.ts';
import type { Actor } from './actor.ts';
import { ActorType } from './actor.type.ts';
import { actorOfKey } from './audit.model.ts';
import type { AuditService } from './audit.service.ts';

/** Who made a customer, in the words of the trail. */
@Resolver(() => CustomerType)
export class CustomerCreatorResolver {
  constructor(
    private readonly commerce: CommerceService,
    private readonly audit: AuditService,
  ) {}

  @FieldResolver(() => ActorType, { nullable: true, description: 'Who made it.' })
  async createdBy(@Root() customer: Customer, @Ctx() ctx: RequestContext): Promise<Actor | null> {
    if (customer.createdById === null) return null;
    const user = await this.commerce.loaders(ctx, customer).users.byId(customer.createdById);
    return user && this.audit.actor(ctx, actorOfKey(user.key, 'USER'));
  }
}
