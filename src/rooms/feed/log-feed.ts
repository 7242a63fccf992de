import type { Database } from '../../database/database.ts';
import type { CursorCodec, CursorScope } from '../../shared/cursor.ts';
import { type LiveEvent, type LiveFeed, type LivePlace, type LiveReader, oneByOne } from '../../shared/live-feed.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Head, Tick } from '../audit/feed-cursor.model.ts';
import { ahead, expired, requireReachable } from '../audit/feed-cursor.ts';
import { toCursorFacts } from '../audit/feed-order.queries.ts';
import type { OtherHeads } from './feed.model.ts';
import { FeedGroup, mostEntries, stretch } from './feed-group.ts';
import type { FeedClock } from './feed-worker.ts';
import { logFacts } from './log-feed.queries.ts';

/** What a subscription asks of a log. */
export interface LogQuestion<T> {
  readonly log: keyof OtherHeads;
  /** Equal keys of callers with the same permissions: equal answers. */
  readonly key: unknown;
  /** Items that fit at positions above `from`, up to `to`, in order; `limit` of them when there may be more. */
  readonly read: (from: number, to: number, limit: number) => Promise<readonly { readonly sequence: number; readonly value: T }[]>;
}

interface LogEvent<T> extends LiveEvent<T> {
  readonly sequence: number;
}

interface LogPlace {
  readonly sequence: number;
  readonly tick: Tick;
}

/** What lies behind a number, read once. */
export interface LogPage<T> {
  readonly items: readonly { readonly value: T; readonly sequence: number; readonly cursor: string }[];
  /** Behind all of it, also behind what the question left out. */
  readonly reached: number;
  /** Whether nothing newer was there. */
  readonly isNewest: boolean;
}

/** How long a reader sleeps where nothing comes. */
const restMs = 10_000;

/**
 * Logs besides that of entries as live feeds: the versions of the vault's operations, alerts. As for entries, what comes is read once for all who
 * ask the same, nothing is queued, and a cursor goes on where it was; see FeedService.
 */
export class LogFeed {
  private readonly groups = new Map<string, { readonly group: FeedGroup<LogEvent<unknown>>; readers: number }>();

  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly clock: FeedClock,
  ) {}

  /**
   * What comes from now on, or behind a cursor.
   * @throws DomainError `CURSOR_INVALID`, `CURSOR_EXPIRED` or `CURSOR_AHEAD`.
   */
  async open<T>(ctx: RequestContext, question: LogQuestion<T>): Promise<LiveFeed<T>> {
    const first = await this.reader(ctx, question, ctx.resumeAfter);
    return {
      key: JSON.stringify([question.log, ctx.caller.tenant, question.key]),
      first,
      resume: (cursor) => this.reader(ctx, question, cursor),
      [Symbol.asyncIterator]: () => oneByOne(first),
    };
  }

  /**
   * The number of the item that a cursor names; without one that of the newest. Whoever keeps it in the same database may go on from it at any time.
   * @throws DomainError as `open` does.
   */
  async placeBehind(tenant: string, log: keyof OtherHeads, after: string | null): Promise<number> {
    const { asked, head } = await this.startOf(tenant, log, after);
    return (asked ?? head).sequence;
  }

  /** The cursor of a number that the database has kept. */
  async cursorAt(ctx: RequestContext, log: keyof OtherHeads, sequence: number): Promise<string> {
    const { tenant } = ctx.caller;
    const { head } = await ctx.memo(this, () => this.startOf(tenant, log, null));
    return this.cursorOf(tenant, log, { sequence, tick: head.tick });
  }

  /** Items behind a number that the database has kept, `most` at most. */
  async behind<T>(ctx: RequestContext, { log, read }: LogQuestion<T>, from: number, most: number): Promise<LogPage<T>> {
    const { tenant } = ctx.caller;
    const { head } = await this.startOf(tenant, log, null);
    const found = from < head.sequence ? await read(from, head.sequence, most) : [];
    const items = found.map(({ sequence, value }) => ({
      value,
      sequence,
      cursor: this.cursorOf(tenant, log, { sequence, tick: head.tick }),
    }));
    const last = items.length < most ? undefined : items.at(-1);
    return { items, reached: last?.sequence ?? head.sequence, isNewest: last === undefined };
  }

  private async reader<T>(ctx: RequestContext, question: LogQuestion<T>, after: string | undefined): Promise<LiveReader<T>> {
    const { tenant, scopes } = ctx.caller;
    const { log, key, read } = question;
    const { asked, head } = await this.startOf(tenant, log, after ?? null);

    const cursorAt = (place: LogPlace) => this.cursorOf(tenant, log, place);
    const readStretch = async (from: number, to: Head): Promise<LogEvent<T>[]> =>
      (await read(from, to.sequence, mostEntries)).map(({ sequence, value }) => eventOf(value, { sequence, tick: to.tick }, cursorAt));
    const groupKey = JSON.stringify([log, tenant, [...scopes].sort(), key]);
    let open = this.groups.get(groupKey);
    if (!open) {
      open = { group: new FeedGroup<LogEvent<T>>(headsOf(this.clock, log), tenant, head, readStretch, ahead), readers: 0 };
      this.groups.set(groupKey, open);
    }
    const opened = open;
    const group = opened.group as FeedGroup<LogEvent<T>>; // the key tells what is in it
    opened.readers++;
    const leave = () => {
      if (--opened.readers > 0) return;
      group.close();
      if (this.groups.get(groupKey) === opened) this.groups.delete(groupKey);
    };
    const start = asked ?? { sequence: head.sequence, tick: head.tick };
    return readerOf(start, group, readStretch, cursorAt, leave);
  }

  private async startOf(tenant: string, log: keyof OtherHeads, after: string | null): Promise<{ asked: LogPlace | null; head: Head }> {
    const asked = after === null ? null : this.placeFrom(tenant, log, after);
    const [row] = await this.database.read(tenant, logFacts(log, tenant, asked?.tick.number ?? 0));
    if (!row) throw new Error('there is no tick: the first one is taken by a migration');
    const facts = toCursorFacts(row);
    if (asked) {
      requireReachable({ kind: 'POSITION', ...asked, except: null, isOfEntry: false }, facts);
      if (asked.sequence < Number(row['pruned'])) throw expired('What came behind it is not kept any more.');
    }
    return { asked, head: facts.head };
  }

  private cursorOf(tenant: string, log: keyof OtherHeads, { sequence, tick }: LogPlace): string {
    return this.codec.encode(tenant, scopeOf(log), [String(sequence), String(tick.number), tick.mark]);
  }

  private placeFrom(tenant: string, log: keyof OtherHeads, cursor: string): LogPlace {
    const [sequence, tick, mark] = this.codec.decode(tenant, scopeOf(log), cursor, 'after');
    return { sequence: Number(sequence), tick: { number: Number(tick), mark: String(mark) } };
  }
}

const scopeOf = (log: keyof OtherHeads): CursorScope => ({ kind: `feed.${log}`, version: 1, order: 'sequence:asc' });

/** The heads of another log by the clock that tells those of entries. */
function headsOf(clock: FeedClock, log: keyof OtherHeads): FeedClock {
  return {
    watch: (tenant, watcher) =>
      clock.watch(tenant, {
        reached: ({ tick }, others) => watcher.reached({ sequence: others[log], ownTick: 0, tick }, others),
        undone: () => watcher.undone(),
      }),
  };
}

// A signature costs more than a row: made when it is asked for, and once for all readers.
function eventOf<T>(value: T, place: LogPlace, cursorAt: (place: LogPlace) => string): LogEvent<T> {
  let made: string | undefined;
  return {
    value,
    sequence: place.sequence,
    place: place.sequence,
    get cursor() {
      made ??= cursorAt(place);
      return made;
    },
  };
}

function readerOf<T>(
  from: LogPlace,
  group: FeedGroup<LogEvent<T>>,
  read: (from: number, to: Head) => Promise<readonly LogEvent<T>[]>,
  cursorAt: (place: LogPlace) => string,
  leave: () => void,
): LiveReader<T> {
  const abort = new AbortController();
  let at = from;
  const placeHere = (): LivePlace => ({ cursor: cursorAt(at), place: at.sequence, isNewest: at.sequence >= group.head.sequence });
  const following = async (): Promise<readonly LogEvent<T>[]> => {
    const { head } = group;
    if (at.sequence >= group.ring.floor) {
      const events = group.ring.above(at.sequence);
      at = head;
      return events;
    }
    const to = at.sequence + stretch < head.sequence ? { ...head, sequence: at.sequence + stretch } : head;
    const events = await read(at.sequence, to);
    at = events.length < mostEntries ? to : { sequence: events.at(-1)?.sequence ?? to.sequence, tick: to.tick };
    return events;
  };
  const end = () => {
    if (!abort.signal.aborted) leave();
    abort.abort();
  };
  const reader: LiveReader<T> = {
    start: placeHere(),
    async next() {
      try {
        while (!abort.signal.aborted) {
          group.requireWell();
          if (at.sequence < group.head.sequence) {
            const events = await following();
            return { done: false, value: { events, ...placeHere() } };
          }
          await group.news(at.sequence, restMs, abort.signal);
        }
      } catch (error) {
        end();
        throw error;
      }
      return { done: true, value: undefined };
    },
    async return() {
      end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => reader,
  };
  return reader;
}
