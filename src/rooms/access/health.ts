import type { Database } from '../../database/database.ts';
import type { HealthCheck } from '../../shared/health.ts';
import type { Worker } from '../../shared/worker.ts';
import { healthFigures } from './health.queries.ts';

/**
 * Whether requests can be answered as they should: the database answers, it is as new as this program, every tracked table is captured, and
 * the work in the background keeps up.
 * @param newestMigration number of the newest migration that this program knows.
 */
export async function healthOf(database: Database, newestMigration: number, workers: readonly Worker[]): Promise<HealthCheck[]> {
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
    ...workers.map(checkOf),
  ];
}

function checkOf({ name, lagSeconds, mostLagSeconds }: Worker): HealthCheck {
  const lag = lagSeconds();
  if (lag <= mostLagSeconds) return { name, isWell: true };
  return { name, isWell: false, detail: `It is ${Math.round(lag)} seconds behind; the log says why.` };
}

/** Id of the newest entry of the trail, and how many tracked tables are not captured. */
export async function trailFigures(database: Database): Promise<{ newestEntry: number; notCapturing: number }> {
  const [figures] = await database.read('', healthFigures);
  return { newestEntry: Number(figures?.['newest_entry']), notCapturing: Number(figures?.['not_capturing']) };
}
