import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import { Cost, ListSize } from '../../shared/connection.directives.ts';
import { encodeGlobalId } from '../../shared/global-id.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import { AuditEntryType, FieldChangeType } from '../audit/audit-entry.type.ts';
import { ChangeKind, type FieldChange } from '../audit/changes.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import type { NodeRegistry } from '../commerce/node-registry.ts';
import { TraceableType } from '../commerce/traceable.type.ts';
import { DiffArgs, DifferencesArgs } from './diff.args.ts';
import type { DataDiff, DiffStatistic, EntityDiff, VersionPoint } from './diff.model.ts';
import { type DiffService, encodeDiffKey } from './diff.service.ts';
import { DataDiffType, DiffStatisticType, EntityDiffConnectionType, EntityDiffType, VersionPointType } from './diff.type.ts';
import type { Shown } from './version.model.ts';

@Resolver(() => TraceableType)
export class TraceableDiffResolver {
  constructor(private readonly diffs: DiffService) {}

  @FieldResolver(() => EntityDiffType, { description: 'Field-by-field difference between two points in time.' })
  diff(@Root() entity: Shown<Entity>, @Args(() => DiffArgs) { from, to }: DiffArgs, @Ctx() ctx: RequestContext): Promise<EntityDiff> {
    return this.diffs.diff(ctx, entity, from, to);
  }
}

@Resolver(() => DataDiffType)
export class DataDiffResolver {
  constructor(private readonly diffs: DiffService) {}

  @Cost(20)
  @Query(() => DataDiffType, { nullable: true, description: 'What changed in all data between two points.' })
  dataDiff(@Args(() => DiffArgs) { from, to }: DiffArgs, @Ctx() ctx: RequestContext): Promise<DataDiff> {
    return this.diffs.dataDiff(ctx, from, to);
  }

  @FieldResolver(() => [DiffStatisticType], { description: 'Per entity kind; kinds without a difference are left out.' })
  statistics(@Root() diff: DataDiff, @Ctx() ctx: RequestContext): Promise<DiffStatistic[]> {
    return this.diffs.statistics(ctx, diff);
  }

  @ListSize()
  @FieldResolver(() => EntityDiffConnectionType, { description: 'Entities that differ, in the order in which they first changed.' })
  entities(
    @Root() diff: DataDiff,
    @Args(() => DifferencesArgs) args: DifferencesArgs,
    @Ctx() ctx: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<EntityDiff>> {
    return this.diffs.entities(ctx, diff, args, info.path);
  }

  @FieldResolver(() => VersionPointType, { description: 'Older point, resolved.' })
  from(@Root() diff: DataDiff, @Ctx() ctx: RequestContext): Promise<VersionPoint> {
    return this.diffs.versionPoint(ctx, diff.asked.from);
  }

  @FieldResolver(() => VersionPointType, { description: 'Newer point, resolved.' })
  to(@Root() diff: DataDiff, @Ctx() ctx: RequestContext): Promise<VersionPoint> {
    return this.diffs.versionPoint(ctx, diff.to);
  }
}

@Resolver(() => EntityDiffType)
export class EntityDiffResolver {
  constructor(private readonly diffs: DiffService) {}

  @FieldResolver(() => ID, { description: 'Global id.' })
  id(@Root() diff: EntityDiff): string {
    return encodeGlobalId('EntityDiff', encodeDiffKey(diff));
  }

  @FieldResolver(() => ChangeKind, { description: 'Added, modified or removed; modified, without changes, where nothing differs.' })
  kind(@Root() diff: EntityDiff): ChangeKind {
    return diff.kind ?? 'MODIFIED';
  }

  @FieldResolver(() => [FieldChangeType], {
    description: 'Fields that differ. What changed and changed back is none, except under a mask, where nobody can tell.',
  })
  changes(@Root() diff: EntityDiff, @Ctx() ctx: RequestContext): Promise<FieldChange[]> {
    return this.diffs.changes(ctx, diff);
  }

  @FieldResolver(() => [AuditEntryType], {
    description: 'Entries between the two points, oldest first; bounded to 100, see history for all.',
  })
  auditEntries(@Root() diff: EntityDiff, @Ctx() ctx: RequestContext): Promise<AuditEntry[]> {
    return this.diffs.entries(ctx, diff);
  }

  @FieldResolver(() => TraceableType, { nullable: true, description: 'The entity at the newer point; null when deleted.' })
  entityAfter(@Root() diff: EntityDiff, @Ctx() ctx: RequestContext): Promise<Entity | null> {
    return this.diffs.entityAt(ctx, diff, 'to');
  }

  @FieldResolver(() => TraceableType, { nullable: true, description: 'The entity at the older point; null when not yet made.' })
  entityBefore(@Root() diff: EntityDiff, @Ctx() ctx: RequestContext): Promise<Entity | null> {
    return this.diffs.entityAt(ctx, diff, 'from');
  }
}

export function registerDiffNodes(registry: NodeRegistry, diffs: DiffService): NodeRegistry {
  return registry.register('EntityDiff', (ctx, key, argument) => diffs.diffByGlobalKey(ctx, key, argument));
}
