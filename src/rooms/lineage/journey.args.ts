import { ArgsType, Field } from 'type-graphql';
import { TimeRangeInput } from '../../shared/time-range.input.ts';

@ArgsType()
export class JourneyArgs {
  @Field(() => TimeRangeInput, { nullable: true, description: 'Period.' })
  readonly range?: TimeRangeInput | null;

  @Field(() => String, { nullable: true, defaultValue: 'en', description: 'Language of the narrative (BCP 47).' })
  readonly locale?: string | null;
}
