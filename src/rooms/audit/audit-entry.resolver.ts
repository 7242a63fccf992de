import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import { RequiresScope } from '../../shared/access.directives.ts';
import { ListSize } from '../../shared/connection.directives.ts';
import { encodeGlobalId } from '../../shared/global-id.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { BigIntText } from '../../shared/scalars.ts';
import { EntityType } from '../commerce/commerce.model.ts';
import type { Actor } from './actor.ts';
import { ActorType } from './actor.type.ts';
import { type AuditEntry, actorOfEntry, type Reason } from './audit.model.ts';
import type { AuditService } from './audit.service.ts';
import { AuditEntriesArgs } from './audit-entry.args.ts';
import { AuditEntryConnectionType, AuditEntryType, FieldChangeType, OriginType } from './audit-entry.type.ts';
import type { FieldChange } from './changes.ts';
import { ReasonType } from './reason.type.ts';
import type { Run } from './run.model.ts';
import { RunType } from './run.type.ts';

@Resolver(() => AuditEntryType)
export class AuditEntryResolver {
  constructor(private readonly audit: AuditService) {}

  @RequiresScope('AUDIT_READ')
  @ListSize()
  @Query(() => AuditEntryConnectionType, { nullable: true, description: 'The audit log.' })
  auditEntries(
    @Args(() => AuditEntriesArgs) args: AuditEntriesArgs,
    @Ctx() ctx: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<AuditEntry>> {
    return this.audit.entries(ctx, info.path, args);
  }

  @FieldResolver(() => ID, { description: 'Global id.' })
  id(@Root() entry: AuditEntry): string {
    return encodeGlobalId('AuditEntry', entry.id);
  }

  @FieldResolver(() => ActorType, { description: 'Who.' })
  actor(@Root() entry: AuditEntry, @Ctx() ctx: RequestContext): Actor {
    return this.audit.actor(ctx, actorOfEntry(entry));
  }

  @FieldResolver(() => [AuditEntryType], {
    description: 'Entries that this one was caused by (same transaction, run, or recorded cause); bounded to 100.',
  })
  causes(@Root() entry: AuditEntry, @Ctx() ctx: RequestContext): Promise<AuditEntry[]> {
    return this.audit.loaders(ctx).causesOf(entry);
  }

  @FieldResolver(() => [AuditEntryType], { description: 'Entries caused by this one; bounded to 100.' })
  effects(@Root() entry: AuditEntry, @Ctx() ctx: RequestContext): Promise<AuditEntry[]> {
    return this.audit.loaders(ctx).effectsOf(entry);
  }

  @FieldResolver(() => [FieldChangeType], { description: 'WHAT: fields that changed.' })
  changes(@Root() entry: AuditEntry, @Ctx() ctx: RequestContext): Promise<FieldChange[]> {
    return this.audit.changes(ctx, entry);
  }

  @FieldResolver(() => EntityType, { nullable: true, description: 'Kind of entity; null for an event that concerns no row.' })
  async entityType(@Root() entry: AuditEntry, @Ctx() ctx: RequestContext): Promise<EntityType | null> {
    return (await this.audit.table(ctx, entry))?.entityType ?? null;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Business key of the entity; null for an event that concerns no row.' })
  entityKey(@Root() entry: AuditEntry): string | null {
    return this.audit.entityKey(entry);
  }

  @FieldResolver(() => OriginType, { description: 'WHERE: session, program, address.' })
  origin(@Root() entry: AuditEntry): OriginType {
    return { ...entry, recordSource: entry.recordSource ?? 'postgresql' };
  }

  @FieldResolver(() => ReasonType, { nullable: true, description: 'WHY: stated reason.' })
  reason(@Root() entry: AuditEntry, @Ctx() ctx: RequestContext): Promise<Reason | null> {
    return this.audit.reason(ctx, entry);
  }

  @FieldResolver(() => BigIntText, {
    nullable: true,
    description: "Position in the tenant's sealed log; null until sealed, about a second.",
  })
  sequence(@Root() entry: AuditEntry, @Ctx() ctx: RequestContext): Promise<string | null> {
    return this.audit.loaders(ctx).sequenceOf(entry.id);
  }

  @FieldResolver(() => RunType, { nullable: true, description: 'Batch this entry belongs to.' })
  run(@Root() entry: AuditEntry, @Ctx() ctx: RequestContext): Promise<Run> | null {
    return this.audit.run(ctx, entry);
  }

  @FieldResolver(() => String, { description: 'One sentence for people.' })
  summary(
    @Root() entry: AuditEntry,
    @Arg('locale', () => String, { nullable: true, defaultValue: 'en', description: 'Language (BCP 47).' }) locale: string | null,
    @Ctx() ctx: RequestContext,
  ): Promise<string> {
    return this.audit.summary(ctx, entry, locale);
  }

  @FieldResolver(() => String, { nullable: true, description: 'Table or view written; null for an application event.' })
  async tableName(@Root() entry: AuditEntry, @Ctx() ctx: RequestContext): Promise<string | null> {
    return (await this.audit.table(ctx, entry))?.tableName ?? null;
  }

  @FieldResolver(() => [ReasonType], { description: 'All reasons, oldest first; bounded to 20.' })
  reasons(@Root() entry: AuditEntry, @Ctx() ctx: RequestContext): Promise<Reason[]> {
    return this.audit.reasons(ctx, entry);
  }
}
