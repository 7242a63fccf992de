import { ArgsType, createUnionType, Field, Int } from 'type-graphql';
import { connectionType } from '../../shared/connection.type.ts';
import { TimeRangeInput } from '../../shared/time-range.input.ts';
import { AnomalyType } from '../analytics/anomaly.type.ts';
import { HealthCheckType, VaultExecutionType } from '../vault/vault.type.ts';
import type { AlertHistoryRequest } from './alert.service.ts';

export const AlertType = createUnionType({
  name: 'Alert',
  description: 'Something that needs attention.',
  types: () => [AnomalyType, HealthCheckType, VaultExecutionType] as const,
  resolveType: (alert) => ('hashKey' in alert ? VaultExecutionType : 'score' in alert ? AnomalyType : HealthCheckType),
});

export const AlertConnectionType = connectionType('Alert', () => AlertType, { counted: false });

@ArgsType()
export class AlertHistoryArgs implements AlertHistoryRequest {
  @Field(() => String, { nullable: true, description: 'Return items after this cursor.' })
  readonly after?: string | null;

  @Field(() => Int, { nullable: true, description: 'Page size forward.' })
  readonly first?: number | null;

  @Field(() => TimeRangeInput, { nullable: true, description: 'Period.' })
  readonly range?: TimeRangeInput | null;
}
