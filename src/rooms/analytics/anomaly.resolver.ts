import { Args, Ctx, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { Cost } from '../../shared/connection.directives.ts';
import { encodeGlobalId, isBigintKey } from '../../shared/global-id.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { DateTime } from '../../shared/scalars.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import { AuditEntryType } from '../audit/audit-entry.type.ts';
import type { LoadNode, NodeRegistry } from '../commerce/node-registry.ts';
import { AnalyticsType } from './analytics.type.ts';
import type { Anomaly } from './anomaly.model.ts';
import { type AnomalyService, anomalyKey } from './anomaly.service.ts';
import { AnomaliesArgs, AnomalyConnectionType, AnomalyType } from './anomaly.type.ts';

@Resolver(() => AnalyticsType)
export class AnomaliesResolver {
  constructor(private readonly anomalyService: AnomalyService) {}

  @Cost(20)
  @FieldResolver(() => AnomalyConnectionType, { nullable: true, description: 'Departures from the usual pattern, strongest first.' })
  anomalies(@Args(() => AnomaliesArgs) args: AnomaliesArgs, @Ctx() ctx: RequestContext): Promise<Page<Anomaly>> {
    return this.anomalyService.anomalies(ctx, args);
  }
}

@Resolver(() => AnomalyType)
export class AnomalyResolver {
  constructor(private readonly anomalyService: AnomalyService) {}

  @FieldResolver(() => [AuditEntryType], { description: 'Entries that show it; bounded to 20.' })
  evidence(@Root() anomaly: Anomaly, @Ctx() ctx: RequestContext): Promise<AuditEntry[]> {
    return this.anomalyService.evidence(ctx, anomaly);
  }

  @FieldResolver(() => ID, { description: 'Global id.' })
  id(@Root() anomaly: Anomaly): string {
    return encodeGlobalId('Anomaly', anomalyKey(anomaly));
  }

  @FieldResolver(() => DateTime, { description: 'When it began.' })
  occurredAt(@Root() anomaly: Anomaly): string {
    return anomaly.about.occurredAt;
  }

  @FieldResolver(() => String, { description: 'One sentence.' })
  summary(@Root() anomaly: Anomaly, @Ctx() ctx: RequestContext): Promise<string> {
    return this.anomalyService.summary(ctx, anomaly);
  }
}

/** @param ofAlert finds the one that an alert told, by the alert's number. */
export function registerAnomalyNodes(registry: NodeRegistry, anomalies: AnomalyService, ofAlert: LoadNode): NodeRegistry {
  return registry.register('Anomaly', (ctx, key, argument, asOf) =>
    isBigintKey(key) ? ofAlert(ctx, key, argument, asOf) : anomalies.anomaly(ctx, key, argument),
  );
}
