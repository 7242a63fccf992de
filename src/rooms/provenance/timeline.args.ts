import { ArgsType, Field } from 'type-graphql';
import { PageArgs } from '../../shared/page.args.ts';
import { TimeRangeInput } from '../../shared/time-range.input.ts';
import { TimelineItemType } from './timeline.model.ts';

@ArgsType()
export class PriceHistoryArgs extends PageArgs {
  @Field(() => TimeRangeInput, { nullable: true, description: 'Period.' })
  readonly range?: TimeRangeInput | null;
}

@ArgsType()
export class TimelineArgs extends PriceHistoryArgs {
  @Field(() => [TimelineItemType], { nullable: true, description: 'Kinds to keep; all when absent.' })
  readonly itemTypes?: TimelineItemType[] | null;
}
