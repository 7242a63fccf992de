import { Arg, Args, Ctx, Directive, Float, Query, Resolver, Root, Subscription } from 'type-graphql';
import { RequiresScope } from '../../shared/access.directives.ts';
import type { LiveFeed } from '../../shared/live-feed.ts';
import { bySource } from '../../shared/live-source.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Alert } from './alert.model.ts';
import type { AlertService } from './alert.service.ts';
import { AlertConnectionType, AlertHistoryArgs, AlertType } from './alert.type.ts';
import { leastScore } from './findings.ts';

@Resolver()
export class AlertResolver {
  constructor(private readonly alertService: AlertService) {}

  @Directive('@listSize(slicingArguments: ["first"], sizedFields: ["edges", "nodes"])')
  @RequiresScope('AUDIT_READ')
  @Query(() => AlertConnectionType, { nullable: true, description: 'Alerts raised, newest first.' })
  alertHistory(@Args(() => AlertHistoryArgs) args: AlertHistoryArgs, @Ctx() ctx: RequestContext): Promise<Page<Alert>> {
    return this.alertService.history(ctx, args);
  }

  @RequiresScope('AUDIT_READ')
  @Subscription(() => AlertType, {
    nullable: true,
    subscribe: bySource,
    description: 'Anomalies, operations that failed and checks that went wrong, as they are found.',
  })
  alerts(
    @Root() alert: Alert,
    @Arg('minScore', () => Float, {
      nullable: true,
      defaultValue: 3,
      description: 'Smallest score of an anomaly; one below 3 is no alert.',
    })
    _minScore?: number | null,
  ): Alert {
    return alert;
  }

  alertsSource({ minScore }: { readonly minScore?: number | null }, ctx: RequestContext): Promise<LiveFeed<Alert>> {
    return this.alertService.feed(ctx, minScore ?? leastScore);
  }
}
