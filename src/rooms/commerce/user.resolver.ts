import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import { type AsOf, AsOfInput } from '../../shared/as-of.input.ts';
import { ListSize } from '../../shared/connection.directives.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { User } from './commerce.model.ts';
import type { CommerceService } from './commerce.service.ts';
import { UserIdentifierInput, UsersArgs } from './user.args.ts';
import { UserConnectionType, UserType } from './user.type.ts';

@Resolver(() => UserType)
export class UserResolver {
  constructor(private readonly commerce: CommerceService) {}

  @ListSize()
  @Query(() => UserConnectionType, { nullable: true, description: 'Users, with filters and time travel.' })
  users(@Args(() => UsersArgs) args: UsersArgs, @Ctx() ctx: RequestContext): Promise<Page<User>> {
    return this.commerce.users(ctx, args);
  }

  @Query(() => UserType, { nullable: true, description: 'One user by id or business key.' })
  user(
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'Read at another time.' }) asOf: AsOf | null | undefined,
    @Arg('by', () => UserIdentifierInput, { description: 'Which one.' }) by: UserIdentifierInput,
    @Ctx() ctx: RequestContext,
  ): Promise<User | null> {
    return this.commerce.user(ctx, by, asOf);
  }
}
