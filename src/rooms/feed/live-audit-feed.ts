import { type LiveEvent, type LiveFeed, type LivePart, type LiveReader, oneByOne } from '../../shared/live-feed.ts';
import { type RequestContext, requestContext } from '../../shared/request-context.ts';
import type { AuditEntryFilter } from '../audit/entry-filter.queries.ts';
import type { FeedItem, FeedPart, FeedStream } from './feed.model.ts';
import type { FeedService } from './feed.service.ts';
import type { AuditFeedEvent } from './feed.type.ts';

/** The feed as events of `Subscription.auditFeed`. Rejects as `FeedService.open` does. */
export async function liveAuditFeed(
  feed: FeedService,
  ctx: RequestContext,
  filter: AuditEntryFilter | null | undefined,
  after: string | null | undefined,
): Promise<LiveFeed<AuditFeedEvent>> {
  const { caller, requestId } = ctx;
  const live: LiveFeed<AuditFeedEvent> = {
    key: JSON.stringify(['audit', caller.tenant, filter ?? null]),
    first: readerOf(await feed.open(ctx, filter, after)),
    // Kept by each subscriber: it holds on to no reader.
    resume: async (cursor) => readerOf(await feed.open(requestContext(caller, requestId), filter, cursor)),
    [Symbol.asyncIterator]() {
      return oneByOne(this.first);
    },
  };
  return live;
}

function readerOf(stream: FeedStream): LiveReader<AuditFeedEvent> {
  const reader: LiveReader<AuditFeedEvent> = {
    start: stream.start,
    async next() {
      const result = await stream.next();
      return result.done ? result : { done: false, value: partOf(result.value) };
    },
    async return() {
      await stream.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => reader,
  };
  return reader;
}

function partOf({ items, cursor, place, isNewest }: FeedPart): LivePart<AuditFeedEvent> {
  const events = items.length > 0 ? items.map(eventOf) : [{ value: { cursor, sentAt: new Date().toISOString() }, cursor, place }];
  return { events, cursor, place, isNewest };
}

// What one reader of the ring has made of an item is there for the others.
const made = new WeakMap<FeedItem, LiveEvent<AuditFeedEvent>>();

function eventOf(item: FeedItem): LiveEvent<AuditFeedEvent> {
  let event = made.get(item);
  if (!event) {
    event = { value: item, cursor: item.cursor, place: item.sequence };
    made.set(item, event);
  }
  return event;
}
