import type { CursorCodec } from '../../shared/cursor.ts';
import { type Page, type PageRequest, pageWindow } from '../../shared/page.ts';
import { byTime } from './journey.loaders.ts';
import type { JourneyEvent, JourneyFact } from './journey.model.ts';

const scope = { kind: 'lineage.journey.events', version: 1, order: 'occurredAt:asc,id:asc' };

/**
 * One page of events that are known in their order. A cursor is a time and the id of an entry, so that an entry which came in late stands
 * where its time puts it.
 * @throws DomainError `BAD_USER_INPUT` or `CURSOR_INVALID`.
 */
export function pageOfEvents(
  events: readonly JourneyFact[],
  shown: Pick<JourneyEvent, 'locale' | 'seenAt'>,
  request: PageRequest,
  codec: CursorCodec,
  tenant: string,
): Page<JourneyEvent> {
  const { after, before, limit, backward } = pageWindow(request, codec, tenant, scope);
  const begin = after === null ? 0 : placeOf(events, after, true);
  const end = before === null ? events.length : Math.max(begin, placeOf(events, before, false));
  const from = backward ? Math.max(begin, end - limit) : begin;
  const to = backward ? end : Math.min(end, begin + limit);
  const edges = events.slice(from, to).map((event) => ({
    cursor: codec.encode(tenant, scope, [event.occurredAt, event.id]),
    node: { ...event, ...shown },
  }));
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: () => to < events.length,
      hasPreviousPage: () => from > 0,
    },
    totalCount: async () => events.length,
  };
}

/** How many events come before a position; with `isPast` it counts itself. */
function placeOf(events: readonly JourneyFact[], [occurredAt, id]: readonly (string | null)[], isPast: boolean): number {
  const position = { occurredAt: occurredAt ?? '', id: id ?? '' };
  const place = events.findIndex((event) => (isPast ? byTime(event, position) > 0 : byTime(event, position) >= 0));
  return place < 0 ? events.length : place;
}
