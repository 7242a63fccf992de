import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import { AuditEntryType } from '../audit/audit-entry.type.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import { TraceableType } from '../commerce/traceable.type.ts';
import type { ProvenanceService } from './provenance.service.ts';

@Resolver(() => AuditEntryType)
export class EntryEntityResolver {
  constructor(private readonly provenance: ProvenanceService) {}

  @FieldResolver(() => TraceableType, { nullable: true, description: 'The entity, as it was right after this entry.' })
  entity(@Root() entry: AuditEntry, @Ctx() ctx: RequestContext): Promise<Entity | null> {
    return this.provenance.entityAfter(ctx, entry);
  }
}
