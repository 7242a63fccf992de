import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Query, Resolver } from 'type-graphql';
import { RequiresScope } from '../../shared/access.directives.ts';
import { Cost, ListSize } from '../../shared/connection.directives.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { selects } from '../../shared/selection.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import { AuditEntryConnectionType } from '../audit/audit-entry.type.ts';
import {
  ActivityHeatMapArgs,
  ChangeForecastArgs,
  ChangeSummaryArgs,
  ChangeTrendArgs,
  PriceChangeArgs,
  StatusTransitionsArgs,
  UnexplainedChangesArgs,
  UserActivityArgs,
} from './analytics.args.ts';
import type {
  ChangeGroup,
  ForecastPoint,
  HeatMapCell,
  HistogramBucket,
  TransitionStatistic,
  TrendPoint,
  UserActivity,
} from './analytics.model.ts';
import type { AnalyticsService } from './analytics.service.ts';
import {
  AnalyticsType,
  ChangeGroupType,
  ForecastPointType,
  HeatMapCellType,
  HistogramBucketType,
  TransitionStatisticType,
  TrendPointType,
  UserActivityType,
} from './analytics.type.ts';
import type { ForecastService } from './forecast.service.ts';

/** Every field may fail alone. */
@Resolver(() => AnalyticsType)
export class AnalyticsResolver {
  constructor(
    private readonly service: AnalyticsService,
    private readonly forecasts: ForecastService,
  ) {}

  @RequiresScope('ANALYTICS_READ')
  @Query(() => AnalyticsType, { nullable: true, description: 'Aggregates over the audit log.' })
  analytics(): object {
    return {};
  }

  @Cost(10)
  @FieldResolver(() => [HeatMapCellType], {
    nullable: true,
    description:
      'Changes by weekday and hour, per user or table: cells of a heat map, those with changes only, of the 100 busiest users or tables.',
  })
  activityHeatMap(
    @Args(() => ActivityHeatMapArgs) args: ActivityHeatMapArgs,
    @Ctx() ctx: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<HeatMapCell[]> {
    return this.service.activityHeatMap(ctx, info.path, args);
  }

  @Cost(10)
  @FieldResolver(() => [ChangeGroupType], {
    nullable: true,
    description: 'Counts per group, the largest first; the group keys are columns, so that rows are flat.',
  })
  changeSummary(
    @Args(() => ChangeSummaryArgs) args: ChangeSummaryArgs,
    @Ctx() ctx: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ChangeGroup[]> {
    return this.service.changeSummary(ctx, info.path, { ...args, countsEntities: selects(info, 'entityCount') });
  }

  @Cost(10)
  @FieldResolver(() => [TrendPointType], {
    nullable: true,
    description:
      'A series with empty buckets filled by zero, at most 10000 points. Buckets follow the clocks of the zone: days of 23 and 25 hours.',
  })
  changeTrend(
    @Args(() => ChangeTrendArgs) args: ChangeTrendArgs,
    @Ctx() ctx: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TrendPoint[]> {
    return this.service.changeTrend(ctx, info.path, args);
  }

  @ListSize()
  @FieldResolver(() => AuditEntryConnectionType, {
    nullable: true,
    description:
      'Changes to fields that need a reason but have none, newest first: updates that changed one of the `reasonRequiredColumns`.',
  })
  unexplainedChanges(
    @Args(() => UnexplainedChangesArgs) args: UnexplainedChangesArgs,
    @Ctx() ctx: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<AuditEntry>> {
    return this.service.unexplainedChanges(ctx, info.path, args);
  }

  @Cost(10)
  @FieldResolver(() => [UserActivityType], {
    nullable: true,
    description: 'Work per user, the busiest first; services, and database accounts where nobody was named, among them.',
  })
  userActivity(
    @Args(() => UserActivityArgs) args: UserActivityArgs,
    @Ctx() ctx: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<UserActivity[]> {
    return this.service.userActivity(ctx, info.path, args);
  }

  @Cost(10)
  @FieldResolver(() => [HistogramBucketType], {
    nullable: true,
    description:
      'Price changes of products by size: bars of a histogram, in per cent of the old price. Changes from a price of 0 or of the currency cannot be told so and are left out.',
  })
  priceChangeDistribution(
    @Args(() => PriceChangeArgs) args: PriceChangeArgs,
    @Ctx() ctx: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<HistogramBucket[]> {
    return this.service.priceChangeDistribution(ctx, info.path, args);
  }

  @Cost(10)
  @FieldResolver(() => [TransitionStatisticType], {
    nullable: true,
    description:
      'Time spent in each status and how often each transition occurs, the most frequent first: a status flow over all records. RECORD: the rows of all other tables with a status column together.',
  })
  statusTransitions(
    @Args(() => StatusTransitionsArgs) args: StatusTransitionsArgs,
    @Ctx() ctx: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TransitionStatistic[]> {
    return this.service.statusTransitions(ctx, info.path, args);
  }

  @Cost(20)
  @FieldResolver(() => [ForecastPointType], {
    nullable: true,
    description:
      'Expected number of changes with bounds, from the trend and the weekly pattern of the past (26 weeks of days, 8 of hours): least squares, so it knows no holidays. Empty when fewer than 8 buckets have passed since the first change.',
  })
  changeForecast(
    @Args(() => ChangeForecastArgs) args: ChangeForecastArgs,
    @Ctx() ctx: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ForecastPoint[]> {
    return this.forecasts.changeForecast(ctx, info.path, args);
  }
}
