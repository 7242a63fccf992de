import { Arg, Resolver, Root, Subscription } from 'type-graphql';
import { RequiresScope } from '../../shared/access.directives.ts';
import type { LiveFeed } from '../../shared/live-feed.ts';
import { bySource } from '../../shared/live-source.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { AuditEntryFilterInput } from '../audit/audit-entry.args.ts';
import type { AuditEntryFilter } from '../audit/entry-filter.queries.ts';
import type { FeedService } from './feed.service.ts';
import { type AuditFeedEvent, AuditFeedEventType } from './feed.type.ts';
import { liveAuditFeed } from './live-audit-feed.ts';

interface AuditFeedArgs {
  readonly after?: string | null;
  readonly filter?: AuditEntryFilter | null;
}

@Resolver()
export class FeedResolver {
  constructor(private readonly feed: FeedService) {}

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
}
