import { is, SQL, sql } from 'drizzle-orm';
import { getTableConfig, PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Moment, ShopTable, Wanted } from './moment.model.ts';

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
