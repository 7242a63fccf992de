import type { FeedPosition, Head } from '../audit/feed-cursor.model.ts';
import type { FeedItem, FeedPage, FeedPart, FeedPlace, PlacedItem } from './feed.model.ts';
import { type FeedGroup, stretch } from './feed-group.ts';
import { FeedRing } from './feed-ring.ts';

/** How a reader gets what the ring does not hold, and writes cursors. */
export interface FeedSource {
  /** Entries of the position's snapshot behind its entry, by id: `mostEntries` of them when there may be more. */
  readonly ofSnapshot: (position: FeedPosition & { kind: 'SNAPSHOT' }) => Promise<readonly FeedItem[]>;
  /** As `ReadStretch`, without what the snapshot in `except` had. */
  readonly ofStretch: (position: FeedPosition & { kind: 'POSITION' }, to: Head) => Promise<readonly PlacedItem[]>;
  readonly cursorOf: (position: FeedPosition) => string;
  readonly heartbeatMs: number;
  /** Entries of one statement at most. */
  readonly mostEntries: number;
}

/**
 * Snapshot, catch-up and live as one: the next entries behind a position, from the database below the ring, from the ring above it.
 * Nothing is queued: who does not ask is behind, and reads the database later. Ends when the signal says so.
 */
export async function* partsFrom(
  start: FeedPosition,
  group: FeedGroup,
  source: FeedSource,
  signal: AbortSignal,
): AsyncGenerator<FeedPart, void, void> {
  let position = start;
  let lastSent = performance.now();
  while (!signal.aborted) {
    group.requireWell();
    const { items, next } = await following(position, group, source);
    if (next) position = next;
    const isQuiet = performance.now() - lastSent >= source.heartbeatMs;
    if (items.length > 0 || isQuiet) {
      lastSent = performance.now();
      yield { items, ...placeOf(position, group, source) };
    } else if (next === null && position.kind === 'POSITION') {
      await group.news(position.sequence, source.heartbeatMs - (performance.now() - lastSent), signal);
    }
  }
}

/** The same once, without a group: what is behind a position now, in one statement. */
export async function pageBehind(start: FeedPosition, head: Head, source: FeedSource): Promise<FeedPage> {
  const { items, next } = await following(start, { head, ring: new FeedRing(head, 0) }, source);
  const reached = next ?? start;
  return { items, reached, isNewest: reached.kind === 'POSITION' && reached.sequence >= head.sequence };
}

export function placeOf(position: FeedPosition, group: FeedGroup, source: Pick<FeedSource, 'cursorOf'>): FeedPlace {
  const place = position.kind === 'POSITION' && position.except === null ? position.sequence : null;
  return {
    get cursor() {
      return source.cursorOf(position);
    },
    place,
    isNewest: place !== null && place >= group.head.sequence,
  };
}

/** What comes behind a position and where that leads; null where nothing has come yet. */
async function following(
  position: FeedPosition,
  group: Pick<FeedGroup, 'head' | 'ring'>,
  source: FeedSource,
): Promise<{ items: readonly FeedItem[]; next: FeedPosition | null }> {
  if (position.kind === 'SNAPSHOT') {
    const { pin } = position;
    const items = await source.ofSnapshot(position);
    const last = items.length < source.mostEntries ? undefined : items.at(-1);
    if (last) return { items, next: { kind: 'SNAPSHOT', id: last.entry.id, pin } };
    const tick = { number: Number(pin.tick), mark: pin.mark };
    return { items, next: { kind: 'POSITION', sequence: Number(pin.sequence), tick, except: pin, isOfEntry: false } };
  }
  const { head } = group;
  if (position.sequence >= head.sequence) return { items: [], next: null };
  if (position.except === null && position.sequence >= group.ring.floor) {
    return {
      items: group.ring.above(position.sequence),
      next: { ...position, sequence: head.sequence, tick: head.tick, isOfEntry: false },
    };
  }
  const to = position.sequence + stretch < head.sequence ? { ...head, ownTick: 0, sequence: position.sequence + stretch } : head;
  const items = await source.ofStretch(position, to);
  const last = items.length < source.mostEntries ? undefined : items.at(-1);
  if (last) return { items, next: { ...position, sequence: last.sequence, tick: head.tick, isOfEntry: true } };
  const isPast = position.except !== null && to.ownTick > Number(position.except.tick) + 2;
  const except = isPast ? null : position.except;
  return { items, next: { kind: 'POSITION', sequence: to.sequence, tick: head.tick, except, isOfEntry: false } };
}
