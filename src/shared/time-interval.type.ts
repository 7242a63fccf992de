import { registerEnumType } from 'type-graphql';
import { TimeInterval } from './time-buckets.ts';

registerEnumType(TimeInterval, {
  name: 'TimeInterval',
  description: 'Widths of a bucket.',
  valuesConfig: {
    DAY: { description: 'Day.' },
    HOUR: { description: 'Hour.' },
    MINUTE: { description: 'Minute.' },
    MONTH: { description: 'Month.' },
    WEEK: { description: 'Week.' },
  },
});

/** For `@Field(() => TimeIntervalType)`: whoever names it has it registered. */
export const TimeIntervalType = TimeInterval;
