import { ArgsType, Field, Int } from 'type-graphql';
import { PageArgs } from '../../shared/page.args.ts';
import { TimeZone } from '../../shared/scalars.ts';
import type { TimeInterval } from '../../shared/time-buckets.ts';
import { TimeIntervalType } from '../../shared/time-interval.type.ts';
import { TimeRangeInput } from '../../shared/time-range.input.ts';
import { AuditEntryFilterInput } from '../audit/audit-entry.args.ts';
import { EntityType } from '../commerce/commerce.model.ts';
import { AuditGroupKey, HeatMapDimension } from './analytics.model.ts';
import type { HeatMapRequest, PriceChangeRequest, SummaryRequest, TransitionRequest, TrendRequest } from './analytics.service.ts';
import type { ForecastRequest } from './forecast.service.ts';

@ArgsType()
class RangeArgs {
  @Field(() => TimeRangeInput, { description: 'Period.' })
  readonly range!: TimeRangeInput;
}

@ArgsType()
class CountedArgs extends RangeArgs {
  @Field(() => AuditEntryFilterInput, { nullable: true, description: 'Which entries.' })
  readonly filter?: AuditEntryFilterInput | null;
}

@ArgsType()
export class ChangeSummaryArgs extends CountedArgs implements Omit<SummaryRequest, 'countsEntities'> {
  @Field(() => [AuditGroupKey], { description: 'Group keys, 1 to 4.' })
  readonly groupBy!: AuditGroupKey[];

  @Field(() => Int, { nullable: true, defaultValue: 1, description: 'Only groups with at least this many.' })
  readonly havingCountAtLeast?: number | null;

  @Field(() => Int, { defaultValue: 1000, description: 'At most this many groups, 1 to 10000.' })
  readonly limit!: number;

  @Field(() => TimeZone, { nullable: true, defaultValue: 'UTC', description: 'Zone for calendar keys.' })
  readonly timeZone?: string | null;
}

@ArgsType()
export class ChangeTrendArgs extends CountedArgs implements TrendRequest {
  @Field(() => TimeIntervalType, { defaultValue: TimeIntervalType.DAY, description: 'Width of a bucket.' })
  readonly interval!: TimeInterval;

  @Field(() => AuditGroupKey, { nullable: true, description: 'One series per value.' })
  readonly seriesBy?: AuditGroupKey | null;

  @Field(() => TimeZone, { nullable: true, defaultValue: 'UTC', description: 'Zone for buckets.' })
  readonly timeZone?: string | null;
}

@ArgsType()
export class ChangeForecastArgs implements ForecastRequest {
  @Field(() => AuditEntryFilterInput, { nullable: true, description: 'Which entries.' })
  readonly filter?: AuditEntryFilterInput | null;

  @Field(() => TimeIntervalType, { defaultValue: TimeIntervalType.DAY, description: 'Width of a bucket.' })
  readonly interval!: TimeInterval;

  @Field(() => Int, { defaultValue: 14, description: 'Buckets ahead, 1 to 90; the first one is under way.' })
  readonly horizon!: number;

  @Field(() => TimeZone, { nullable: true, defaultValue: 'UTC', description: 'Zone for buckets.' })
  readonly timeZone?: string | null;
}

@ArgsType()
export class ActivityHeatMapArgs extends CountedArgs implements HeatMapRequest {
  @Field(() => HeatMapDimension, { defaultValue: HeatMapDimension.USER, description: 'Rows of the map.' })
  readonly by!: HeatMapDimension;

  @Field(() => TimeZone, { nullable: true, defaultValue: 'UTC', description: 'Zone for weekday and hour.' })
  readonly timeZone?: string | null;
}

@ArgsType()
export class UserActivityArgs extends RangeArgs {
  @Field(() => Int, { defaultValue: 100, description: 'At most this many users, 1 to 1000.' })
  readonly limit!: number;
}

@ArgsType()
export class UnexplainedChangesArgs extends PageArgs {
  @Field(() => TimeRangeInput, { description: 'Period.' })
  readonly range!: TimeRangeInput;
}

@ArgsType()
export class PriceChangeArgs extends RangeArgs implements PriceChangeRequest {
  @Field(() => Int, { defaultValue: 5, description: 'Width of a bar in per cent of the old price, 1 to 1000.' })
  readonly bucketPercent!: number;
}

@ArgsType()
export class StatusTransitionsArgs extends RangeArgs implements TransitionRequest {
  @Field(() => EntityType, { defaultValue: EntityType.ORDER, description: 'Kind of entity with a status.' })
  readonly entityType!: EntityType;
}
