import { type SQL, sql } from 'drizzle-orm';

/** One row: id of the newest entry, number of tracked tables that are not captured, number of the newest migration applied. */
export const healthFigures: SQL = sql`/* access.health */ select newest_entry, not_capturing,
  (select max(number) from whence.migration) as migration from audit.health()`;
