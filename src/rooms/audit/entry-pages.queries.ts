import { type SQL, sql } from 'drizzle-orm';
import { type Row, textArray } from '../../database/database.ts';
import { entries, feedHeads, feedTicks } from '../../database/tables/audit.ts';
import type { CursorScope } from '../../shared/cursor.ts';
import type { OrderDirection } from '../../shared/filter.input.ts';
import type { PageWindow } from '../../shared/page.ts';
import { beyond, cursorScope, orderBy, type SortTerm } from '../../shared/page-keyset.ts';
import { e, entryColumns } from './entry.queries.ts';

/** Whose cursors the feed takes. */
export const wholeTrail = { name: 'audit.entries' } as const;

/** The whole trail of a tenant. */
export function trailOf(where: SQL): EntryList {
  return { ...wholeTrail, direction: 'DESC', where };
}

/** What belongs to runs, in the order it was written. Index: idx_audit_log_run_id. */
export function trailOfRuns(where: SQL): EntryList {
  return {
    name: 'audit.runs.entries',
    direction: 'ASC',
    where,
    parent: { columns: [['run_id', 'text']], match: sql`${e.runId} = parent.run_id` },
  };
}

/** A list of entries. */
export interface EntryList {
  /** Name in the leading comment of its statements and kind of its cursors. */
  readonly name: string;
  /** Tenant and filter, over `e`. */
  readonly where: SQL;
  /** When the caller does not say. */
  readonly direction: OrderDirection;
  /** What the list hangs below. */
  readonly parent?: EntryParent;
}

interface EntryParent {
  /** Name and PostgreSQL type of each value that names a parent. */
  readonly columns: readonly (readonly [name: string, type: 'text' | 'int' | 'bigint'])[];
  /** Which entries belong to it, over `e` and `parent.<name>`. */
  readonly match: SQL;
}

/** What the first page saw, and how far the ticks were then: its cursors are taken by the feed too. Numbers in text. */
export interface Pin {
  /** A `pg_snapshot`. */
  readonly snapshot: string;
  /** That its transaction ids are of. */
  readonly epoch: string;
  /** Of the tenant's entries, those up to this position were seen for sure. */
  readonly sequence: string;
  /** Newest tick; '0' before the first one. */
  readonly tick: string;
  readonly mark: string;
}

/** The column of a pin that is taken by the statement it stands in. */
export function newPin(tenant: string): SQL {
  const newest = sql`from ${feedTicks} order by ${feedTicks.tick} desc limit 1`;
  return sql`to_json(array[pg_current_snapshot()::text, (select max(epoch)::text from audit.epoch),
    coalesce((select ${feedHeads.sequence}::text from ${feedHeads} where ${feedHeads.tenant} = ${tenant}), '0'),
    coalesce((select ${feedTicks.tick}::text ${newest}), '0'), coalesce((select ${feedTicks.mark}::text ${newest}), '0')]) as pin`;
}

/** From a row of the first page. */
export function pinFrom(row: Row): Pin {
  return pinOf(row['pin'] as string[]);
}

/** From what its cursors hold behind the id. */
export function pinOf([snapshot = '', epoch = '', sequence = '', tick = '', mark = '']: readonly string[]): Pin {
  return { snapshot, epoch, sequence, tick, mark };
}

/** The cursors of a list of entries: the id, and the pin of its first page. */
export function entryCursors(list: Pick<EntryList, 'name'>, direction: OrderDirection): CursorScope {
  return cursorScope(list.name, entryOrder(direction), 2);
}

export function entryCursorValues(id: string, { snapshot, epoch, sequence, tick, mark }: Pin): string[] {
  return [id, snapshot, epoch, sequence, tick, mark];
}

export function entryOrder(direction: OrderDirection): readonly SortTerm[] {
  return [{ column: { name: 'id', sql: sql`${e.id}`, type: 'bigint', rowColumn: 'id' }, direction }];
}

/** `limit + 1` entries of each parent, in reading order. */
export function pagesOfEntries(
  list: EntryList,
  order: readonly SortTerm[],
  window: PageWindow,
  pin: Pin | null,
  parents: readonly (readonly string[])[],
  tenant: string,
): SQL {
  const after = window.after ? sql` and ${beyond(order, window.after, 'after')}` : sql``;
  const before = window.before ? sql` and ${beyond(order, window.before, 'before')}` : sql``;
  const pinColumns = pin ? sql`` : sql`, ${newPin(tenant)}`;
  const direction = orderBy(order, window.backward);
  const page = (columns: SQL, match: SQL) =>
    sql`select ${columns}, ${entryColumns}${pinColumns} from ${entries} e where ${list.where}${match}${visible(pin)}${after}${before} order by ${direction} limit ${window.limit + 1}`;
  const name = sql.raw(`/* ${list.name} */`);
  if (!list.parent) return sql`${name} ${page(sql`1 as parent_place`, sql``)}`;
  return sql`${name} select item.* from ${parentRows(list.parent, parents)}
    cross join lateral (${page(sql`parent.place::int as parent_place, row_number() over (order by ${direction})::int as item_place`, sql` and ${list.parent.match}`)}) item
    order by item.parent_place, item.item_place`;
}

export function countEntries(list: EntryList, pin: Pin | null, parents: readonly (readonly string[])[]): SQL {
  const name = sql.raw(`/* ${list.name}.count */`);
  if (!list.parent) {
    return sql`${name} select 1 as parent_place, count(*) as count from ${entries} e where ${list.where}${visible(pin)}`;
  }
  return sql`${name} select parent.place::int as parent_place, counted.count from ${parentRows(list.parent, parents)}
    cross join lateral (select count(*) as count from ${entries} e where ${list.where} and ${list.parent.match}${visible(pin)}) counted`;
}

/** Which entries are asked for: those on a side of an entry, or those on a side of a cursor, itself included. */
export type Outside = { readonly side: 'after' | 'before' } & ({ readonly of: string } | { readonly from: readonly (string | null)[] });

export function anyEntry(list: EntryList, order: readonly SortTerm[], outside: Outside, pin: Pin | null, parent: readonly string[]): SQL {
  const far = outside.side === 'after' ? 'before' : 'after';
  const condition = 'of' in outside ? beyond(order, [outside.of], outside.side) : sql`(${beyond(order, outside.from, far)}) is not true`;
  const from = list.parent ? sql`${parentRows(list.parent, [parent])} join ${entries} e on ${list.parent.match}` : sql`${entries} e`;
  return sql`${sql.raw(`/* ${list.name}.any */`)} select exists (select 1 from ${from} where ${list.where} and ${condition}${visible(pin)}) as found`;
}

function parentRows(parent: EntryParent, values: readonly (readonly string[])[]): SQL {
  const arrays = parent.columns.map(
    ([, type], index) => sql`${textArray(values.map((value) => value[index] ?? null))}::text::${sql.raw(type)}[]`,
  );
  const names = parent.columns.map(([name]) => sql.identifier(name));
  return sql`unnest(${sql.join(arrays, sql`, `)}) with ordinality as parent(${sql.join(names, sql`, `)}, place)`;
}

/**
 * What the first page could see. Entries of an older epoch count as seen: their transaction ids are another cluster's. A pin of an older
 * epoch sees those alone.
 */
export function seenIn(pin: Pin, entry: SQL = sql`e`): SQL {
  return sql`(${entry}.id <= (select max(last_entry_id_before) from audit.epoch)
    or (pg_visible_in_snapshot(${entry}.xid, ${pin.snapshot}::text::pg_snapshot) and (select max(epoch) from audit.epoch) = ${pin.epoch}::text::int))`;
}

function visible(pin: Pin | null): SQL {
  return pin ? sql` and ${seenIn(pin)}` : sql``;
}
