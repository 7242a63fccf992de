import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import { AuditEntryType } from '../audit/audit-entry.type.ts';
import { FieldBlameType } from './field-blame.type.ts';
import type { ProvenanceService } from './provenance.service.ts';
import type { FieldBlame } from './version.model.ts';

@Resolver(() => FieldBlameType)
export class FieldBlameResolver {
  constructor(private readonly provenance: ProvenanceService) {}

  @FieldResolver(() => AuditEntryType, { nullable: true, description: 'Entry that wrote the value; null when older than the log.' })
  auditEntry(@Root() blame: FieldBlame, @Ctx() ctx: RequestContext): Promise<AuditEntry | null> {
    return this.provenance.entryOf(ctx, blame.entryId);
  }
}
