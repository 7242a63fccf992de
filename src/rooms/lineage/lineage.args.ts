import { ArgsType, Field, InputType, Int } from 'type-graphql';
import { TimeRangeInput } from '../../shared/time-range.input.ts';
import { EntityType } from '../commerce/commerce.model.ts';
import { LineageDirection, type LineageFilter, type LineageRequest, ProvRelation } from './lineage.model.ts';

@InputType('LineageFilterInput', { description: 'Which part of a lineage graph.' })
export class LineageFilterInput implements LineageFilter {
  @Field(() => [EntityType], { nullable: true, description: 'Kinds of entity to keep.' })
  readonly entityTypes?: EntityType[] | null;

  @Field(() => [String], { nullable: true, description: 'Only edges that touch these fields.' })
  readonly fields?: string[] | null;

  @Field(() => TimeRangeInput, { nullable: true, description: 'Only edges seen in this period.' })
  readonly range?: TimeRangeInput | null;

  @Field(() => [ProvRelation], { nullable: true, description: 'Relations to follow.' })
  readonly relations?: ProvRelation[] | null;
}

@ArgsType()
export class LineageArgs implements LineageRequest {
  @Field(() => LineageDirection, { defaultValue: LineageDirection.BOTH, description: 'Which way.' })
  readonly direction!: LineageDirection;

  @Field(() => Int, { defaultValue: 2, description: 'Hops from the root, 1 to 10.' })
  readonly depth!: number;

  @Field(() => Int, { defaultValue: 200, description: 'Upper bound on nodes, 1 to 2000; beyond it the graph is marked partial.' })
  readonly maxNodes!: number;

  @Field(() => LineageFilterInput, { nullable: true, description: 'Limit edges and nodes.' })
  readonly filter?: LineageFilterInput | null;
}
