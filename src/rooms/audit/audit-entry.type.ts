import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { RequiresScope, Sensitive } from '../../shared/access.directives.ts';
import { connectionType } from '../../shared/connection.type.ts';
import { DateTime, Decimal, IPAddress, Json, JsonObject } from '../../shared/scalars.ts';
import { NodeType } from '../commerce/node.type.ts';
import { AuditOperation, type Image } from './audit.model.ts';
import { ChangeKind } from './changes.ts';

registerEnumType(AuditOperation, {
  name: 'AuditOperation',
  description: 'Kinds of operation.',
  valuesConfig: {
    DDL: { description: 'Ddl.' },
    DELETE: { description: 'Delete.' },
    EVENT: { description: 'Event.' },
    INSERT: { description: 'Insert.' },
    READ: { description: 'Read.' },
    UPDATE: { description: 'Update.' },
    ERASE: { description: 'Personal data was erased.' },
    SECURITY: { description: 'A sign-in or a refused access.' },
    TRUNCATE: { description: 'A table was emptied.' },
  },
});

registerEnumType(ChangeKind, {
  name: 'ChangeKind',
  description: 'Kinds of change.',
  valuesConfig: { ADDED: { description: 'Added.' }, MODIFIED: { description: 'Modified.' }, REMOVED: { description: 'Removed.' } },
});

@ObjectType('FieldChange', { description: 'Value of one field before and after.', simpleResolvers: true })
export class FieldChangeType {
  @Field(() => Json, { nullable: true, description: 'New value; null when removed.' })
  readonly after!: unknown;

  @Field(() => Json, { nullable: true, description: 'Old value; null when added.' })
  readonly before!: unknown;

  @Field(() => Decimal, { nullable: true, description: 'Difference for numbers, as a decimal.' })
  readonly delta!: string | null;

  @Field(() => String, { description: 'Field name as in this API.' })
  readonly field!: string;

  @Field(() => ChangeKind, { description: 'Added, modified or removed.' })
  readonly kind!: ChangeKind;
}

@ObjectType('Origin', { description: 'Where a change came from.', simpleResolvers: true })
export class OriginType {
  @Field(() => String, { nullable: true, description: 'Program name reported by the session.' })
  readonly application!: string | null;

  @Sensitive('PERSONAL')
  @Field(() => IPAddress, { nullable: true, description: 'Address of the client.' })
  readonly clientIp!: string | null;

  @Field(() => String, { nullable: true, description: 'Host of the client.' })
  readonly hostName!: string | null;

  @Field(() => String, { description: 'Data Vault record source.' })
  readonly recordSource!: string;

  @Field(() => String, { nullable: true, description: 'Request id given by the caller.' })
  readonly requestId!: string | null;

  @Field(() => String, { nullable: true, description: 'Database session.' })
  readonly sessionId!: string | null;

  @Sensitive('SECRET')
  @Field(() => String, { nullable: true, description: 'SQL text, literals removed.' })
  readonly statement!: string | null;

  @Field(() => String, { nullable: true, description: 'W3C trace context of the caller.' })
  readonly traceParent!: string | null;
}

@RequiresScope('AUDIT_READ')
@ObjectType('AuditEntry', {
  implements: NodeType,
  description: 'One recorded change or read: who, what, when, why, how, where.',
  simpleResolvers: true,
})
export class AuditEntryType {
  @Field(() => JsonObject, { nullable: true, description: 'Row image after the change.' })
  readonly after!: Image | null;

  @Field(() => JsonObject, { nullable: true, description: 'Row image before the change.' })
  readonly before!: Image | null;

  @Field(() => DateTime, { description: 'WHEN: time given by the source.' })
  readonly occurredAt!: string;

  @Field(() => AuditOperation, { description: 'WHAT: kind of operation.' })
  readonly operation!: AuditOperation;

  @Field(() => String, { nullable: true, description: "Application's own name of the event, e.g. ORDER_CONFIRMED or SKU_UPDATED." })
  readonly operationName!: string | null;

  @Field(() => String, { nullable: true, description: 'Database transaction.' })
  readonly transactionId!: string;

  @Field(() => JsonObject, { nullable: true, description: 'Details given by the application.' })
  readonly details!: Image | null;

  @Field(() => DateTime, { description: 'When the log took it in.' })
  readonly recordedAt!: string;
}

export const AuditEntryConnectionType = connectionType('AuditEntry', () => AuditEntryType);
