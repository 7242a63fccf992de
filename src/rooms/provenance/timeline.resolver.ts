import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, Float, ID, Info, Resolver, Root } from 'type-graphql';
import { ListSize } from '../../shared/connection.directives.ts';
import { encodeGlobalId } from '../../shared/global-id.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Actor } from '../audit/actor.ts';
import { ActorType } from '../audit/actor.type.ts';
import { type AuditEntry, actorOfEntry, type Reason } from '../audit/audit.model.ts';
import type { AuditService } from '../audit/audit.service.ts';
import { AuditEntryType } from '../audit/audit-entry.type.ts';
import { ReasonType } from '../audit/reason.type.ts';
import type { Entity, Order, Product } from '../commerce/commerce.model.ts';
import { OrderType } from '../commerce/order.type.ts';
import { ProductType } from '../commerce/product.type.ts';
import { TraceableType } from '../commerce/traceable.type.ts';
import { PriceHistoryArgs, TimelineArgs } from './timeline.args.ts';
import type { PriceChange, StatusTransition, TimelineItem } from './timeline.model.ts';
import type { TimelineService } from './timeline.service.ts';
import {
  AmountChangeType,
  FieldsChangedType,
  PriceChangeConnectionType,
  PriceChangeType,
  StatusTransitionType,
  StockChangeType,
  TimelineItemConnectionType,
  TimelineItemInterface,
} from './timeline.type.ts';
import type { Shown } from './version.model.ts';

@Resolver(() => TraceableType)
export class TraceableTimelineResolver {
  constructor(private readonly timelines: TimelineService) {}

  @ListSize()
  @FieldResolver(() => TimelineItemConnectionType, { description: 'Chronological items of all kinds about this entity, oldest first.' })
  timeline(
    @Root() entity: Shown<Entity>,
    @Args(() => TimelineArgs) args: TimelineArgs,
    @Ctx() ctx: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<TimelineItem>> {
    return this.timelines.timeline(ctx, entity, args, info.path);
  }
}

@Resolver(() => ProductType)
export class PriceHistoryResolver {
  constructor(private readonly timelines: TimelineService) {}

  @ListSize()
  @FieldResolver(() => PriceChangeConnectionType, { description: 'Price changes with reason, newest first.' })
  priceHistory(
    @Root() product: Shown<Product>,
    @Args(() => PriceHistoryArgs) args: PriceHistoryArgs,
    @Ctx() ctx: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<PriceChange>> {
    return this.timelines.priceHistory(ctx, product, args, info.path);
  }
}

@Resolver(() => OrderType)
export class StatusFlowResolver {
  constructor(private readonly timelines: TimelineService) {}

  @FieldResolver(() => [StatusTransitionType], {
    description: 'Status changes in order, with time spent in each; at most the newest 500.',
  })
  statusFlow(@Root() order: Shown<Order>, @Ctx() ctx: RequestContext): Promise<readonly StatusTransition[]> {
    return this.timelines.statusFlow(ctx, order);
  }
}

@Resolver(() => TimelineItemInterface)
export class TimelineItemResolver {
  constructor(private readonly audit: AuditService) {}

  @FieldResolver(() => ID, { description: 'Global id.' })
  id(@Root() { __typename, key }: TimelineItem): string {
    return encodeGlobalId(__typename, key);
  }

  @FieldResolver(() => ActorType, { description: 'Who.' })
  actor(@Root() { entry }: TimelineItem, @Ctx() ctx: RequestContext): Actor {
    return this.audit.actor(ctx, actorOfEntry(entry));
  }

  @FieldResolver(() => AuditEntryType, { description: 'The entry behind it.' })
  auditEntry(@Root() { entry }: TimelineItem): AuditEntry {
    return entry;
  }

  @FieldResolver(() => String, { description: 'One sentence.' })
  summary(
    @Root() { entry, changes }: TimelineItem,
    @Arg('locale', () => String, { nullable: true, defaultValue: 'en', description: 'Language (BCP 47).' }) locale: string | null,
    @Ctx() ctx: RequestContext,
  ): Promise<string> {
    return this.audit.summary(ctx, entry, locale, changes);
  }
}

@Resolver(() => StatusTransitionType)
export class StatusTransitionResolver {
  constructor(private readonly timelines: TimelineService) {}

  @FieldResolver(() => Float, {
    nullable: true,
    description:
      'Time spent in the old status, in milliseconds; null for the first status, and when the log does not hold the earlier one.',
  })
  timeInPreviousMs(@Root() transition: StatusTransition, @Ctx() ctx: RequestContext): Promise<number | null> {
    return this.timelines.timeInPreviousMs(ctx, transition);
  }
}

/** `reason` of the items that have one; made once, since the types of a schema know their resolvers by class. */
const itemReasonClasses = [FieldsChangedType, PriceChangeType, StockChangeType, AmountChangeType].map((type) => {
  @Resolver(() => type)
  class ItemReasonResolver {
    constructor(private readonly audit: AuditService) {}

    @FieldResolver(() => ReasonType, { nullable: true, description: 'Stated reason.' })
    reason(@Root() { entry }: TimelineItem, @Ctx() ctx: RequestContext): Promise<Reason | null> {
      return this.audit.reason(ctx, entry);
    }
  }
  return ItemReasonResolver;
});

export const itemReasonResolvers = (audit: AuditService): object[] => itemReasonClasses.map((ItemReasons) => new ItemReasons(audit));
