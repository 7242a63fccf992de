import { Arg, Resolver, Root, Subscription } from 'type-graphql';
import { RequiresScope } from '../../shared/access.directives.ts';
import type { LiveFeed } from '../../shared/live-feed.ts';
import { bySource } from '../../shared/live-source.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { RunId } from '../../shared/scalars.ts';
import { AuditEntryFilterInput } from '../audit/audit-entry.args.ts';
import type { AuditEntryFilter } from '../audit/entry-filter.queries.ts';
import type { Run } from '../audit/run.model.ts';
import type { RunService } from '../audit/run.service.ts';
import { RunType } from '../audit/run.type.ts';
import type { ExecutionFilter } from '../vault/execution.queries.ts';
import { VaultExecutionFilterInput } from '../vault/vault.args.ts';
import type { VaultExecution } from '../vault/vault.model.ts';
import type { VaultService } from '../vault/vault.service.ts';
import { VaultExecutionType } from '../vault/vault.type.ts';
import type { FeedService } from './feed.service.ts';
import { type AuditFeedEvent, AuditFeedEventType } from './feed.type.ts';
import { liveAuditFeed } from './live-audit-feed.ts';
import type { LogFeed } from './log-feed.ts';
import { runProgress } from './run-progress.ts';

interface AuditFeedArgs {
  readonly after?: string | null;
  readonly filter?: AuditEntryFilter | null;
}

interface VaultFeedArgs {
  readonly filter?: ExecutionFilter | null;
}

@Resolver()
export class FeedResolver {
  constructor(
    private readonly feed: FeedService,
    private readonly logs: LogFeed,
    private readonly runs: RunService,
    private readonly vault: VaultService,
  ) {}

  @RequiresScope('AUDIT_READ')
  @Subscription(() => AuditFeedEventType, {
    nullable: true,
    subscribe: bySource,
    description: 'Audit entries as they are committed; with after, first all since that cursor, without a gap.',
  })
  auditFeed(
    @Root() event: AuditFeedEvent,
    @Arg('after', () => String, { nullable: true, description: 'Resume behind this cursor.' }) _after?: string | null,
    @Arg('filter', () => AuditEntryFilterInput, { nullable: true, description: 'Which.' }) _filter?: AuditEntryFilterInput | null,
  ): AuditFeedEvent {
    return event;
  }

  auditFeedSource({ after, filter }: AuditFeedArgs, ctx: RequestContext): Promise<LiveFeed<AuditFeedEvent>> {
    return liveAuditFeed(this.feed, ctx, filter, ctx.resumeAfter ?? after);
  }

  @Subscription(() => RunType, {
    nullable: true,
    subscribe: bySource,
    description: 'A batch as it is, then each time entries of it are committed; ends with the batch.',
  })
  runProgress(@Root() run: Run, @Arg('runId', () => RunId, { description: 'Which.' }) _runId: string): Run {
    return run;
  }

  runProgressSource({ runId }: { readonly runId: string }, ctx: RequestContext): Promise<LiveFeed<Run>> {
    return runProgress(this.feed, this.runs, ctx, runId);
  }

  @RequiresScope('VAULT_READ')
  @Subscription(() => VaultExecutionType, {
    nullable: true,
    subscribe: bySource,
    description: 'Operations that start, end or fail, each as it was then.',
  })
  vaultFeed(
    @Root() execution: VaultExecution,
    @Arg('filter', () => VaultExecutionFilterInput, { nullable: true, description: 'Which.' }) _filter?: VaultExecutionFilterInput | null,
  ): VaultExecution {
    return execution;
  }

  vaultFeedSource({ filter }: VaultFeedArgs, ctx: RequestContext): Promise<LiveFeed<VaultExecution>> {
    const read = this.vault.versionsAt(ctx.caller, filter);
    return this.logs.open(ctx, { log: 'operations', key: filter ?? null, read });
  }
}
