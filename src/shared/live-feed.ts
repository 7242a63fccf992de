/** One event of a feed, the same object for everybody who reads it at the same time. */
export interface LiveEvent<T = unknown> {
  readonly value: T;
  /** To resume behind it. */
  readonly cursor: string;
  /** Its place in the one order of the feed; null where the reader is in a snapshot, which has an order of its own. */
  readonly place: number | null;
}

/** Where a reader stands. */
export interface LivePlace {
  readonly place: number | null;
  /** To resume from here. */
  readonly cursor: string;
  /** Whether nothing newer was there. */
  readonly isNewest: boolean;
}

/** What comes next, in order; without an event where only the place has moved on. */
export interface LivePart<T = unknown> extends LivePlace {
  readonly events: readonly LiveEvent<T>[];
}

/** A reader of its own, that reads on when it is asked; `return()` ends it at once, also while a `next()` is under way. */
export interface LiveReader<T = unknown> extends AsyncIterableIterator<LivePart<T>> {
  readonly start: LivePlace;
}

/**
 * What a subscription field's `subscribe` gives when its events are the same for all who ask the same: event by event for one subscriber,
 * or in parts that a group of subscribers shares.
 */
export interface LiveFeed<T = unknown> extends AsyncIterable<T> {
  /** Readers of feeds with the same key see the same events at the same places. */
  readonly key: string;
  readonly first: LiveReader<T>;
  /** Another reader behind a cursor. Rejects as the subscription itself would. */
  resume(after: string): Promise<LiveReader<T>>;
}

export function isLiveFeed(source: object): source is LiveFeed {
  return 'resume' in source && 'first' in source;
}

/** The events of a reader for one subscriber alone. */
export function oneByOne<T>(reader: LiveReader<T>): AsyncIterator<T, void, void> {
  let waiting: readonly LiveEvent<T>[] = [];
  return {
    async next() {
      while (waiting.length === 0) {
        const result = await reader.next();
        if (result.done) return { done: true, value: undefined };
        waiting = result.value.events;
      }
      const [event, ...others] = waiting as [LiveEvent<T>, ...LiveEvent<T>[]];
      waiting = others;
      return { done: false, value: event.value };
    },
    async return() {
      await reader.return?.();
      return { done: true, value: undefined };
    },
  };
}
