import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../shared/connection.type.ts';
import type { Money } from '../../shared/money.ts';
import { MoneyType } from '../../shared/money.type.ts';
import { DateTime } from '../../shared/scalars.ts';
import { NodeType } from '../commerce/node.type.ts';
import { JourneyStageName } from './journey.model.ts';

registerEnumType(JourneyStageName, {
  name: 'JourneyStageName',
  description: 'Stages of a journey.',
  valuesConfig: {
    BROWSING: { description: 'Browsing.' },
    FULFILMENT: { description: 'Fulfilment.' },
    ORDERING: { description: 'Ordering.' },
    PAYING: { description: 'Paying.' },
    RETURNING: { description: 'Returning.' },
    SUPPORT: { description: 'Support.' },
  },
});

@ObjectType('JourneyEvent', { implements: NodeType, description: 'One event of a journey.', simpleResolvers: true })
export class JourneyEventType {
  @Field(() => DateTime, { description: 'When.' })
  readonly occurredAt!: string;

  @Field(() => JourneyStageName, { description: 'Stage it belongs to.' })
  readonly stage!: JourneyStageName;
}

export const JourneyEventConnectionType = connectionType('JourneyEvent', () => JourneyEventType);

@ObjectType('JourneyStage', { description: 'One stage of a journey.', simpleResolvers: true })
export class JourneyStageType {
  @Field(() => DateTime, { nullable: true, description: 'When it ended; null when it lasts.' })
  readonly endedAt!: string | null;

  @Field(() => Int, { description: 'Number of events in it.' })
  readonly eventCount!: number;

  @Field(() => JourneyStageName, { description: 'Which stage.' })
  readonly stage!: JourneyStageName;

  @Field(() => DateTime, { description: 'When it began.' })
  readonly startedAt!: string;
}

/** What a field asks for is worked out when it is selected. */
@ObjectType('JourneyMetrics', { description: 'Key figures of a journey.', simpleResolvers: true })
export class JourneyMetricsType {
  @Field(() => Int, { description: 'Days between first and last event.' })
  readonly lifetimeDays!: () => Promise<number>;

  @Field(() => Int, { description: 'Number of orders.' })
  readonly orderCount!: () => Promise<number>;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of visits that led to an order, 0 to 1; null while visits of the site are not tracked.',
  })
  readonly conversionRate!: number | null;

  @Field(() => [MoneyType], { description: 'Sum of settled payments, one amount per currency.' })
  readonly lifetimeValue!: () => Promise<readonly Money[]>;
}

@ObjectType('Journey', { description: "A customer's story." })
export class JourneyType {}
