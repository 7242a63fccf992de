import { Field, InputType } from 'type-graphql';
import { DateTime } from './scalars.ts';
import type { TimeRange } from './time-range.ts';

@InputType('TimeRangeInput', { description: 'A period, start included, end excluded.' })
export class TimeRangeInput implements TimeRange {
  @Field(() => DateTime, { description: 'Start.' })
  readonly from!: string;

  @Field(() => DateTime, { nullable: true, description: 'End; now when absent.' })
  readonly to?: string | null;
}
