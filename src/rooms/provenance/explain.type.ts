import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Decimal, Json, JsonObject } from '../../shared/scalars.ts';
import { ActorType } from '../audit/actor.type.ts';
import type { Reason } from '../audit/audit.model.ts';
import { AuditEntryType, FieldChangeType, OriginType } from '../audit/audit-entry.type.ts';
import { NarrativeType } from '../audit/narrative.type.ts';
import { ReasonType } from '../audit/reason.type.ts';
import { TraceableType } from '../commerce/traceable.type.ts';
import type * as model from './explain.model.ts';
import { CauseRelation } from './explain.model.ts';
import { VersionInfoType } from './version-info.type.ts';

registerEnumType(CauseRelation, {
  name: 'CauseRelation',
  description: 'Why an entry counts as a cause.',
  valuesConfig: {
    WROTE_VALUE: { description: 'It wrote the value asked about.' },
    DECLARED: { description: 'Declared.' },
    VALUE_COPIED: { description: 'Value copied.' },
    TRIGGERED: { description: 'Triggered.' },
    SAME_RUN: { description: 'Same run.' },
    SAME_TRANSACTION: { description: 'Same transaction.' },
  },
});

@ObjectType('BusinessImpact', { description: 'Effect of a change, comparing equal periods before and after.', simpleResolvers: true })
export class BusinessImpactType {
  @Field(() => Decimal, { description: 'Value of the measure after.' })
  readonly after!: string;

  @Field(() => Decimal, { description: 'Value of the measure before.' })
  readonly before!: string;

  @Field(() => String, { description: 'What was measured, e.g. units_per_day.' })
  readonly measure!: string;

  @Field(() => Int, { description: 'Length of each period in days.' })
  readonly periodDays!: number;
}

@ObjectType('ReasonedChange', { description: 'A field change with its reason and measured effect.', simpleResolvers: true })
class ReasonedChangeType {
  @Field(() => AuditEntryType, { description: 'The entry.' })
  readonly auditEntry!: model.ReasonedChange['auditEntry'];

  @Field(() => FieldChangeType, { description: 'The change.' })
  readonly change!: model.ReasonedChange['change'];

  @Field(() => BusinessImpactType, {
    nullable: true,
    description: 'Effect that was measured afterwards, when there is one; null as of another time.',
  })
  readonly impact!: model.ReasonedChange['impact'];

  @Field(() => ReasonType, {
    nullable: true,
    description: 'The reason; null when none was given (see analytics.unexplainedChanges).',
  })
  readonly reason!: Reason | null;
}

@ObjectType('CauseStep', { description: 'One step of a chain of causes.', simpleResolvers: true })
class CauseStepType {
  @Field(() => AuditEntryType, { description: 'The entry.' })
  readonly auditEntry!: model.CauseStep['auditEntry'];

  @Field(() => Int, { description: 'Hops from the value asked about, 0 for the entry that wrote it.' })
  readonly degree!: number;

  @Field(() => CauseRelation, { description: 'Why this entry counts as a cause.' })
  readonly relation!: CauseRelation;
}

@ObjectType('WhyAnswer', { description: 'Answer to WHY is this value as it is.', simpleResolvers: true })
export class WhyAnswerType {
  @Field(() => [CauseStepType], {
    description: 'The chain from the last change back to its root causes, nearest first; bounded to 100.',
  })
  readonly causes!: model.WhyAnswer['causes'];

  @Field(() => NarrativeType, { description: 'The answer in words.' })
  readonly narrative!: model.WhyAnswer['narrative'];

  @Field(() => [ReasonedChangeType], { description: 'Stated reasons, newest first; bounded to 100.' })
  readonly reasons!: model.WhyAnswer['reasons'];
}

@ObjectType('HowStep', { description: 'One step of a process.', simpleResolvers: true })
class HowStepType {
  @Field(() => AuditEntryType, { description: 'The entry.' })
  readonly auditEntry!: model.HowStep['auditEntry'];

  @Field(() => [FieldChangeType], { description: 'Fields that changed.' })
  readonly changes!: model.HowStep['changes'];

  @Field(() => Float, { nullable: true, description: 'Time since the step before, in milliseconds; null for the first.' })
  readonly sincePreviousMs!: number | null;

  @Field(() => Boolean, { description: 'Whether the step followed the declared state machine.' })
  readonly isExpected!: boolean;
}

@ObjectType('HowAnswer', { description: 'Answer to HOW did this come to be.', simpleResolvers: true })
export class HowAnswerType {
  @Field(() => NarrativeType, { description: 'The answer in words.' })
  readonly narrative!: model.HowAnswer['narrative'];

  @Field(() => [HowStepType], { description: 'Steps, oldest first; bounded to 500, of more the newest.' })
  readonly steps!: model.HowAnswer['steps'];

  @Field(() => Float, { description: 'Time from first to last step, in milliseconds.' })
  readonly totalDurationMs!: number;
}

@ObjectType('RowReference', { description: 'One version of one stored row.', simpleResolvers: true })
class RowReferenceType {
  @Field(() => TraceableType, { nullable: true, description: 'The entity, when the row maps to one.' })
  readonly entity!: model.RowReference['entity'];

  @Field(() => JsonObject, { description: 'Primary key.' })
  readonly key!: model.RowReference['key'];

  @Field(() => String, { description: 'Schema of the table.' })
  readonly schema!: string;

  @Field(() => String, { description: 'Table.' })
  readonly table!: string;

  @Field(() => VersionInfoType, { nullable: true, description: 'Stamp.' })
  readonly version!: model.RowReference['version'];
}

@ObjectType('CellReference', { description: 'A column of one version of one row.', simpleResolvers: true })
class CellReferenceType {
  @Field(() => String, { description: 'Column name.' })
  readonly column!: string;

  @Field(() => RowReferenceType, { description: 'The row.' })
  readonly row!: model.RowReference;

  @Field(() => Json, { nullable: true, description: 'The value there.' })
  readonly value!: unknown;
}

@ObjectType('FieldOrigin', { description: 'Origin of one value.', simpleResolvers: true })
class FieldOriginType {
  @Field(() => ActorType, { nullable: true, description: 'Who wrote it; null when older than the log.' })
  readonly actor!: model.FieldOrigin['actor'];

  @Field(() => [CellReferenceType], { description: 'Cells that the value was copied from, through any number of copies; bounded to 100.' })
  readonly copiedFrom!: model.FieldOrigin['copiedFrom'];

  @Field(() => String, { description: 'Field name.' })
  readonly field!: string;

  @Field(() => OriginType, { nullable: true, description: 'Session, program and address; null when older than the log.' })
  readonly origin!: model.FieldOrigin['origin'];

  @Field(() => AuditEntryType, { nullable: true, description: 'The entry; null when the value is older than the log.' })
  readonly auditEntry!: model.FieldOrigin['auditEntry'];

  @Field(() => Json, { nullable: true, description: 'Present value.' })
  readonly value!: unknown;
}

@ObjectType('WhereAnswer', { description: 'Answer to WHERE did this come from.', simpleResolvers: true })
export class WhereAnswerType {
  @Field(() => [FieldOriginType], { description: 'Per field the origin; one item per field.' })
  readonly fields!: model.WhereAnswer['fields'];

  @Field(() => NarrativeType, { description: 'The answer in words.' })
  readonly narrative!: model.WhereAnswer['narrative'];
}
