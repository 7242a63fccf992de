import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { AsksOfPersonal } from '../../shared/access.directives.ts';
import { DateTimeFilterInput, type EnumFilter, enumFilterInput, OrderDirection, StringFilterInput } from '../../shared/filter.input.ts';
import { PageArgs } from '../../shared/page.args.ts';
import { RunId } from '../../shared/scalars.ts';
import { EntityType } from '../commerce/commerce.model.ts';
import { AuditOperation } from './audit.model.ts';
import type { AuditEntryFilter } from './entry-filter.queries.ts';

const AuditOperationFilterInput = enumFilterInput('AuditOperation', AuditOperation);

@InputType('AuditEntryFilterInput', { description: 'Which AuditEntry items; fields are ANDed.' })
export class AuditEntryFilterInput implements AuditEntryFilter {
  @Field(() => ID, { nullable: true, description: 'Who.' })
  readonly actorId?: string | null;

  @AsksOfPersonal()
  @Field(() => StringFilterInput, { nullable: true, description: 'Name of the actor.' })
  readonly actorName?: StringFilterInput | null;

  @Field(() => StringFilterInput, { nullable: true, description: 'A field that changed.' })
  readonly changedField?: StringFilterInput | null;

  @Field(() => ID, { nullable: true, description: 'Entity.' })
  readonly entityId?: string | null;

  @Field(() => StringFilterInput, { nullable: true, description: 'Business key, e.g. the SKU.' })
  readonly entityKey?: StringFilterInput | null;

  @Field(() => EntityType, { nullable: true, description: 'Kind of entity.' })
  readonly entityType?: EntityType | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether a reason is known.' })
  readonly hasReason?: boolean | null;

  @Field(() => DateTimeFilterInput, { nullable: true, description: 'When.' })
  readonly occurredAt?: DateTimeFilterInput | null;

  @Field(() => AuditOperationFilterInput, { nullable: true, description: 'Kind of operation.' })
  readonly operation?: EnumFilter<AuditOperation> | null;

  @Field(() => StringFilterInput, { nullable: true, description: 'Name of the event.' })
  readonly operationName?: StringFilterInput | null;

  @Field(() => RunId, { nullable: true, description: 'Batch.' })
  readonly runId?: string | null;

  @Field(() => StringFilterInput, { nullable: true, description: 'Table.' })
  readonly tableName?: StringFilterInput | null;

  @Field(() => [AuditEntryFilterInput], { nullable: true, description: 'All of these.' })
  readonly and?: AuditEntryFilterInput[] | null;

  @Field(() => [AuditEntryFilterInput], { nullable: true, description: 'Any of these.' })
  readonly or?: AuditEntryFilterInput[] | null;

  @Field(() => AuditEntryFilterInput, { nullable: true, description: 'Not this.' })
  readonly not?: AuditEntryFilterInput | null;

  @Field(() => StringFilterInput, { nullable: true, description: 'Program name.' })
  readonly application?: StringFilterInput | null;

  @AsksOfPersonal()
  @Field(() => String, { nullable: true, description: 'Address of the client, or a network in CIDR form.' })
  readonly clientIp?: string | null;

  @Field(() => StringFilterInput, { nullable: true, description: 'Database account.' })
  readonly databaseUser?: StringFilterInput | null;

  @Field(() => StringFilterInput, { nullable: true, description: 'Reason code.' })
  readonly reasonCode?: StringFilterInput | null;

  @Field(() => StringFilterInput, { nullable: true, description: 'Source system.' })
  readonly recordSource?: StringFilterInput | null;

  @Field(() => String, { nullable: true, description: 'Request.' })
  readonly requestId?: string | null;

  @Field(() => String, { nullable: true, description: 'Database session.' })
  readonly sessionId?: string | null;

  @Field(() => String, { nullable: true, description: 'Words in names, details and reasons.' })
  readonly text?: string | null;

  @Field(() => String, { nullable: true, description: 'Database transaction.' })
  readonly transactionId?: string | null;
}

@ArgsType()
export class AuditEntriesArgs extends PageArgs {
  @Field(() => AuditEntryFilterInput, { nullable: true, description: 'Which.' })
  readonly filter?: AuditEntryFilterInput | null;

  @Field(() => OrderDirection, { nullable: true, defaultValue: OrderDirection.DESC, description: 'Order by sequence.' })
  readonly direction?: OrderDirection | null;
}

@ArgsType()
export class RunEntriesArgs extends PageArgs {
  @Field(() => AuditEntryFilterInput, { nullable: true, description: 'Which.' })
  readonly filter?: AuditEntryFilterInput | null;

  @Field(() => OrderDirection, { nullable: true, defaultValue: OrderDirection.ASC, description: 'Order by sequence.' })
  readonly direction?: OrderDirection | null;
}
