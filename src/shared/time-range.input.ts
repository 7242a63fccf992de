import { Field, InputType } from 'type-graphql';
import { DateTime } from './scalars.ts';

/** Instants in RFC 3339 form, UTC, with six decimals, so that text compares as time does. */
export interface TimeRange {
  readonly from: string;
  readonly to?: string | null;
}

@InputType('TimeRangeInput', { description: 'A period: start included, end excluded.' })
export class TimeRangeInput implements TimeRange {
  @Field(() => DateTime, { description: 'Start.' })
  readonly from!: string;

  @Field(() => DateTime, { nullable: true, description: 'End; now when absent.' })
  readonly to?: string | null;
}
