import type { SQL } from 'drizzle-orm';
import type { CursorCodec } from '../../shared/cursor.ts';
import { DomainError } from '../../shared/errors.ts';
import type { OrderDirection } from '../../shared/filter.input.ts';
import { type Page, type PageWindow, pageEnd } from '../../shared/page.ts';
import type { ReadRows, Row } from '../../shared/page-read.ts';
import type { AuditEntry } from './audit.model.ts';
import { toEntry } from './entry.queries.ts';
import { countEntries, entryOrder, type Pin, pagesOfEntries, trailOf } from './entry-pages.queries.ts';
import type { EntryPagesRequest } from './entry-pages.ts';
import type { PositionInFeed } from './feed-cursor.model.ts';
import { cursorOf, positionFrom, requireReachable } from './feed-cursor.ts';
import { cursorFacts, entriesAt, toCursorFacts } from './feed-order.queries.ts';

/** A part of what a feed sends: what a snapshot had, by id; or positions above `from` up to `to`, but for what a snapshot had. */
type Part = { readonly snapshot: Pin } | { readonly from: number; readonly to: number; readonly except: Pin | null };

/** A page of `auditEntries` beside a cursor of the feed. */
export interface FeedPageRequest {
  readonly position: PositionInFeed;
  readonly argument: 'after' | 'before';
  readonly direction: OrderDirection;
  readonly end: Pick<PageWindow, 'limit' | 'backward'>;
}

/**
 * Null where no cursor of the feed is given.
 * @throws DomainError `BAD_USER_INPUT` or `CURSOR_INVALID`.
 */
export function feedPageRequest(request: EntryPagesRequest, codec: CursorCodec, tenant: string): FeedPageRequest | null {
  const direction = request.direction ?? 'DESC';
  for (const argument of ['after', 'before'] as const) {
    const cursor = request[argument];
    const position = typeof cursor === 'string' ? positionFrom(codec, tenant, cursor, argument) : null;
    if (position?.kind !== 'POSITION') continue;
    if (typeof request.after === 'string' && typeof request.before === 'string') {
      throw new DomainError('BAD_USER_INPUT', 'A cursor of the feed is given in "after" or in "before", without another one.', {
        argument,
      });
    }
    return { position, argument, direction, end: pageEnd(request) };
  }
  return null;
}

/** Pages in the order of the feed, since that is the one in which its cursor splits the trail: what has no position yet comes later. */
export class FeedOrderPages {
  constructor(
    private readonly read: ReadRows,
    private readonly where: SQL,
    private readonly codec: CursorCodec,
    private readonly tenant: string,
    private readonly keep: (entry: AuditEntry) => AuditEntry,
  ) {}

  /** @throws DomainError `CURSOR_EXPIRED` or `CURSOR_AHEAD`. */
  async page({ position, argument, direction, end: { limit, backward } }: FeedPageRequest): Promise<Page<AuditEntry>> {
    const { codec, tenant } = this;
    const [row] = await this.read(cursorFacts(tenant, position.tick.number));
    if (!row) throw new Error('there is no tick: the first one is taken by a migration');
    const { head, ...facts } = toCursorFacts(row);
    requireReachable(position, { head, ...facts }, argument);

    const isNewer = (argument === 'after') === (direction === 'ASC');
    const { sequence, isOfEntry } = position;
    const lastOlder = isOfEntry ? sequence - 1 : sequence;
    const parts = isNewer ? newerThan(position, sequence, head.sequence) : olderThan(position, lastOlder);
    const others = isNewer ? olderThan(position, sequence) : newerThan(position, lastOlder, head.sequence);
    const found = await this.readParts(parts, limit + 1, (direction === 'DESC') !== backward);
    const goesOn = found.length > limit;
    const shown = found.slice(0, limit);
    if (backward) shown.reverse();
    const cursorAt = ({ part, row }: Found) => {
      if ('snapshot' in part) return cursorOf(codec, tenant, { kind: 'SNAPSHOT', id: String(row['id']), pin: part.snapshot });
      const sequence = Number(row['sequence']);
      return cursorOf(codec, tenant, { kind: 'POSITION', sequence, tick: head.tick, except: part.except, isOfEntry: true });
    };
    const nodes = shown.map(({ row }) => this.keep(toEntry(row)));
    const [first, last] = [shown[0], shown.at(-1)];
    const hasOthers = async () => (await this.readParts(others, 1, true)).length > 0;
    return {
      nodes,
      get edges() {
        return nodes.map((node, index) => ({ cursor: cursorAt(shown[index]!), node }));
      },
      pageInfo: {
        get startCursor() {
          return first ? cursorAt(first) : null;
        },
        get endCursor() {
          return last ? cursorAt(last) : null;
        },
        hasNextPage: () => (!backward && goesOn) || (argument === 'before' && hasOthers()),
        hasPreviousPage: () => (backward && goesOn) || (argument === 'after' && hasOthers()),
      },
      totalCount: async () => Number((await this.read(countEntries(trailOf(this.where), null, [])))[0]?.['count']),
    };
  }

  /** At most `most` of them, from their beginning or, downward, from their end. */
  private async readParts(parts: readonly Part[], most: number, downward: boolean): Promise<Found[]> {
    const found: Found[] = [];
    for (const part of downward ? parts.toReversed() : parts) {
      if (found.length >= most) break;
      for (const row of await this.read(this.statement(part, most - found.length, downward))) found.push({ part, row });
    }
    return found;
  }

  private statement(part: Part, limit: number, backward: boolean): SQL {
    if (!('snapshot' in part)) return entriesAt({ tenant: this.tenant, ...part, limit, backward }, this.where);
    const window = { limit: limit - 1, backward, after: null, before: null };
    return pagesOfEntries(trailOf(this.where), entryOrder('ASC'), window, part.snapshot, [], this.tenant);
  }
}

interface Found {
  readonly part: Part;
  readonly row: Row;
}

function newerThan({ except }: PositionInFeed, from: number, to: number): Part[] {
  return [{ from, to, except }];
}

/** Up to a position, itself included. */
function olderThan({ except }: PositionInFeed, to: number): Part[] {
  if (!except) return [{ from: 0, to, except }];
  return [{ snapshot: except }, { from: Number(except.sequence), to, except }];
}
