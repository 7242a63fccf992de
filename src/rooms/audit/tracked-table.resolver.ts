import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { RequiresScope } from '../../shared/access.directives.ts';
import { encodeGlobalId } from '../../shared/global-id.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { BigIntText } from '../../shared/scalars.ts';
import type { Outcome } from '../access/idempotency.ts';
import type { TrackedTable } from './audit.model.ts';
import type { AuditService } from './audit.service.ts';
import { TrackedTableType } from './tracked-table.type.ts';
import type { TrackingService } from './tracking.service.ts';
import { TrackTableInput, TrackTablePayload, UntrackTableInput, UntrackTablePayload } from './tracking.type.ts';

@Resolver(() => TrackedTableType)
export class TrackedTableResolver {
  constructor(
    private readonly tracking: TrackingService,
    private readonly audit: AuditService,
  ) {}

  @RequiresScope('AUDIT_READ')
  @Query(() => [TrackedTableType], { nullable: true, description: 'Tables whose changes are captured.' })
  trackedTables(@Ctx() ctx: RequestContext): Promise<TrackedTable[]> {
    return this.tracking.trackedTables(ctx);
  }

  @RequiresScope('ADMIN')
  @Mutation(() => TrackTablePayload, { nullable: true, description: 'Starts capturing the changes of a table.' })
  async trackTable(
    @Arg('input', () => TrackTableInput, { description: 'Input.' }) input: TrackTableInput,
    @Ctx() ctx: RequestContext,
  ): Promise<object> {
    return this.payload(ctx, await this.tracking.trackTable(ctx, input));
  }

  @RequiresScope('ADMIN')
  @Mutation(() => UntrackTablePayload, { nullable: true, description: 'Stops capturing; what was captured stays.' })
  async untrackTable(
    @Arg('input', () => UntrackTableInput, { description: 'Input.' }) input: UntrackTableInput,
    @Ctx() ctx: RequestContext,
  ): Promise<object> {
    return this.payload(ctx, await this.tracking.untrackTable(ctx, input));
  }

  @FieldResolver(() => ID, { description: 'Global id.' })
  id(@Root() table: TrackedTable): string {
    return encodeGlobalId('TrackedTable', String(table.tableKey));
  }

  @FieldResolver(() => BigIntText, { description: 'Number of entries in the log.' })
  entryCount(@Root() table: TrackedTable, @Ctx() ctx: RequestContext): Promise<string> {
    return this.audit.loaders(ctx).entryCount(table.tableKey);
  }

  @FieldResolver(() => Boolean, { description: 'Whether the triggers are in place and enabled.' })
  isCapturing(@Root() table: TrackedTable, @Ctx() ctx: RequestContext): Promise<boolean> {
    return this.audit.loaders(ctx).isCapturing(table.tableKey);
  }

  private async payload(ctx: RequestContext, { id, userErrors }: Outcome): Promise<object> {
    return { trackedTable: id === null ? null : await this.audit.loaders(ctx).table(Number(id)), userErrors };
  }
}
