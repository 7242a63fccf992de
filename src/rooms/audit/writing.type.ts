import { Field, ID, InputType } from 'type-graphql';
import { payloadType } from '../../shared/payload.type.ts';
import { JsonObject, RunId } from '../../shared/scalars.ts';
import { EntityType } from '../commerce/commerce.model.ts';
import { AuditEntryType } from './audit-entry.type.ts';
import { ReasonInput } from './reason.type.ts';
import { RunStatus } from './run.model.ts';
import { RunType } from './run.type.ts';
import type { AddReason, FinishRun, RecordAuditEvent, StartRun } from './writing.service.ts';

type Details = Readonly<Record<string, unknown>>;

/** Every mutation takes one. */
export const idempotencyKey = {
  nullable: true,
  description: 'Repeating a call with the same key within 24 hours returns the first outcome.',
} as const;

@InputType('StartRunInput', { description: 'Input of startRun.' })
export class StartRunInput implements StartRun {
  @Field(() => String, { description: 'What it will do.' })
  readonly name!: string;

  @Field(() => ReasonInput, { nullable: true, description: 'Why.' })
  readonly reason?: ReasonInput | null;

  @Field(() => String, idempotencyKey)
  readonly idempotencyKey?: string | null;

  @Field(() => RunId, { nullable: true, description: 'Identifier made by the caller; made by the server when absent.' })
  readonly runId?: string | null;

  @Field(() => String, {
    nullable: true,
    defaultValue: 'BATCH',
    description: 'Prefix of the entries that open and close the batch, e.g. BATCH for BATCH_START and BATCH_END.',
  })
  readonly eventPrefix?: string | null;

  @Field(() => JsonObject, { nullable: true, description: 'Free details of the opening entry.' })
  readonly details?: Details | null;
}

@InputType('FinishRunInput', { description: 'Input of finishRun.' })
export class FinishRunInput implements FinishRun {
  @Field(() => RunId, { description: 'Which.' })
  readonly runId!: string;

  @Field(() => RunStatus, { description: 'Final state.' })
  readonly status!: RunStatus;

  @Field(() => String, idempotencyKey)
  readonly idempotencyKey?: string | null;

  @Field(() => JsonObject, { nullable: true, description: 'Free details of the closing entry.' })
  readonly details?: Details | null;
}

@InputType('RecordAuditEventInput', { description: 'Input of recordAuditEvent.' })
export class RecordAuditEventInput implements RecordAuditEvent {
  @Field(() => String, { description: 'Name of the event.' })
  readonly operationName!: string;

  @Field(() => ID, { nullable: true, description: 'Entity concerned.' })
  readonly entityId?: string | null;

  @Field(() => JsonObject, { nullable: true, description: 'Free details.' })
  readonly details?: Details | null;

  @Field(() => ReasonInput, { nullable: true, description: 'Why.' })
  readonly reason?: ReasonInput | null;

  @Field(() => RunId, { nullable: true, description: 'Batch it belongs to.' })
  readonly runId?: string | null;

  @Field(() => String, idempotencyKey)
  readonly idempotencyKey?: string | null;

  @Field(() => EntityType, { nullable: true, description: 'Kind of entity, with entityKey; instead of entityId.' })
  readonly entityType?: EntityType | null;

  @Field(() => String, { nullable: true, description: 'Business key, e.g. the SKU; instead of entityId.' })
  readonly entityKey?: string | null;
}

@InputType('AddReasonInput', { description: 'Input of addReason.' })
export class AddReasonInput implements AddReason {
  @Field(() => ID, { description: 'Which.' })
  readonly auditEntryId!: string;

  @Field(() => ReasonInput, { description: 'Why.' })
  readonly reason!: ReasonInput;

  @Field(() => String, idempotencyKey)
  readonly idempotencyKey?: string | null;
}

export const StartRunPayload = payloadType('startRun', 'run', () => RunType);
export const FinishRunPayload = payloadType('finishRun', 'run', () => RunType);
export const RecordAuditEventPayload = payloadType('recordAuditEvent', 'auditEntry', () => AuditEntryType);
export const AddReasonPayload = payloadType('addReason', 'auditEntry', () => AuditEntryType);
