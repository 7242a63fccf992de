import { Args, Ctx, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { Cost, ListSize } from '../../shared/connection.directives.ts';
import { encodeGlobalId } from '../../shared/global-id.ts';
import { PageArgs } from '../../shared/page.args.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Narrative } from '../audit/narrative.ts';
import { NarrativeType } from '../audit/narrative.type.ts';
import type { Customer, Entity } from '../commerce/commerce.model.ts';
import { CustomerType } from '../commerce/customer.type.ts';
import { NodeType } from '../commerce/node.type.ts';
import { JourneyArgs } from './journey.args.ts';
import type { Journey, JourneyEvent, JourneyStage } from './journey.model.ts';
import type { JourneyService } from './journey.service.ts';
import { JourneyEventConnectionType, JourneyEventType, JourneyMetricsType, JourneyStageType, JourneyType } from './journey.type.ts';

@Resolver(() => CustomerType)
export class CustomerJourneyResolver {
  constructor(private readonly journeys: JourneyService) {}

  @Cost(25)
  @FieldResolver(() => JourneyType, { description: "The customer's whole story across orders, payments and site visits." })
  journey(@Root() customer: Customer, @Args(() => JourneyArgs) { range, locale }: JourneyArgs): Journey {
    return this.journeys.journey(customer, range, locale);
  }
}

@Resolver(() => JourneyType)
export class JourneyResolver {
  constructor(private readonly journeys: JourneyService) {}

  @ListSize()
  @FieldResolver(() => JourneyEventConnectionType, { description: 'What happened, oldest first.' })
  events(@Root() journey: Journey, @Args(() => PageArgs) args: PageArgs, @Ctx() ctx: RequestContext): Promise<Page<JourneyEvent>> {
    return this.journeys.events(ctx, journey, args);
  }

  @FieldResolver(() => JourneyMetricsType, { description: 'Key figures.' })
  metrics(@Root() journey: Journey, @Ctx() ctx: RequestContext): JourneyMetricsType {
    return {
      lifetimeDays: () => this.journeys.lifetimeDays(ctx, journey),
      orderCount: async () => (await this.journeys.figures(ctx, journey)).orderCount,
      conversionRate: null,
      lifetimeValue: async () => (await this.journeys.figures(ctx, journey)).lifetimeValue,
    };
  }

  @FieldResolver(() => NarrativeType, { description: 'The story in words.' })
  narrative(@Root() journey: Journey, @Ctx() ctx: RequestContext): Promise<Narrative> {
    return this.journeys.narrative(ctx, journey);
  }

  @FieldResolver(() => [JourneyStageType], { description: 'Stages in order; bounded to 50.' })
  stages(@Root() journey: Journey, @Ctx() ctx: RequestContext): Promise<JourneyStage[]> {
    return this.journeys.stages(ctx, journey);
  }
}

@Resolver(() => JourneyEventType)
export class JourneyEventResolver {
  constructor(private readonly journeys: JourneyService) {}

  @FieldResolver(() => ID, { description: 'Global id.' })
  id(@Root() event: JourneyEvent): string {
    return encodeGlobalId('JourneyEvent', event.id);
  }

  @FieldResolver(() => NodeType, { nullable: true, description: 'The order, payment, customer or site event concerned.' })
  entity(@Root() event: JourneyEvent, @Ctx() ctx: RequestContext): Promise<Entity | null> {
    return this.journeys.entity(ctx, event);
  }

  @FieldResolver(() => String, { description: 'One sentence.' })
  summary(@Root() event: JourneyEvent, @Ctx() ctx: RequestContext): Promise<string> {
    return this.journeys.summary(ctx, event);
  }
}
