import type { Database } from '../../database/database.ts';
import type { Log } from '../../shared/log.ts';
import type { Worker } from '../../shared/worker.ts';
import { keepTrailReady } from './upkeep.queries.ts';

const everyMs = 15 * 60_000;
const mostLagSeconds = 3_600;

/** Keeps the trail ready for what comes: at once, and then every quarter of an hour; a failure is logged and tried again. */
export async function startUpkeep(database: Database, log: Log): Promise<Worker> {
  let due = Date.now();
  const keepUp = async () => {
    try {
      await keepTrailReady(database);
      due = Date.now() + everyMs;
    } catch (error) {
      log.warn({ err: error }, 'the upkeep of the trail failed; it is tried again');
    }
  };
  await keepUp();
  const timer = setInterval(() => void keepUp(), everyMs);
  timer.unref();
  return {
    name: 'upkeep',
    lagSeconds: () => Math.max(0, Date.now() - due) / 1_000,
    mostLagSeconds, // the trail has room for millions of entries ahead
    stop: () => clearInterval(timer),
  };
}
