import { sql } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';
import type { Log } from '../../shared/log.ts';

const everyMs = 15 * 60_000;

/**
 * Keeps the trail ready for what comes: partitions ahead of the newest entry, and a new epoch after a restore whose
 * transaction ids lie above this cluster's. Runs at once and then every quarter of an hour; a failure is logged and tried again.
 */
export async function startUpkeep(database: Database, log: Log): Promise<{ stop(): void }> {
  const keepUp = async () => {
    try {
      // The functions take no tenant: they look at no row of anybody.
      await database.read('', sql`/* audit.upkeep */ select audit.ensure_partitions() as partitions, audit.ensure_epoch() as epoch`);
    } catch (error) {
      log.warn({ err: error }, 'the upkeep of the trail failed; it is tried again');
    }
  };
  await keepUp();
  const timer = setInterval(() => void keepUp(), everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
