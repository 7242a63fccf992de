import { ArgsType, Field, Int } from 'type-graphql';

/** The four arguments of every connection. */
@ArgsType()
export class PageArgs {
  @Field(() => String, { nullable: true, description: 'Return items after this cursor.' })
  after?: string | null;

  @Field(() => String, { nullable: true, description: 'Return items before this cursor.' })
  before?: string | null;

  @Field(() => Int, { nullable: true, description: 'Page size forward.' })
  first?: number | null;

  @Field(() => Int, { nullable: true, description: 'Page size backward.' })
  last?: number | null;
}
