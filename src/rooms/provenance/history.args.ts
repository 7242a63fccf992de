import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { OrderDirection } from '../../shared/filter.input.ts';
import { PageArgs } from '../../shared/page.args.ts';
import { TimeRangeInput } from '../../shared/time-range.input.ts';
import type { VersionFilter } from './version-filter.queries.ts';

@InputType('VersionFilterInput', { description: 'Which versions.' })
export class VersionFilterInput implements VersionFilter {
  @Field(() => ID, { nullable: true, description: 'Written by this user.' })
  readonly actorId?: string | null;

  @Field(() => [String], { nullable: true, description: 'Only versions in which one of these fields changed.' })
  readonly changedFields?: string[] | null;

  @Field(() => TimeRangeInput, { nullable: true, description: 'Period.' })
  readonly range?: TimeRangeInput | null;
}

@ArgsType()
export class HistoryArgs extends PageArgs {
  @Field(() => VersionFilterInput, { nullable: true, description: 'Which versions.' })
  readonly filter?: VersionFilterInput | null;

  @Field(() => OrderDirection, { nullable: true, defaultValue: OrderDirection.DESC, description: 'Order by system time.' })
  readonly direction?: OrderDirection | null;
}
