import { type SQL, sql } from 'drizzle-orm';
import type { CursorCodec, CursorValue } from './cursor.ts';
import type { Page, PageWindow } from './page.ts';
import { beyond, cursorScope, orderBy, positionOf, type SortTerm } from './page-keyset.ts';

/** A row as the database gives it. */
export type Row = Record<string, unknown>;
/** Sends one statement for one tenant. */
export type ReadRows = (statement: SQL) => Promise<Row[]>;

/** A list that is read page by page. The parts are put together as `with select columns from from where where`. */
export interface PagedList<T> {
  /** Name in the leading comment of its statements and kind of its cursors, e.g. `commerce.products`. */
  readonly name: string;
  /** What the other parts read from besides: a whole WITH clause. */
  readonly with?: SQL;
  readonly columns: SQL;
  readonly from: SQL;
  /** The same rows, for who counts them all; `from` when left out. */
  readonly counted?: Pick<PagedList<T>, 'with' | 'from'>;
  /** Tenant and filter. */
  readonly where: SQL;
  /** A total order: see `totalOrder`. */
  readonly order: readonly SortTerm[];
  readonly toRecord: (row: Row) => T;
}

/** Whether any item of the list fulfils a condition. */
export type AskAny = (condition: SQL) => Promise<boolean>;

/** How a page writes the cursors of its items. */
export interface CursorWriter {
  readonly codec: CursorCodec;
  readonly tenant: string;
}

/** One page of a list in one statement; whatever costs more is asked when it is selected. */
export async function readPage<T>(read: ReadRows, list: PagedList<T>, window: PageWindow, writer: CursorWriter): Promise<Page<T>> {
  const rows = await read(
    sql`${nameOf(list)}${withOf(list)} select ${list.columns} from ${list.from} where ${list.where}${within(list, window)} order by ${orderBy(list.order, window.backward)} limit ${window.limit + 1}`,
  );
  const any: AskAny = async (condition) => {
    const [row] = await read(
      sql`${nameOf(list, 'any')}${withOf(list)} select exists (select 1 from ${list.from} where ${list.where} and ${condition}) as found`,
    );
    return row?.['found'] === true;
  };
  const count = async () => {
    const counted = list.counted ?? list;
    const [row] = await read(
      sql`${nameOf(list, 'count')}${withOf(counted)} select count(*) as count from ${counted.from} where ${list.where}`,
    );
    return Number(row?.['count']);
  };
  return pageOf(list, window, writer, rows, any, count);
}

function withOf<T>(list: Pick<PagedList<T>, 'with'>): SQL {
  return list.with ? sql` ${list.with}` : sql``;
}

/** ` and ...` for each end of the window. */
export function within<T>(list: Pick<PagedList<T>, 'order'>, window: PageWindow): SQL {
  const after = window.after ? sql` and ${beyond(list.order, window.after, 'after')}` : sql``;
  const before = window.before ? sql` and ${beyond(list.order, window.before, 'before')}` : sql``;
  return sql`${after}${before}`;
}

/** The name of a statement, as a comment that shows in pg_stat_activity, logs and golden tests. */
export function nameOf<T>(list: Pick<PagedList<T>, 'name'>, part?: string): SQL {
  return sql.raw(`/* ${part ? `${list.name}.${part}` : list.name} */`);
}

/** The page that `rows` make: `limit + 1` of them when the list goes on, in reading order (backward pages come reversed). */
export function pageOf<T>(
  list: Pick<PagedList<T>, 'name' | 'order' | 'toRecord'>,
  window: PageWindow,
  writer: CursorWriter,
  rows: readonly Row[],
  any: AskAny,
  totalCount: () => Promise<number>,
): Page<T> {
  const goesOn = rows.length > window.limit;
  const shown = rows.slice(0, window.limit);
  if (window.backward) shown.reverse();
  const nodes = shown.map((row) => list.toRecord(row));
  const scope = cursorScope(list.name, list.order);
  const cursorOf = (row: Row) => writer.codec.encode(writer.tenant, scope, positionOf(row, list.order));
  const [firstRow, lastRow] = [shown[0], shown.at(-1)];
  const outside = (side: 'after' | 'before', edgeRow: Row | undefined, bound: readonly CursorValue[]) =>
    edgeRow
      ? any(beyond(list.order, positionOf(edgeRow, list.order), side))
      : any(sql`(${beyond(list.order, bound, side === 'after' ? 'before' : 'after')}) is not true`);
  return {
    nodes,
    // A signature for each of a hundred items costs more than reading them: cursors are made when they are selected.
    get edges() {
      return nodes.map((node, index) => ({ cursor: cursorOf(shown[index]!), node }));
    },
    pageInfo: {
      get startCursor() {
        return firstRow ? cursorOf(firstRow) : null;
      },
      get endCursor() {
        return lastRow ? cursorOf(lastRow) : null;
      },
      hasNextPage: () => (!window.backward && goesOn) || (window.before !== null && outside('after', lastRow, window.before)),
      hasPreviousPage: () => (window.backward && goesOn) || (window.after !== null && outside('before', firstRow, window.after)),
    },
    totalCount,
  };
}
