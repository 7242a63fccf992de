import type { Database } from '../../database/database.ts';
import type { HealthCheck } from '../../shared/health.ts';
import { healthFigures } from './health.queries.ts';

/**
 * Whether requests can be answered as they should: the database answers, it is as new as this program, and every tracked table is captured.
 * @param newestMigration number of the newest migration that this program knows.
 */
export async function healthOf(database: Database, newestMigration: number): Promise<HealthCheck[]> {
  let figures: Awaited<ReturnType<typeof database.read>>[number] | undefined;
  try {
    [figures] = await database.read('', healthFigures);
  } catch {
    return [{ name: 'database', isWell: false, detail: 'The database does not answer.' }];
  }
  const applied = Number(figures?.['migration'] ?? 0);
  const notCapturing = Number(figures?.['not_capturing'] ?? 0);
  return [
    { name: 'database', isWell: true },
    applied === newestMigration
      ? { name: 'migrations', isWell: true }
      : { name: 'migrations', isWell: false, detail: `Migration ${applied} of ${newestMigration} is applied: run whence migrate.` },
    notCapturing === 0
      ? { name: 'capture', isWell: true }
      : {
          name: 'capture',
          isWell: false,
          detail: `${notCapturing} tracked tables are not captured: whence tables names them, whence track mends them.`,
        },
  ];
}

const longestFailureSeconds = 60;

/** Whether the background worker works; that it has much to do makes no server unready. */
export function feedHealth({ entries, failingSeconds }: { readonly entries: number; readonly failingSeconds: number }): HealthCheck {
  if (failingSeconds > longestFailureSeconds) {
    return {
      name: 'feed',
      isWell: false,
      detail: `The background worker has failed for ${Math.round(failingSeconds)} s: the log says why.`,
    };
  }
  return entries === 0
    ? { name: 'feed', isWell: true }
    : { name: 'feed', isWell: true, detail: `${entries} entries wait for their position.` };
}

/** Whether webhooks are sent; that an endpoint does not answer makes no server unready. */
export function webhookHealth(failingSeconds: number): HealthCheck {
  return failingSeconds > longestFailureSeconds
    ? { name: 'webhooks', isWell: false, detail: `Webhooks have not been sent for ${Math.round(failingSeconds)} s: the log says why.` }
    : { name: 'webhooks', isWell: true };
}

const longestWaitSeconds = 60;

/** What all servers see alike, so that one alert tells it: whether tables are captured, and whether entries get their positions. */
export async function sharedHealth(
  database: Database,
  lag: { readonly entries: number; readonly seconds: number; readonly failingSeconds: number },
): Promise<HealthCheck[]> {
  const capture = (await healthOf(database, 0)).filter(({ name }) => name === 'capture');
  if (lag.failingSeconds > 0) return capture; // this server does not know
  const isWell = lag.entries === 0 || lag.seconds <= longestWaitSeconds;
  const detail = `${lag.entries} entries wait for their position, the oldest for ${Math.round(lag.seconds)} s.`;
  return [...capture, isWell ? { name: 'feed', isWell } : { name: 'feed', isWell, detail }];
}

/** Id of the newest entry of the trail, and how many tracked tables are not captured. */
export async function trailFigures(database: Database): Promise<{ newestEntry: number; notCapturing: number }> {
  const [figures] = await database.read('', healthFigures);
  return { newestEntry: Number(figures?.['newest_entry']), notCapturing: Number(figures?.['not_capturing']) };
}
