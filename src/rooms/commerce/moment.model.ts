import type { SQL } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { AsOf } from '../../shared/as-of.input.ts';
import type { RequestContext } from '../../shared/request-context.ts';

/** A table of the shop; each has these two columns. */
export type ShopTable = PgTable & { readonly tenant: PgColumn; readonly id: PgColumn };

/**
 * Which rows a statement is about, so that no others are rebuilt: it says so once more in its own conditions. Values are SQL arrays. `BY_ID` are all
 * for who reads the first ones by id and stops.
 */
export type Wanted = { readonly ids: SQL } | { readonly column: PgColumn; readonly values: SQL } | 'ALL' | 'BY_ID' | 'BY_ID_DOWN';

/** Another time at which the shop is read. Whatever is reached from an entity that was read at it is read at it, too. */
export interface Moment {
  /** The same for two moments at which the same is seen. */
  readonly key: string;
  /**
   * The rows of a table as they were, to stand in a FROM clause under the table's own name.
   * @throws DomainError `HISTORY_UNAVAILABLE` when they are not known.
   */
  rows(table: ShopTable, wanted: Wanted): SQL;
  /** To be awaited before 'ALL' is asked for. */
  prepare(table: ShopTable): Promise<void>;
}

/** Who knows what the shop was: the trail. */
export interface Moments {
  /** Null is now. @throws DomainError for a point that there is not. */
  at(ctx: RequestContext, asOf: AsOf | null | undefined): Promise<Moment | null>;
}
