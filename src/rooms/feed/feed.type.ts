import { createUnionType, Field, ObjectType } from 'type-graphql';
import { DateTime } from '../../shared/scalars.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import { AuditEntryType } from '../audit/audit-entry.type.ts';

@ObjectType('AuditFeedEntry', { description: 'A new entry.' })
class AuditFeedEntryType {
  @Field(() => String, { description: 'Cursor to resume behind.' })
  readonly cursor!: string;

  @Field(() => AuditEntryType, { description: 'The entry.' })
  readonly entry!: AuditEntry;
}

@ObjectType('AuditFeedHeartbeat', { description: 'Nothing new; proves that the feed is alive and how far it has come.' })
class AuditFeedHeartbeatType {
  @Field(() => String, { description: 'Cursor reached.' })
  readonly cursor!: string;

  @Field(() => DateTime, { description: 'Server time.' })
  readonly sentAt!: string;
}

export const AuditFeedEventType = createUnionType({
  name: 'AuditFeedEvent',
  description: 'An event of the audit feed.',
  types: () => [AuditFeedEntryType, AuditFeedHeartbeatType] as const,
  resolveType: (event) => ('entry' in event ? AuditFeedEntryType : AuditFeedHeartbeatType),
});
export type AuditFeedEvent = AuditFeedEntryType | AuditFeedHeartbeatType;
