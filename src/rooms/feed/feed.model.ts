import type { AuditEntry } from '../audit/audit.model.ts';
import type { FeedPosition } from '../audit/feed-cursor.model.ts';

/** Newest position of the tenant's logs besides that of entries: versions of the vault's operations, alerts. */
export type OtherHeads = Readonly<Record<'operations' | 'alerts', number>>;

export interface FeedItem {
  readonly entry: AuditEntry;
  /** Right behind this entry. */
  readonly position: FeedPosition;
  /** In the tenant's log; null inside a snapshot. */
  readonly sequence: number | null;
  /** To resume behind this entry. */
  readonly cursor: string;
}

/** One that has its position in the tenant's log. */
export interface PlacedItem extends FeedItem {
  readonly sequence: number;
}

/** Where a reader stands, for those who go on together. */
export interface FeedPlace {
  /** How far the feed has come, also over entries that the filter left out. */
  readonly cursor: string;
  /** The same as a position that all readers share; null as long as a snapshot counts. */
  readonly place: number | null;
  /** Whether nothing newer was there. */
  readonly isNewest: boolean;
}

/** The next entries, in order; none: a heartbeat. */
export interface FeedPart extends FeedPlace {
  readonly items: readonly FeedItem[];
}

export interface FeedStream extends AsyncIterableIterator<FeedPart> {
  readonly start: FeedPlace;
}

/** What lies behind a place, read once. */
export interface FeedPage {
  readonly items: readonly FeedItem[];
  /** Behind all of it, also behind entries that the filter left out. */
  readonly reached: FeedPosition;
  /** Whether nothing newer was there. */
  readonly isNewest: boolean;
}

/** What is not done yet behind the ticks. */
export interface FeedLag {
  /** Entries that have a tick and no position yet. */
  readonly entries: number;
  /** How long the oldest of them waits, or how long the worker has failed where that is longer; 0 when nothing waits. */
  readonly seconds: number;
  /** How long the worker has failed; 0 while it works. */
  readonly failingSeconds: number;
}
