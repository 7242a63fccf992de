import { ArgsType, Field, Float, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../shared/connection.type.ts';
import { PageArgs } from '../../shared/page.args.ts';
import { TimeRangeInput } from '../../shared/time-range.input.ts';
import { NodeType } from '../commerce/node.type.ts';
import { AnomalyKind } from './anomaly.model.ts';

registerEnumType(AnomalyKind, {
  name: 'AnomalyKind',
  description: 'Kinds of anomaly, with the unit of what was observed and expected.',
  valuesConfig: {
    BULK_CHANGE: { description: 'Bulk change: rows changed by one transaction.' },
    OFF_HOURS: {
      description:
        'Off hours: hours of the clock between a change by a person and the nearest hour at which that person usually makes changes.',
    },
    PRICE_JUMP: { description: 'Price jump: factor by which the price of a product went up or down.' },
    RATE_SPIKE: { description: 'Rate spike: entries of one actor in one hour.' },
    UNUSUAL_ORIGIN: { description: 'Unusual origin: bits of surprise at an address or program, for this actor.' },
    UNUSUAL_TRANSITION: {
      description: 'Unusual transition: bits of surprise at a step of a status; one that is not declared scores 3 more.',
    },
  },
});

@ObjectType('Anomaly', { implements: NodeType, description: 'A departure from the usual pattern.', simpleResolvers: true })
export class AnomalyType {
  @Field(() => Float, { description: 'Expected value.' })
  readonly expected!: number;

  @Field(() => AnomalyKind, { description: 'What kind.' })
  readonly kind!: AnomalyKind;

  @Field(() => Float, { description: 'Observed value.' })
  readonly observed!: number;

  @Field(() => Float, { description: 'Robust z-score.' })
  readonly score!: number;
}

export const AnomalyConnectionType = connectionType('Anomaly', () => AnomalyType);

@ArgsType()
export class AnomaliesArgs extends PageArgs {
  @Field(() => TimeRangeInput, { description: 'Period.' })
  readonly range!: TimeRangeInput;

  @Field(() => Float, { nullable: true, defaultValue: 3, description: 'Smallest score.' })
  readonly minScore?: number | null;
}
