import type { Pin } from './entry-pages.queries.ts';

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

/**
 * Where a reader stands: inside the snapshot that a page of `auditEntries` began, right behind one of its entries; or behind a position.
 * `except` is what a snapshot had that ended between two ticks, as long as its entries can still come.
 */
export type FeedPosition = { readonly kind: 'SNAPSHOT'; readonly id: string; readonly pin: Pin } | PositionInFeed;

export interface PositionInFeed {
  readonly kind: 'POSITION';
  readonly sequence: number;
  readonly tick: Tick;
  readonly except: Pin | null;
  /** Whether it is the place of the entry itself, which is then neither before nor behind it; a heartbeat's is behind the entry. */
  readonly isOfEntry: boolean;
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
