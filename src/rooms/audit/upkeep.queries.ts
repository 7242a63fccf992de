import { sql } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';

/** Partitions ahead of the newest entry, and a new epoch after a restore. The functions take no tenant: they look at no row of anybody. */
export async function keepTrailReady(database: Database): Promise<void> {
  await database.read('', sql`/* audit.upkeep */ select audit.ensure_partitions() as partitions, audit.ensure_epoch() as epoch`);
}
