import { is, SQL, sql } from 'drizzle-orm';
import { getTableConfig, PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { AsOf } from '../../shared/as-of.input.ts';
import type { RequestContext } from '../../shared/request-context.ts';

/** A table of the shop; each has these two columns. */
export type ShopTable = PgTable & { readonly tenant: PgColumn; readonly id: PgColumn };

/** Which rows a statement is about, so that no others are rebuilt: it says so once more in its own conditions. Values are SQL arrays. */
export type Wanted = { readonly ids: SQL } | { readonly column: PgColumn; readonly values: SQL } | 'ALL';

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

/** The table as it is now, or its rows at a moment. */
export function rowsOf(moment: Moment | null, table: ShopTable, wanted: Wanted): SQL {
  return moment ? moment.rows(table, wanted) : sql`${table}`;
}

/** The same statement for rows at a moment: those stand under the table's name without its schema. */
export function namedFor(moment: Moment | null, statement: SQL): SQL {
  return moment ? (withoutSchema(statement) as SQL) : statement;
}

function withoutSchema(chunk: unknown): unknown {
  if (is(chunk, SQL)) return new SQL(chunk.queryChunks.map(withoutSchema) as SQL['queryChunks']);
  if (Array.isArray(chunk)) return chunk.map(withoutSchema);
  if (!is(chunk, PgColumn) || !is(chunk.table, PgTable)) return chunk;
  const { schema, name } = getTableConfig(chunk.table);
  return schema === 'commerce' ? sql`${sql.identifier(name)}.${sql.identifier(chunk.name)}` : chunk;
}
