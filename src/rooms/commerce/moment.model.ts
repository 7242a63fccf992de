import type { SQL } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { AsOf } from '../../shared/as-of.input.ts';
import type { RequestContext } from '../../shared/request-context.ts';

/** A table of the shop; each has these two columns. */
export type ShopTable = PgTable & { readonly tenant: PgColumn; readonly id: PgColumn };

/**
 * Which rows a statement is about, so that no others are rebuilt: it says so once more in its own conditions. Values are SQL arrays. `BY_ID` are all
 * for who reads the first ones by id and stops, `inOrder` for who does so in another order (of the table by its own name); `KEYS` are all for who counts
 * them, with nothing but their keys.
 */
export type Wanted = { readonly ids: SQL } | { readonly column: PgColumn; readonly values: SQL } | WholeTable | 'BY_ID' | 'BY_ID_DOWN';
export type WholeTable = 'ALL' | 'KEYS' | { readonly inOrder: SQL };

export function isWhole(wanted: Wanted): wanted is WholeTable {
  return wanted === 'ALL' || wanted === 'KEYS' || (typeof wanted === 'object' && 'inOrder' in wanted);
}

/** Another time at which the shop is read. Whatever is reached from an entity that was read at it is read at it, too. */
export interface Moment {
  /** The same for two moments at which the same is seen. */
  readonly key: string;
  /**
   * The rows of a table as they were, to stand in a FROM clause under the table's own name.
   * @throws DomainError `HISTORY_UNAVAILABLE` when they are not known.
   */
  rows(table: ShopTable, wanted: Wanted): SQL;
  /** What the rows of a whole table read from: the WITH clause that their statement begins with. There, so that rows are still read in order. */
  with(table: ShopTable, wanted: WholeTable): SQL;
  /** Whether so little changed since that looking at each change costs less than looking for rows that fit one after the other. */
  hasFewChanges(table: ShopTable): Promise<boolean>;
}

/** Who knows what the shop was: the trail. */
export interface Moments {
  /** Null is now. @throws DomainError for a point that there is not. */
  at(ctx: RequestContext, asOf: AsOf | null | undefined): Promise<Moment | null>;
}
