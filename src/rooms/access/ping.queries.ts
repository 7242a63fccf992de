import { sql } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';

/** Rejects when the database does not answer. */
export async function pingDatabase(database: Database): Promise<void> {
  await database.read('', sql`/* access.ping */ select 1 as answer`);
}
