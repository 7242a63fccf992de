import { sql } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';

/** Partitions ahead of the newest entry, and a new epoch after a restore. The functions take no tenant: they look at no row of anybody. */
export async function keepTrailReady(database: Database): Promise<void> {
  await database.read('', sql`/* audit.upkeep */ select audit.ensure_partitions() as partitions, audit.ensure_epoch() as epoch`);
}

/** Statistics of what has grown since: without them the planner takes a full table for an empty one. Gives how many tables were looked at. */
export async function refreshStatistics(database: Database): Promise<number> {
  const [row] = await database.read('', sql`/* audit.statistics */ select audit.refresh_statistics() as tables`);
  return Number(row?.['tables'] ?? 0);
}
