import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { RequiresScope } from '../../shared/access.directives.ts';
import { connectionType } from '../../shared/connection.type.ts';
import { BigIntText, DateTime, Hex, JsonObject } from '../../shared/scalars.ts';
import { NodeType } from '../commerce/node.type.ts';
import { ExecutionStatus, HealthStatus, ScriptType, type SystemHealth, type VaultDashboard } from './vault.model.ts';

registerEnumType(ScriptType, {
  name: 'ScriptType',
  description: 'Kinds of operation.',
  valuesConfig: {
    BACKUP: { description: 'Backup.' },
    DDL: { description: 'Ddl.' },
    ETL: { description: 'Etl.' },
    FUNCTION: { description: 'Function.' },
    MAINTENANCE: { description: 'Maintenance.' },
    MIGRATION: { description: 'Migration.' },
    OTHER: { description: 'Other.' },
    SECURITY: { description: 'Security.' },
  },
});

registerEnumType(ExecutionStatus, {
  name: 'ExecutionStatus',
  description: 'States of a tracked operation.',
  valuesConfig: {
    CANCELLED: { description: 'Cancelled.' },
    COMPLETED: { description: 'Completed.' },
    FAILED: { description: 'Failed.' },
    RUNNING: { description: 'Running.' },
  },
});

registerEnumType(HealthStatus, {
  name: 'HealthStatus',
  description: 'States of health.',
  valuesConfig: { DEGRADED: { description: 'Degraded.' }, DOWN: { description: 'Down.' }, OK: { description: 'Ok.' } },
});

@RequiresScope('VAULT_READ')
@ObjectType('VaultExecution', {
  implements: NodeType,
  description: 'One tracked database operation: Data Vault hub with its current satellite.',
  simpleResolvers: true,
})
export class VaultExecutionType {
  @Field(() => [String], { description: 'Database objects touched.' })
  readonly affectedObjects!: readonly string[];

  @Field(() => String, { description: 'Business key of the hub.' })
  readonly businessKey!: string;

  @Field(() => Float, { nullable: true, description: 'Time it took, in milliseconds.' })
  readonly durationMs!: number | null;

  @Field(() => String, { nullable: true, description: 'Message when it failed.' })
  readonly errorMessage!: string | null;

  @Field(() => DateTime, { description: 'When it began.' })
  readonly executedAt!: string;

  @Field(() => Hex, { description: 'Hash key of the hub.' })
  readonly hashKey!: string;

  @Field(() => String, { description: 'Name of the script or operation.' })
  readonly scriptName!: string;

  @Field(() => ScriptType, { description: 'Kind.' })
  readonly scriptType!: ScriptType;

  @Field(() => ExecutionStatus, { description: 'State.' })
  readonly status!: ExecutionStatus;

  @Field(() => DateTime, { nullable: true, description: 'When it ended; null while it runs.' })
  readonly completedAt!: string | null;

  @Field(() => DateTime, { description: 'When the hub row was loaded.' })
  readonly loadDate!: string;

  @Field(() => String, { description: 'Kind as the caller named it; scriptType is the group it falls into.' })
  readonly scriptTypeName!: string;
}

export const VaultExecutionConnectionType = connectionType('VaultExecution', () => VaultExecutionType);

@RequiresScope('VAULT_READ')
@ObjectType('VaultSatellite', { description: 'One satellite row.', simpleResolvers: true })
export class VaultSatelliteType {
  @Field(() => JsonObject, { description: 'The row; statement, address and people are told by `origin` and `actor` only.' })
  readonly attributes!: object;

  @Field(() => Hex, { description: 'Hash for change detection.' })
  readonly hashDiff!: string;

  @Field(() => DateTime, { description: 'Start of validity.' })
  readonly loadDate!: string;

  @Field(() => DateTime, { nullable: true, description: 'End of validity; null for the current row.' })
  readonly loadEndDate!: string | null;

  @Field(() => String, { description: 'Data Vault record source.' })
  readonly recordSource!: string;

  @Field(() => BigIntText, { description: 'Sequence-based version.' })
  readonly versionNumber!: string;
}

@ObjectType('CountByLabel', { description: 'A count with its label.', simpleResolvers: true })
class CountByLabelType {
  @Field(() => Int, { description: 'The count.' })
  readonly count!: number;

  @Field(() => String, { description: 'The label.' })
  readonly label!: string;
}

@ObjectType('VaultDashboard', { description: 'Summary of the vault.', simpleResolvers: true })
export class VaultDashboardType {
  @Field(() => Float, { nullable: true, description: 'Mean duration in milliseconds.' })
  readonly averageDurationMs!: number | null;

  @Field(() => [CountByLabelType], { description: 'Counts per kind.' })
  readonly byType!: VaultDashboard['byType'];

  @Field(() => Int, { description: 'Failed operations.' })
  readonly failedCount!: number;

  @Field(() => Int, { description: 'Operations still running.' })
  readonly runningCount!: number;

  @Field(() => Float, { description: 'Share that succeeded of those that completed or failed, 0 to 1; 1 while none has.' })
  readonly successRate!: number;

  @Field(() => Int, { description: 'All operations.' })
  readonly totalCount!: number;
}

@ObjectType('PerformanceMetric', { description: 'Durations of one operation.', simpleResolvers: true })
export class PerformanceMetricType {
  @Field(() => Int, { description: 'Number of executions.' })
  readonly count!: number;

  @Field(() => Float, { description: 'Median in milliseconds.' })
  readonly medianMs!: number;

  @Field(() => Float, { description: '95th percentile in milliseconds.' })
  readonly p95Ms!: number;

  @Field(() => Float, { description: '99th percentile in milliseconds.' })
  readonly p99Ms!: number;

  @Field(() => String, { description: 'Name of the operation.' })
  readonly scriptName!: string;

  @Field(() => Float, { nullable: true, description: 'Change of the median against the period before, in per cent.' })
  readonly trendPercent!: number | null;
}

@ObjectType('ExecutionTrendPoint', { description: 'One point of the trend of operations.', simpleResolvers: true })
export class ExecutionTrendPointType {
  @Field(() => DateTime, { description: 'Start of the bucket.' })
  readonly bucketStart!: string;

  @Field(() => Int, { description: 'Operations.' })
  readonly count!: number;

  @Field(() => Int, { description: 'Failed ones.' })
  readonly failedCount!: number;

  @Field(() => Float, { nullable: true, description: 'Median in milliseconds.' })
  readonly medianMs!: number | null;
}

@ObjectType('HealthCheck', { description: 'One check.', simpleResolvers: true })
export class HealthCheckType {
  @Field(() => String, { description: 'Detail for people.' })
  readonly detail!: string;

  @Field(() => String, { description: 'Name.' })
  readonly name!: string;

  @Field(() => HealthStatus, { description: 'State.' })
  readonly status!: HealthStatus;
}

@ObjectType('SystemHealth', { description: 'State of a system.', simpleResolvers: true })
export class SystemHealthType {
  @Field(() => [HealthCheckType], { description: 'Single checks; bounded.' })
  readonly checks!: SystemHealth['checks'];

  @Field(() => DateTime, { description: 'When it was looked at.' })
  readonly checkedAt!: string;

  @Field(() => HealthStatus, { description: 'Worst state of the checks.' })
  readonly status!: HealthStatus;
}

@ObjectType('Vault', { description: 'The vault of tracked database operations.' })
export class VaultType {}
