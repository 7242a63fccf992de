import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Sensitive } from '../../shared/access.directives.ts';
import { DateTime, Decimal, RunId } from '../../shared/scalars.ts';
import { AuditOperation } from '../audit/audit.model.ts';
import { EntityType } from '../commerce/commerce.model.ts';
import { UserType } from '../commerce/user.type.ts';
import { AuditGroupKey, HeatMapDimension, type UserActivity } from './analytics.model.ts';

registerEnumType(AuditGroupKey, {
  name: 'AuditGroupKey',
  description: 'Keys to group entries by.',
  valuesConfig: {
    ACTOR: { description: 'Actor.' },
    DAY: { description: 'Day.' },
    ENTITY_TYPE: { description: 'Entity type.' },
    HOUR_OF_DAY: { description: 'Hour of day.' },
    OPERATION: { description: 'Operation.' },
    RUN_ID: { description: 'Run id.' },
    TABLE_NAME: { description: 'Table name.' },
    APPLICATION: { description: 'Application.' },
    ENTITY_KEY: { description: 'Entity key.' },
    MONTH: { description: 'Month.' },
    OPERATION_NAME: { description: 'Operation name.' },
    REASON_CODE: { description: 'Reason code.' },
  },
});

registerEnumType(HeatMapDimension, {
  name: 'HeatMapDimension',
  description: 'Rows of a heat map.',
  valuesConfig: { TABLE_NAME: { description: 'Table name.' }, USER: { description: 'User.' } },
});

@ObjectType('Analytics', {
  description:
    'Aggregates over the audit log; each field is independent, so one slow panel does not hold up the others. A change is an entry of any operation (events and reasons given later among them) unless a field says otherwise; when is `occurredAt`.',
})
export class AnalyticsType {}

@ObjectType('ChangeGroup', { description: 'Counts of one group; only the asked keys are set.', simpleResolvers: true })
export class ChangeGroupType {
  @Field(() => String, { nullable: true, description: 'Actor: its key, or the database account where nobody was named.' })
  readonly actor?: string | null;

  @Field(() => Int, { description: 'Number of changes.' })
  readonly count!: number;

  @Field(() => String, { nullable: true, description: 'Calendar day, e.g. 2026-02-17.' })
  readonly day?: string | null;

  @Field(() => Int, { description: 'Number of entities: rows that the changes are about, each once.' })
  readonly entityCount!: number;

  @Field(() => EntityType, { nullable: true, description: 'Kind of entity; null for events that concern no row.' })
  readonly entityType?: EntityType | null;

  @Field(() => DateTime, { description: 'First change.' })
  readonly firstAt!: string;

  @Field(() => Int, { nullable: true, description: 'Hour of day, 0 to 23.' })
  readonly hourOfDay?: number | null;

  @Field(() => DateTime, { description: 'Last change.' })
  readonly lastAt!: string;

  @Field(() => AuditOperation, { nullable: true, description: 'Kind of operation.' })
  readonly operation?: AuditOperation | null;

  @Field(() => RunId, { nullable: true, description: 'Run; null for changes outside of any.' })
  readonly runId?: string | null;

  @Field(() => String, { nullable: true, description: 'Table; null for events that concern no row.' })
  readonly tableName?: string | null;

  @Field(() => String, { nullable: true, description: 'Program.' })
  readonly application?: string | null;

  @Field(() => String, { nullable: true, description: 'Business key of the entity at that time.' })
  readonly entityKey?: string | null;

  @Field(() => String, { nullable: true, description: 'Calendar month, e.g. 2026-02.' })
  readonly month?: string | null;

  @Field(() => String, { nullable: true, description: "Application's own name of the event." })
  readonly operationName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Reason code: of the change itself, else of the oldest reason given later, else of its run.',
  })
  readonly reasonCode?: string | null;
}

@ObjectType('TrendPoint', { description: 'One point of a series.', simpleResolvers: true })
export class TrendPointType {
  @Field(() => DateTime, { description: 'Start of the bucket; of the first one it may lie before the period, which alone is counted.' })
  readonly bucketStart!: string;

  @Field(() => Int, { description: 'Number of changes.' })
  readonly count!: number;

  @Field(() => String, { description: 'Series; empty when there is one only, and for changes without the value.' })
  readonly series!: string;
}

@ObjectType('ForecastPoint', { description: 'One point of a forecast.', simpleResolvers: true })
export class ForecastPointType {
  @Field(() => DateTime, { description: 'Start of the bucket.' })
  readonly bucketStart!: string;

  @Field(() => Float, { description: 'Expected number.' })
  readonly expected!: number;

  @Field(() => Float, { description: 'Lower bound of the 95 per cent interval.' })
  readonly lower!: number;

  @Field(() => Float, { description: 'Upper bound of the 95 per cent interval.' })
  readonly upper!: number;
}

@ObjectType('HeatMapCell', { description: 'One cell of a heat map.', simpleResolvers: true })
export class HeatMapCellType {
  @Field(() => Int, { description: 'Number of changes.' })
  readonly count!: number;

  @Field(() => Int, { description: 'Hour of day, 0 to 23.' })
  readonly hourOfDay!: number;

  @Sensitive('PERSONAL')
  @Field(() => String, { description: 'Row of the map: the table, or the name of the user where it is known, else the key of the actor.' })
  readonly label!: string;

  @Field(() => Int, { description: '1 Monday to 7 Sunday (ISO).' })
  readonly weekday!: number;
}

@ObjectType('UserActivity', { description: 'Work of one user.', simpleResolvers: true })
export class UserActivityType {
  @Field(() => Int, { description: 'Number of changes.' })
  readonly changeCount!: number;

  @Field(() => Int, { description: 'Entities touched.' })
  readonly entityCount!: number;

  @Field(() => DateTime, { description: 'First change.' })
  readonly firstAt!: string;

  @Field(() => DateTime, { description: 'Last change.' })
  readonly lastAt!: string;

  @Field(() => Float, { description: 'Share of changes with a reason of any kind (see filter `hasReason`), 0 to 1.' })
  readonly reasonRate!: number;

  @Field(() => UserType, { nullable: true, description: 'The user; null for services, and for database accounts where nobody was named.' })
  readonly user!: UserActivity['user'];

  @Sensitive('PERSONAL')
  @Field(() => String, { description: 'Name, set even when the user is unknown.' })
  readonly userName!: UserActivity['userName'];
}

@ObjectType('HistogramBucket', { description: 'One bar of a histogram.', simpleResolvers: true })
export class HistogramBucketType {
  @Field(() => Int, { description: 'Number of values.' })
  readonly count!: number;

  @Field(() => Decimal, { description: 'Lower bound, included.' })
  readonly from!: string;

  @Field(() => Decimal, { description: 'Upper bound, excluded.' })
  readonly to!: string;
}

@ObjectType('TransitionStatistic', { description: 'How often and how fast records go from one status to another.', simpleResolvers: true })
export class TransitionStatisticType {
  @Field(() => String, { description: 'New status.' })
  readonly statusAfter!: string;

  @Field(() => String, { nullable: true, description: 'Old status; null for the first.' })
  readonly statusBefore!: string | null;

  @Field(() => Int, { description: 'Number of transitions.' })
  readonly count!: number;

  @Field(() => Boolean, {
    description: 'Whether the state machine allows it; without one everything is allowed, and so is any first status.',
  })
  readonly isExpected!: boolean;

  @Field(() => Float, {
    nullable: true,
    description: 'Median time in the old status, in milliseconds; null for the first, and where the log does not hold its beginning.',
  })
  readonly medianMs!: number | null;

  @Field(() => Float, { nullable: true, description: '95th percentile, in milliseconds.' })
  readonly p95Ms!: number | null;
}
