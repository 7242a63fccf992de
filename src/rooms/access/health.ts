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

const longestLagSeconds = 60;

/** Whether the background worker keeps up: feeds, positions and counts follow what was committed. */
export function feedHealth({ entries, seconds }: { readonly entries: number; readonly seconds: number }): HealthCheck {
  if (seconds <= longestLagSeconds) return { name: 'feed', isWell: true };
  const detail = `The feed is ${Math.round(seconds)} s behind, ${entries} entries wait: the log says why.`;
  return { name: 'feed', isWell: false, detail };
}

/** Id of the newest entry of the trail. */
export async function newestEntry(database: Database): Promise<number> {
  const [figures] = await database.read('', healthFigures);
  return Number(figures?.['newest_entry']);
}
