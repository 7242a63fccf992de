import type { Database } from '../../database/database.ts';
import type { Log } from '../../shared/log.ts';
import { keepTrailReady } from './upkeep.queries.ts';

const everyMs = 15 * 60_000;

/** Keeps the trail ready for what comes: at once, and then every quarter of an hour; a failure is logged and tried again. */
export async function startUpkeep(database: Database, log: Log): Promise<{ stop(): void }> {
  const keepUp = () =>
    keepTrailReady(database).catch((error: unknown) => log.warn({ err: error }, 'the upkeep of the trail failed; it is tried again'));
  await keepUp();
  const timer = setInterval(() => void keepUp(), everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
