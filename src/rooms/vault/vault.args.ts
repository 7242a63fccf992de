import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import {
  DateTimeFilterInput,
  type EnumFilter,
  enumFilterInput,
  IntFilterInput,
  type OrderTerm,
  orderInput,
  StringFilterInput,
} from '../../shared/filter.input.ts';
import { PageArgs } from '../../shared/page.args.ts';
import { payloadType } from '../../shared/payload.type.ts';
import { JsonObject, RunId, TimeZone } from '../../shared/scalars.ts';
import type { TimeInterval } from '../../shared/time-buckets.ts';
import { TimeIntervalType } from '../../shared/time-interval.type.ts';
import { TimeRangeInput } from '../../shared/time-range.input.ts';
import { idempotencyKey } from '../audit/writing.type.ts';
import type { ExecutionFilter, ExecutionOrderField } from './execution.queries.ts';
import { ExecutionStatus, ScriptType } from './vault.model.ts';
import type { ExecutionsRequest, ExecutionTrendRequest } from './vault.service.ts';
import { VaultExecutionType } from './vault.type.ts';
import type { CompleteOperation, TrackOperation } from './vault-writing.service.ts';

type Fields = Readonly<Record<string, unknown>>;

const ExecutionStatusFilterInput = enumFilterInput('ExecutionStatus', ExecutionStatus);

@InputType('VaultExecutionFilterInput', { description: 'Which VaultExecution items; fields are ANDed.' })
export class VaultExecutionFilterInput implements ExecutionFilter {
  @Field(() => StringFilterInput, { nullable: true, description: 'Name.' })
  readonly scriptName?: StringFilterInput | null;

  @Field(() => ScriptType, { nullable: true, description: 'Kind.' })
  readonly scriptType?: ScriptType | null;

  @Field(() => ExecutionStatusFilterInput, { nullable: true, description: 'State.' })
  readonly status?: EnumFilter<ExecutionStatus> | null;

  @Field(() => DateTimeFilterInput, { nullable: true, description: 'When.' })
  readonly executedAt?: DateTimeFilterInput | null;

  @Field(() => IntFilterInput, { nullable: true, description: 'Time taken.' })
  readonly durationMs?: IntFilterInput | null;

  @Field(() => StringFilterInput, { nullable: true, description: 'An object touched.' })
  readonly affectedObject?: StringFilterInput | null;

  @Field(() => [VaultExecutionFilterInput], { nullable: true, description: 'All of these.' })
  readonly and?: VaultExecutionFilterInput[] | null;

  @Field(() => [VaultExecutionFilterInput], { nullable: true, description: 'Any of these.' })
  readonly or?: VaultExecutionFilterInput[] | null;

  @Field(() => VaultExecutionFilterInput, { nullable: true, description: 'Not this.' })
  readonly not?: VaultExecutionFilterInput | null;
}

const VaultExecutionOrderInput = orderInput('VaultExecution', {
  DURATION_MS: 'By duration ms.',
  EXECUTED_AT: 'By executed at.',
  SCRIPT_NAME: 'By script name.',
});

@ArgsType()
export class VaultExecutionsArgs extends PageArgs implements ExecutionsRequest {
  @Field(() => VaultExecutionFilterInput, { nullable: true, description: 'Which.' })
  readonly filter?: VaultExecutionFilterInput | null;

  @Field(() => [VaultExecutionOrderInput], { nullable: true, description: 'Order; ties are broken by id.' })
  readonly orderBy?: OrderTerm<ExecutionOrderField>[] | null;
}

@ArgsType()
export class RecentErrorsArgs extends PageArgs {
  @Field(() => TimeRangeInput, { nullable: true, description: 'Period; the last 24 hours when absent.' })
  readonly range?: TimeRangeInput | null;
}

@ArgsType()
export class PerformanceMetricsArgs {
  @Field(() => TimeRangeInput, { description: 'Period.' })
  readonly range!: TimeRangeInput;

  @Field(() => Int, { defaultValue: 50, description: 'At most this many operations.' })
  readonly limit!: number;
}

@ArgsType()
export class ExecutionTrendArgs implements ExecutionTrendRequest {
  @Field(() => TimeIntervalType, { defaultValue: TimeIntervalType.DAY, description: 'Width of a bucket.' })
  readonly interval!: TimeInterval;

  @Field(() => TimeRangeInput, { description: 'Period.' })
  readonly range!: TimeRangeInput;

  @Field(() => TimeZone, { nullable: true, defaultValue: 'UTC', description: 'Zone for buckets.' })
  readonly timeZone?: string | null;
}

@InputType('TrackOperationInput', { description: 'Input of trackOperation.' })
export class TrackOperationInput implements TrackOperation {
  @Field(() => String, { description: 'Name.' })
  readonly scriptName!: string;

  @Field(() => ScriptType, { description: 'Kind.' })
  readonly scriptType!: ScriptType;

  @Field(() => JsonObject, { nullable: true, description: 'Free metadata.' })
  readonly metadata?: Fields | null;

  @Field(() => RunId, { nullable: true, description: 'Batch it belongs to.' })
  readonly runId?: string | null;

  @Field(() => String, idempotencyKey)
  readonly idempotencyKey?: string | null;

  @Field(() => String, { nullable: true, description: 'Kind as the caller names it, for kinds that ScriptType lacks.' })
  readonly scriptTypeName?: string | null;
}

@InputType('CompleteOperationInput', { description: 'Input of completeOperation.' })
export class CompleteOperationInput implements CompleteOperation {
  @Field(() => ID, { description: 'Which.' })
  readonly executionId!: string;

  @Field(() => Boolean, { description: 'Whether it went well.' })
  readonly isSuccess!: boolean;

  @Field(() => String, { nullable: true, description: 'Message when it failed.' })
  readonly errorMessage?: string | null;

  @Field(() => JsonObject, { nullable: true, description: 'Merged into the metadata.' })
  readonly metadata?: Fields | null;

  @Field(() => String, idempotencyKey)
  readonly idempotencyKey?: string | null;
}

export const TrackOperationPayload = payloadType('trackOperation', 'execution', () => VaultExecutionType);
export const CompleteOperationPayload = payloadType('completeOperation', 'execution', () => VaultExecutionType);
