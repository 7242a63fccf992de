import type { AuditEntry } from '../audit/audit.model.ts';
import type { Pin } from '../audit/entry-pages.queries.ts';

/** A tick by number and mark; the mark tells it from one of the same number in a history that a restore has undone. */
export interface Tick {
  /** 0 before the first one. */
  readonly number: number;
  readonly mark: string;
}

/** How far the ticks are for one tenant. */
export interface Head {
  /** Newest position of the tenant's entries, 0 when there is none; positions have no gaps. */
  readonly sequence: number;
  /** Number of the tick that it belongs to; positions behind it are of this tick or later ones. */
  readonly ownTick: number;
  /** The newest tick of all, which vouches for the position in a cursor. */
  readonly tick: Tick;
}

/** Newest position of the tenant's logs besides that of entries: versions of the vault's operations, alerts. */
export type OtherHeads = Readonly<Record<'operations' | 'alerts', number>>;

/**
 * Where a reader stands: inside the snapshot that a page of `auditEntries` began, right behind one of its entries; or behind a position.
 * `except` is what a snapshot had that ended between two ticks, as long as its entries can still come.
 */
export type FeedPosition =
  | { readonly kind: 'SNAPSHOT'; readonly id: string; readonly pin: Pin }
  | { readonly kind: 'POSITION'; readonly sequence: number; readonly tick: Tick; readonly except: Pin | null };

export interface FeedItem {
  readonly entry: AuditEntry;
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

/** What the database knows about the place that a cursor names. */
export interface CursorFacts {
  readonly head: Head;
  readonly epoch: string;
  /** Oldest tick that is kept. */
  readonly oldestTick: number;
  /** Of the tick that the cursor names; null when it is not there. */
  readonly mark: string | null;
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
