import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, Float, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { ListSize } from '../../shared/connection.directives.ts';
import { encodeGlobalId } from '../../shared/global-id.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { DateTime, RunId } from '../../shared/scalars.ts';
import type { Actor } from './actor.ts';
import { ActorType } from './actor.type.ts';
import type { AuditEntry, Reason } from './audit.model.ts';
import type { AuditService } from './audit.service.ts';
import { RunEntriesArgs } from './audit-entry.args.ts';
import { AuditEntryConnectionType } from './audit-entry.type.ts';
import { ReasonType } from './reason.type.ts';
import { type Run, RunStatus, reasonOfRun } from './run.model.ts';
import type { RunService } from './run.service.ts';
import { RunConnectionType, RunsArgs, RunType } from './run.type.ts';

@Resolver(() => RunType)
export class RunResolver {
  constructor(
    private readonly runService: RunService,
    private readonly audit: AuditService,
  ) {}

  @Query(() => RunType, { nullable: true, description: 'One batch.' })
  run(
    @Arg('runId', () => RunId, { description: 'Its public identifier.' }) runId: string,
    @Ctx() ctx: RequestContext,
  ): Promise<Run | null> {
    return this.runService.run(ctx, runId);
  }

  @ListSize()
  @Query(() => RunConnectionType, { nullable: true, description: 'Batches, newest first.' })
  runs(@Args(() => RunsArgs) args: RunsArgs, @Ctx() ctx: RequestContext): Promise<Page<Run>> {
    return this.runService.runs(ctx, args);
  }

  @FieldResolver(() => ID, { description: 'Global id.' })
  id(@Root() run: Run): string {
    return encodeGlobalId('Run', run.key);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'What it did; null when entries named the run before anyone opened it.',
  })
  name(@Root() run: Run): string | null {
    return run.opened?.name ?? null;
  }

  @FieldResolver(() => ActorType, { description: 'Who started it.' })
  async actor(@Root() run: Run, @Ctx() ctx: RequestContext): Promise<Actor> {
    return this.audit.actor(ctx, await this.runService.actor(ctx, run));
  }

  @FieldResolver(() => Float, { nullable: true, description: 'Time it took, in milliseconds; null while it runs.' })
  durationMs(@Root() run: Run, @Ctx() ctx: RequestContext): Promise<number | null> {
    return this.runService.durationMs(ctx, run);
  }

  @ListSize()
  @FieldResolver(() => AuditEntryConnectionType, { description: 'Entries of the batch in order.' })
  entries(
    @Root() run: Run,
    @Args(() => RunEntriesArgs) args: RunEntriesArgs,
    @Ctx() ctx: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<AuditEntry>> {
    return this.audit.entriesOfRun(ctx, info.path, run, args);
  }

  @FieldResolver(() => Int, { description: 'Number of entries.' })
  entryCount(@Root() run: Run, @Ctx() ctx: RequestContext): Promise<number> {
    return this.runService.entryCount(ctx, run);
  }

  @FieldResolver(() => DateTime, { nullable: true, description: 'When it ended.' })
  finishedAt(@Root() run: Run, @Ctx() ctx: RequestContext): Promise<string | null> {
    return this.runService.finishedAt(ctx, run);
  }

  @FieldResolver(() => ReasonType, { nullable: true, description: 'Why it was done; inherited by entries that give no reason.' })
  reason(@Root() run: Run): Reason | null {
    return reasonOfRun(run);
  }

  @FieldResolver(() => DateTime, { description: 'When it began.' })
  startedAt(@Root() run: Run, @Ctx() ctx: RequestContext): Promise<string> {
    return this.runService.startedAt(ctx, run);
  }

  @FieldResolver(() => RunStatus, { description: 'State.' })
  status(@Root() run: Run, @Ctx() ctx: RequestContext): Promise<RunStatus> {
    return this.runService.status(ctx, run);
  }
}
