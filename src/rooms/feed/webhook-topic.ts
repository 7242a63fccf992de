import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditEntryFilter } from '../audit/entry-filter.queries.ts';
import type { FeedPosition } from '../audit/feed-cursor.model.ts';
import type { FeedService } from './feed.service.ts';
import type { LogFeed, LogQuestion } from './log-feed.ts';
import type { WebhookEvent, WebhookPlace } from './webhook.model.ts';

/** One thing to tell an endpoint. */
export interface TopicItem {
  /** What a subscriber's operation is executed on. */
  readonly value: unknown;
  /** Right behind it. */
  readonly place: WebhookPlace;
  readonly cursor: string;
}

/** What lies behind a place, read once. */
interface TopicPage {
  readonly items: readonly TopicItem[];
  /** Behind all of it, also behind what is not for the endpoint. */
  readonly reached: WebhookPlace;
  /** Whether nothing newer was there. */
  readonly isNewest: boolean;
}

/** Items of one kind behind a place, in order, `most` at most. */
type ReadTopic = (ctx: RequestContext, filter: AuditEntryFilter | null, from: WebhookPlace, most: number) => Promise<TopicPage>;

/** What endpoints may be told, by its kind; where an endpoint takes several the first that has news is told first. */
export type Topics = Readonly<Record<WebhookEvent, ReadTopic>>;

export function topicsOf(feed: FeedService, logs: LogFeed, alerts: (ctx: RequestContext) => LogQuestion<object>): Topics {
  return {
    ALERT: async (ctx, _filter, from, most) => {
      const { items, reached, isNewest } = await logs.behind(ctx, alerts(ctx), from.alerts ?? 0, most);
      return {
        items: items.map(({ value, cursor, sequence }) => ({ value, cursor, place: { ...from, alerts: sequence } })),
        reached: { ...from, alerts: reached },
        isNewest,
      };
    },
    AUDIT_ENTRY: async (ctx, filter, from, most) => {
      const { items, reached, isNewest } = await feed.behind(ctx, filter, from, most);
      const placeAt = (position: FeedPosition): WebhookPlace =>
        from.alerts === undefined ? position : { ...position, alerts: from.alerts };
      return {
        items: items.map((item) => ({ value: item, cursor: item.cursor, place: placeAt(item.position) })),
        reached: placeAt(reached),
        isNewest,
      };
    },
  };
}

/** Whether a place is not behind another, by what lies between that and where an endpoint began. */
export function isWithin(place: WebhookPlace, end: WebhookPlace, event: WebhookEvent): boolean {
  if (event === 'ALERT') return (place.alerts ?? 0) <= (end.alerts ?? 0);
  if (place.kind === 'SNAPSHOT') return end.kind === 'POSITION' || BigInt(place.id) <= BigInt(end.id);
  return end.kind === 'POSITION' && place.sequence <= end.sequence;
}

/** A place in the id of a delivery: the number of the alert, the position, or the entry of a page. */
export function nameOf(place: WebhookPlace, event: WebhookEvent): string {
  if (event === 'ALERT') return `a${place.alerts}`;
  return place.kind === 'POSITION' ? String(place.sequence) : `e${place.id}`;
}
