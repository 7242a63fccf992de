import DataLoader from 'dataloader';
import type { CursorCodec, CursorScope } from '../../shared/cursor.ts';
import type { OrderDirection } from '../../shared/filter.input.ts';
import { type Page, type PageRequest, type PageWindow, pageWindow } from '../../shared/page.ts';
import type { SortTerm } from '../../shared/page-keyset.ts';
import type { ReadRows, Row } from '../../shared/page-read.ts';
import type { AuditEntry } from './audit.model.ts';
import { toEntry } from './entry.queries.ts';
import {
  anyEntry,
  countEntries,
  type EntryList,
  entryCursors,
  entryCursorValues,
  entryOrder,
  type Pin,
  pagesOfEntries,
  pinFrom,
  pinOf,
} from './entry-pages.queries.ts';

const parentsPerStatement = 500;

export interface EntryPagesRequest extends PageRequest {
  readonly direction?: OrderDirection | null;
}

/**
 * Pages of entries by id, of the whole trail or below parents (the entries of runs, of records): one statement for all parents of one turn.
 * A cursor carries the snapshot of the first page, so that an entry which commits late neither appears between two pages nor moves one.
 */
export class EntryPages {
  private readonly order: readonly SortTerm[];
  private readonly cursors: CursorScope;
  private readonly window: PageWindow;
  private readonly pages: DataLoader<readonly string[], Page<AuditEntry>, string>;
  private readonly counts: DataLoader<readonly [parent: readonly string[], pin: Pin | null], number, string>;

  /** @throws DomainError `BAD_USER_INPUT` or `CURSOR_INVALID`. */
  constructor(
    private readonly read: ReadRows,
    private readonly list: EntryList,
    request: EntryPagesRequest,
    private readonly codec: CursorCodec,
    private readonly tenant: string,
    private readonly keep: (entry: AuditEntry) => AuditEntry,
  ) {
    const direction = request.direction ?? list.direction;
    this.order = entryOrder(direction);
    this.cursors = entryCursors(list, direction);
    // A place in the log is one whichever way it was read.
    this.window = pageWindow(request, codec, tenant, entryCursors(list, 'ASC'), entryCursors(list, 'DESC'));
    this.pages = new DataLoader((parents) => this.readPages(parents), { cacheKeyFn: JSON.stringify, maxBatchSize: parentsPerStatement });
    this.counts = new DataLoader((asked) => this.readCounts(asked), { cacheKeyFn: JSON.stringify, maxBatchSize: parentsPerStatement });
  }

  /** @param parent values of the list's parent columns, in their order; empty for a list without parents. */
  pageOf(parent: readonly string[] = []): Promise<Page<AuditEntry>> {
    return this.pages.load(parent);
  }

  private async readPages(parents: readonly (readonly string[])[]): Promise<Page<AuditEntry>[]> {
    const pin = givenPin(this.window);
    const rows = await this.read(pagesOfEntries(this.list, this.order, this.window, pin, parents, this.tenant));
    const rowsOf = parents.map((): Row[] => []);
    for (const row of rows) rowsOf[Number(row['parent_place']) - 1]?.push(row);
    return parents.map((parent, index) => this.page(parent, rowsOf[index] ?? [], pin));
  }

  private page(parent: readonly string[], rows: readonly Row[], given: Pin | null): Page<AuditEntry> {
    const { window, order, list } = this;
    const goesOn = rows.length > window.limit;
    const pin = given ?? (rows[0] ? pinFrom(rows[0]) : null);
    const shown = rows.slice(0, window.limit);
    if (window.backward) shown.reverse();
    const nodes = shown.map((row) => this.keep(toEntry(row)));
    const cursorOf = ({ id }: AuditEntry) => this.codec.encode(this.tenant, this.cursors, pin ? entryCursorValues(id, pin) : [id]);
    const [first, last] = [nodes[0], nodes.at(-1)];
    /** Whether there is an entry further out than the page, or, when it is empty, on the far side of the cursor. */
    const outside = async (side: 'after' | 'before', edge: AuditEntry | undefined, bound: readonly (string | null)[]) => {
      const [row] = await this.read(anyEntry(list, order, edge ? { side, of: edge.id } : { side, from: bound }, pin, parent));
      return row?.['found'] === true;
    };
    return {
      nodes,
      // As in page-read.ts: made when they are selected.
      get edges() {
        return nodes.map((node) => ({ cursor: cursorOf(node), node }));
      },
      pageInfo: {
        get startCursor() {
          return first ? cursorOf(first) : null;
        },
        get endCursor() {
          return last ? cursorOf(last) : null;
        },
        hasNextPage: () => (!window.backward && goesOn) || (window.before !== null && outside('after', last, window.before)),
        hasPreviousPage: () => (window.backward && goesOn) || (window.after !== null && outside('before', first, window.after)),
      },
      totalCount: () => this.counts.load([parent, pin]),
    };
  }

  /** All parents of one statement were read under one snapshot. */
  private async readCounts(asked: readonly (readonly [parent: readonly string[], pin: Pin | null])[]): Promise<number[]> {
    const pin = asked.find(([, given]) => given !== null)?.[1] ?? null;
    const parents = asked.map(([parent]) => parent);
    const rows = await this.read(countEntries(this.list, pin, parents));
    const counts = new Map(rows.map((row) => [Number(row['parent_place']) - 1, Number(row['count'])]));
    return parents.map((_, index) => counts.get(index) ?? 0);
  }
}

/** What the first page saw, from the cursor that led here. */
function givenPin({ after, before }: PageWindow): Pin | null {
  const [, ...values] = after ?? before ?? [];
  return values.length > 0 ? pinOf(values.map(String)) : null;
}
