import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Cost } from '../../shared/connection.directives.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { Json } from '../../shared/scalars.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import { TraceableType } from '../commerce/traceable.type.ts';
import type { BusinessImpact, HowAnswer, WhereAnswer, WhyAnswer } from './explain.model.ts';
import { BusinessImpactType, HowAnswerType, WhereAnswerType, WhyAnswerType } from './explain.type.ts';
import type { HowService } from './how.service.ts';
import type { PriceChange } from './timeline.model.ts';
import { PriceChangeType } from './timeline.type.ts';
import type { Shown } from './version.model.ts';
import type { WhereService } from './where.service.ts';
import type { WhyService } from './why.service.ts';

/** WHY, HOW and WHERE of every entity. */
@Resolver(() => TraceableType)
export class ExplainResolver {
  constructor(
    private readonly reasons: WhyService,
    private readonly steps: HowService,
    private readonly origins: WhereService,
  ) {}

  @Cost(5)
  @FieldResolver(() => WhyAnswerType, { description: 'WHY: reasons, approvals and causes of the present values.' })
  why(
    @Root() entity: Shown<Entity>,
    @Arg('field', () => String, { nullable: true, description: 'Limit to one field, e.g. price.' }) field: string | null | undefined,
    @Arg('value', () => Json, { nullable: true, description: 'Only the change that produced this value; needs "field".' }) value: unknown,
    @Ctx() ctx: RequestContext,
  ): Promise<WhyAnswer> {
    return this.reasons.why(ctx, entity, field, value);
  }

  @Cost(5)
  @FieldResolver(() => HowAnswerType, { description: 'HOW: the steps that led from the first state to this one.' })
  how(
    @Root() entity: Shown<Entity>,
    @Arg('field', () => String, { nullable: true, description: 'Limit to one field, e.g. status.' }) field: string | null | undefined,
    @Ctx() ctx: RequestContext,
  ): Promise<HowAnswer> {
    return this.steps.how(ctx, entity, field);
  }

  @Cost(3)
  @FieldResolver(() => WhereAnswerType, { description: 'WHERE: the origin of each value: actor, session, program, source cell.' })
  where(
    @Root() entity: Shown<Entity>,
    @Arg('field', () => String, { nullable: true, description: 'Limit to one field.' }) field: string | null | undefined,
    @Ctx() ctx: RequestContext,
  ): Promise<WhereAnswer> {
    return this.origins.where(ctx, entity, field);
  }
}

@Resolver(() => PriceChangeType)
export class PriceImpactResolver {
  constructor(private readonly reasons: WhyService) {}

  @FieldResolver(() => BusinessImpactType, {
    nullable: true,
    description: 'Measured effect; null as of another time, when it was not known yet.',
  })
  impact(@Root() { entry, of, changes, seenAt }: PriceChange, @Ctx() ctx: RequestContext): Promise<BusinessImpact | null> {
    return this.reasons.impactOf(ctx, { entityType: of.history.entityType, seenAt }, changes[0]?.field ?? '', entry);
  }
}
