import type { Database, Row } from '../../database/database.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { type RequestContext, requestContext } from '../../shared/request-context.ts';
import type { AuditService } from '../audit/audit.service.ts';
import { toEntry } from '../audit/entry.queries.ts';
import type { AuditEntryFilter } from '../audit/entry-filter.queries.ts';
import { entryOrder, pagesOfEntries, trailOf } from '../audit/entry-pages.queries.ts';
import type { CursorFacts, FeedPosition, Head } from '../audit/feed-cursor.model.ts';
import { ahead, cursorOf, positionFrom, requireReachable, tickOf } from '../audit/feed-cursor.ts';
import { cursorFacts, entriesAt, toCursorFacts } from '../audit/feed-order.queries.ts';
import type { FeedItem, FeedStream, PlacedItem } from './feed.model.ts';
import { FeedGroup, mostEntries } from './feed-group.ts';
import { type FeedSource, partsFrom, placeOf } from './feed-reader.ts';
import type { FeedClock } from './feed-worker.ts';

type OpenGroup = { readonly group: FeedGroup; readers: number };

/** The feed of one tenant's entries: every committed one exactly once, in one order, from any cursor on. */
export class FeedService {
  private readonly groups = new Map<string, OpenGroup>();

  /** @param heartbeatMs after which a feed without news says how far it is. */
  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly audit: AuditService,
    private readonly clock: FeedClock,
    private readonly heartbeatMs: number,
  ) {}

  /**
   * Entries that fit, behind a cursor of this feed or of `auditEntries`; without one, those that come from now on. The next part is read
   * when it is asked for; `return()` ends it at once.
   * @throws DomainError `BAD_USER_INPUT`, `CURSOR_INVALID`, `CURSOR_EXPIRED` or `CURSOR_AHEAD` (that one later too, after a restore).
   */
  async open(ctx: RequestContext, filter: AuditEntryFilter | null | undefined, after: string | null | undefined): Promise<FeedStream> {
    const { tenant } = ctx.caller;
    await this.audit.matching(ctx, filter);
    const asked = after === null || after === undefined ? null : positionFrom(this.codec, tenant, after);
    const facts = await this.facts(tenant, asked);
    if (asked) requireReachable(asked, facts);
    const { sequence, tick } = facts.head;
    const start: FeedPosition = asked ?? { kind: 'POSITION', sequence, tick, except: null, isOfEntry: false };

    const source = this.sourceOf(ctx, filter);
    const key = JSON.stringify([tenant, ctx.caller.scopes.has('PII_READ'), filter ?? null]); // what is masked is not for all
    const open = this.enter(key, tenant, facts.head, source);
    const abort = new AbortController();
    const parts = partsFrom(start, open.group, source, abort.signal);
    let isOpen = true;
    const leave = () => {
      abort.abort();
      if (isOpen) this.leave(key, open);
      isOpen = false;
    };
    const stream: FeedStream = {
      start: placeOf(start, open.group, source),
      async next() {
        try {
          const result = await parts.next();
          if (result.done) leave();
          return result;
        } catch (error) {
          leave();
          throw error;
        }
      },
      async return() {
        leave();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => stream,
    };
    return stream;
  }

  private async facts(tenant: string, position: FeedPosition | null): Promise<CursorFacts> {
    const [row] = await this.database.read(tenant, cursorFacts(tenant, position ? tickOf(position).number : 0));
    if (!row) throw new Error('there is no tick: the first one is taken by a migration');
    return toCursorFacts(row);
  }

  private enter(key: string, tenant: string, head: Head, source: FeedSource): OpenGroup {
    let open = this.groups.get(key);
    if (!open) {
      const read = (from: number, to: Head) =>
        source.ofStretch({ kind: 'POSITION', sequence: from, tick: to.tick, except: null, isOfEntry: false }, to);
      open = { group: new FeedGroup(this.clock, tenant, head, read, ahead), readers: 0 };
      this.groups.set(key, open);
    }
    open.readers++;
    return open;
  }

  private leave(key: string, open: OpenGroup): void {
    if (--open.readers > 0) return;
    open.group.close();
    if (this.groups.get(key) === open) this.groups.delete(key);
  }

  private sourceOf(ctx: RequestContext, filter: AuditEntryFilter | null | undefined): FeedSource {
    const { caller, requestId } = ctx;
    const { tenant } = caller;
    // A context of its own each time: a table tracked later, or a user renamed, counts from then on.
    const matching = () => this.audit.matching(requestContext(caller, requestId), filter);
    const cursor = (position: FeedPosition) => cursorOf(this.codec, tenant, position);
    // A signature costs more than a row: made when it is asked for, and once for all readers.
    const item = (row: Row, position: FeedPosition): FeedItem => {
      let made: string | undefined;
      return {
        entry: toEntry(row),
        sequence: position.kind === 'POSITION' ? position.sequence : null,
        get cursor() {
          made ??= cursor(position);
          return made;
        },
      };
    };
    const placed = (row: Row, position: FeedPosition & { kind: 'POSITION' }) => item(row, position) as PlacedItem;
    return {
      cursorOf: cursor,
      heartbeatMs: this.heartbeatMs,
      ofSnapshot: async ({ id, pin }) => {
        const window = { limit: mostEntries - 1, backward: false, after: [id], before: null };
        const list = trailOf(await matching());
        const rows = await this.database.read(caller, pagesOfEntries(list, entryOrder('ASC'), window, pin, [], tenant));
        return rows.map((row) => item(row, { kind: 'SNAPSHOT', id: String(row['id']), pin }));
      },
      ofStretch: async ({ sequence: from, except }, { sequence: to, tick }) => {
        const where = await matching();
        const rows = await this.database.read(caller, entriesAt({ tenant, from, to, except, limit: mostEntries }, where));
        return rows.map((row) => placed(row, { kind: 'POSITION', sequence: Number(row['sequence']), tick, except, isOfEntry: true }));
      },
    };
  }
}
