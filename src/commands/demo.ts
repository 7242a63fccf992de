import { type Config, configFrom } from '../config.ts';
import type { Database } from '../database/database.ts';
import type { OpenDatabase } from '../database/open.ts';
import type { FillOutcome } from '../rooms/sources/demo-shop/demo-shop.service.ts';
import { ConfigError } from '../shared/errors.ts';
import { openLog } from '../shared/log.ts';
import { openProgress } from '../shared/progress.ts';
import type { Command } from './command.ts';

/** Whose data the demo shop is: the tenant of the one fixed caller. */
const demoTenant = 'demo';
/** What a shell gives for a process that Ctrl-C ended. */
export const interrupted = 130;

const messages: Readonly<Record<FillOutcome, string>> = {
  filled: 'The demo shop is open: ninety days of orders, prices and stock.',
  already: 'Nothing to do: the demo shop is complete.',
  occupied: `Nothing was done: the tenant ${demoTenant} has data of its own.`,
  stopped: 'Stopped. The same command goes on where this one ended.',
};

export const demo: Command = {
  name: 'demo',
  summary: 'Fill an empty database with the demo shop and end.',
  usage: [
    'whence demo (or: whence seed)',
    '',
    `Ninety days of a made-up shop for the tenant ${demoTenant}, the same in every database. A repeat goes on where it ended, or does nothing.`,
    'Uses DATABASE_OWNER_URL, else DATABASE_URL (its user is a member of whence_source), else the embedded database in WHENCE_DATA_DIR.',
  ].join('\n'),
  async run({ environment, out, err, stop }) {
    const config = configFrom(environment);
    const { openConfigured } = await import('../configured-database.ts');
    const database = await openConfigured(config, openLog(config.logLevel));
    try {
      const outcome = await fillDemo(config, database, stop);
      process.send?.(outcome); // to a server that has its shop filled by this process
      (outcome === 'filled' || outcome === 'already' ? out : err)(messages[outcome]);
      return outcome === 'stopped' ? interrupted : outcome === 'occupied' ? 1 : 0;
    } finally {
      await database.close();
    }
  },
};

/** Fills the demo shop where it is not complete yet. @throws ConfigError when the login may not write history. */
export async function fillDemo(config: Config, database: OpenDatabase, stop: AbortSignal): Promise<FillOutcome> {
  const { fillDemoShop } = await import('../rooms/sources/demo-shop/demo-shop.service.ts');
  const { refreshStatistics } = await import('../rooms/audit/upkeep.queries.ts');
  const source = await sourceOf(config, database);
  let progress: ReturnType<typeof openProgress> | undefined;
  try {
    const outcome = await fillDemoShop(source, demoTenant, {
      stop,
      progress({ day, days }) {
        progress ??= openProgress({ label: 'Filling the demo shop', total: days, unit: 'days', stream: process.stderr });
        progress.at(day);
      },
    });
    if (outcome === 'filled') await refreshStatistics(source);
    return outcome;
  } catch (error) {
    const { namingVariable } = await import('../configured-database.ts');
    throw namingVariable(config, error, 'DATABASE_OWNER_URL');
  } finally {
    progress?.end();
    if (source !== database) await source.close();
  }
}

/** Under the role that may say when something happened. */
async function sourceOf({ databaseUrl, databaseOwnerUrl }: Config, database: OpenDatabase): Promise<Database> {
  if (databaseUrl === null) return database.as('whence_source');
  const { openDatabase } = await import('../database/open.ts');
  try {
    return await openDatabase({ url: databaseOwnerUrl ?? databaseUrl, role: 'whence_source', limits: { connections: 1 } });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`the demo shop needs a login that is a member of whence_source (DATABASE_OWNER_URL): ${error.message}`, {
      cause: error,
    });
  }
}
