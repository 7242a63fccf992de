import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { RequiresScope } from '../../shared/access.directives.ts';
import { Cost, ListSize } from '../../shared/connection.directives.ts';
import { notAGlobalId } from '../../shared/global-id.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { JsonObject } from '../../shared/scalars.ts';
import { TimeRangeInput } from '../../shared/time-range.input.ts';
import type { Outcome } from '../access/idempotency.ts';
import type { Actor } from '../audit/actor.ts';
import { ActorType } from '../audit/actor.type.ts';
import type { AuditService } from '../audit/audit.service.ts';
import { OriginType } from '../audit/audit-entry.type.ts';
import type { Run } from '../audit/run.model.ts';
import { RunType } from '../audit/run.type.ts';
import type { NodeRegistry } from '../commerce/node-registry.ts';
import { executionId, isHashKey } from './execution-key.ts';
import {
  CompleteOperationInput,
  CompleteOperationPayload,
  ExecutionTrendArgs,
  PerformanceMetricsArgs,
  RecentErrorsArgs,
  TrackOperationInput,
  TrackOperationPayload,
  VaultExecutionsArgs,
} from './vault.args.ts';
import type {
  ExecutionTrendPoint,
  PerformanceMetric,
  SystemHealth,
  VaultDashboard,
  VaultExecution,
  VaultSatellite,
} from './vault.model.ts';
import type { VaultService } from './vault.service.ts';
import {
  ExecutionTrendPointType,
  PerformanceMetricType,
  SystemHealthType,
  VaultDashboardType,
  VaultExecutionConnectionType,
  VaultExecutionType,
  VaultSatelliteType,
  VaultType,
} from './vault.type.ts';
import type { VaultWritingService } from './vault-writing.service.ts';

/** As script_tracking.operation_figures (0030) works them out. */
const exactness =
  'Counts are exact. Medians and percentiles are exact up to 5000 operations; of more, durations above 100 ms count within 1 per cent of what they were.';

/** Every field may fail alone. */
@Resolver(() => VaultType)
export class VaultResolver {
  constructor(
    private readonly vault: VaultService,
    private readonly writing: VaultWritingService,
  ) {}

  @RequiresScope('VAULT_READ')
  @Query(() => VaultType, { name: 'vault', nullable: true, description: 'Tracked database operations.' })
  entry(): object {
    return {};
  }

  @Cost(10)
  @FieldResolver(() => VaultDashboardType, { nullable: true, description: 'Summary for a screen.' })
  dashboard(
    @Arg('range', () => TimeRangeInput, { nullable: true, description: 'Period; the last 24 hours when absent.' })
    range: TimeRangeInput | null,
    @Ctx() ctx: RequestContext,
  ): Promise<VaultDashboard> {
    return this.vault.dashboard(ctx, range);
  }

  @ListSize()
  @FieldResolver(() => VaultExecutionConnectionType, {
    nullable: true,
    description: 'Tracked operations, the newest first when no order is given.',
  })
  executions(@Args(() => VaultExecutionsArgs) args: VaultExecutionsArgs, @Ctx() ctx: RequestContext): Promise<Page<VaultExecution>> {
    return this.vault.executions(ctx, args);
  }

  @FieldResolver(() => SystemHealthType, { nullable: true, description: 'State of the tracking system.' })
  health(@Ctx() ctx: RequestContext): Promise<SystemHealth> {
    return this.vault.health(ctx);
  }

  @Cost(10)
  @FieldResolver(() => [PerformanceMetricType], {
    nullable: true,
    description: `Durations per operation, the most frequent first. ${exactness}`,
  })
  performanceMetrics(
    @Args(() => PerformanceMetricsArgs) { range, limit }: PerformanceMetricsArgs,
    @Ctx() ctx: RequestContext,
  ): Promise<PerformanceMetric[]> {
    return this.vault.performanceMetrics(ctx, range, limit);
  }

  @ListSize()
  @FieldResolver(() => VaultExecutionConnectionType, { nullable: true, description: 'Failed operations, newest first.' })
  recentErrors(@Args(() => RecentErrorsArgs) args: RecentErrorsArgs, @Ctx() ctx: RequestContext): Promise<Page<VaultExecution>> {
    return this.vault.recentErrors(ctx, args);
  }

  @Cost(10)
  @FieldResolver(() => [ExecutionTrendPointType], { nullable: true, description: `Operations over time. ${exactness}` })
  executionTrend(@Args(() => ExecutionTrendArgs) args: ExecutionTrendArgs, @Ctx() ctx: RequestContext): Promise<ExecutionTrendPoint[]> {
    return this.vault.executionTrend(ctx, args);
  }

  @RequiresScope('VAULT_WRITE')
  @Mutation(() => TrackOperationPayload, { nullable: true, description: 'Records the start of a database operation in the vault.' })
  async trackOperation(
    @Arg('input', () => TrackOperationInput, { description: 'Input.' }) input: TrackOperationInput,
    @Ctx() ctx: RequestContext,
  ): Promise<object> {
    return this.outcome(ctx, await this.writing.trackOperation(ctx, input));
  }

  @RequiresScope('VAULT_WRITE')
  @Mutation(() => CompleteOperationPayload, { nullable: true, description: 'Records the end of a tracked operation.' })
  async completeOperation(
    @Arg('input', () => CompleteOperationInput, { description: 'Input.' }) input: CompleteOperationInput,
    @Ctx() ctx: RequestContext,
  ): Promise<object> {
    return this.outcome(ctx, await this.writing.completeOperation(ctx, input));
  }

  private async outcome(ctx: RequestContext, { id, userErrors }: Outcome): Promise<object> {
    return { execution: id === null ? null : await this.vault.loaders(ctx).execution(id), userErrors };
  }
}

@Resolver(() => VaultExecutionType)
export class VaultExecutionResolver {
  constructor(
    private readonly vault: VaultService,
    private readonly audit: AuditService,
  ) {}

  @FieldResolver(() => ID, { description: 'Global id.' })
  id(@Root() { hashKey }: VaultExecution): string {
    return executionId(hashKey);
  }

  @FieldResolver(() => [VaultSatelliteType], { description: 'All satellite rows, newest first; bounded to 100.' })
  async history(@Root() { hashKey }: VaultExecution, @Ctx() ctx: RequestContext): Promise<VaultSatellite[]> {
    const versions = await this.vault.loaders(ctx).versionsOf(hashKey);
    const opened = (attributes: VaultSatellite['attributes']) =>
      this.vault.metadataOf(ctx, attributes['metadata'] as VaultExecution['metadata']);
    return versions.map((version) => ({ ...version, attributes: { ...version.attributes, metadata: opened(version.attributes) } }));
  }

  @FieldResolver(() => JsonObject, { nullable: true, description: 'Free metadata; `***` for what was encrypted with another key.' })
  metadata(@Root() { metadata }: VaultExecution, @Ctx() ctx: RequestContext): VaultExecution['metadata'] {
    return this.vault.metadataOf(ctx, metadata);
  }

  @FieldResolver(() => OriginType, { description: 'Where it came from.' })
  origin(@Root() { origin }: VaultExecution): OriginType {
    return origin;
  }

  @FieldResolver(() => ActorType, { description: 'Who ran it.' })
  actor(@Root() { actor }: VaultExecution, @Ctx() ctx: RequestContext): Actor {
    return this.audit.actor(ctx, actor);
  }

  @FieldResolver(() => RunType, { nullable: true, description: 'Batch it belongs to.' })
  async run(@Root() { runId }: VaultExecution, @Ctx() ctx: RequestContext): Promise<Run | null> {
    if (runId === null) return null;
    const loaders = this.audit.loaders(ctx);
    const run = await loaders.run(runId);
    return run.opened || (await loaders.entriesOfRun(runId)) ? run : null; // it may have been named by nothing else
  }
}

/** What `node` and `nodes` find in the vault. */
export function registerVaultNodes(registry: NodeRegistry, vault: VaultService): void {
  registry.register('VaultExecution', async (ctx, key, argument) => {
    if (!isHashKey(key)) throw notAGlobalId(argument);
    return await vault.loaders(ctx).execution(key);
  });
}
