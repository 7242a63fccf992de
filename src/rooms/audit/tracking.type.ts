import { Field, InputType } from 'type-graphql';
import { payloadType } from '../../shared/payload.type.ts';
import { TruncatePolicy } from './audit.model.ts';
import { TrackedTableType } from './tracked-table.type.ts';
import type { TrackTable, UntrackTable } from './tracking.service.ts';
import { idempotencyKey } from './writing.type.ts';

@InputType('StatusTransitionInput', { description: 'An allowed transition of a status.' })
export class StatusTransitionInput {
  @Field(() => String, { description: 'Old status.' })
  readonly from!: string;

  @Field(() => String, { description: 'New status.' })
  readonly to!: string;
}

@InputType('TrackTableInput', { description: 'Input of trackTable.' })
export class TrackTableInput implements TrackTable {
  @Field(() => String, { description: 'Table, with its schema.' })
  readonly tableName!: string;

  @Field(() => [String], { nullable: true, description: 'Columns that are never stored in the log.' })
  readonly ignoredColumns?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Columns stored masked.' })
  readonly maskedColumns?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Columns whose change needs a reason.' })
  readonly reasonRequiredColumns?: string[] | null;

  @Field(() => String, idempotencyKey)
  readonly idempotencyKey?: string | null;

  @Field(() => [String], { nullable: true, description: 'Columns with personal data, erasable by eraseSubject.' })
  readonly personalColumns?: string[] | null;

  @Field(() => TruncatePolicy, { defaultValue: TruncatePolicy.KEEP_ROWS, description: 'What to do on TRUNCATE.' })
  readonly truncatePolicy!: TruncatePolicy;

  @Field(() => String, { nullable: true, description: 'Column that holds the tenant; tenant or tenant_id when absent.' })
  readonly tenantColumn?: string | null;

  @Field(() => String, { nullable: true, description: 'Column that holds a status.' })
  readonly statusColumn?: string | null;

  @Field(() => [StatusTransitionInput], { nullable: true, description: 'Allowed transitions of the status.' })
  readonly transitions?: StatusTransitionInput[] | null;
}

@InputType('UntrackTableInput', { description: 'Input of untrackTable.' })
export class UntrackTableInput implements UntrackTable {
  @Field(() => String, { description: 'Table, with its schema.' })
  readonly tableName!: string;

  @Field(() => String, idempotencyKey)
  readonly idempotencyKey?: string | null;
}

export const TrackTablePayload = payloadType('trackTable', 'trackedTable', () => TrackedTableType);
export const UntrackTablePayload = payloadType('untrackTable', 'trackedTable', () => TrackedTableType);
