import type { Config } from './config.ts';
import { type OpenDatabase, openDatabase } from './database/open.ts';
import { ConfigError, DomainError } from './shared/errors.ts';
import type { Log } from './shared/log.ts';

/**
 * Opens the database of the configuration; brings it up to date where the owner's rights are at hand.
 * @throws ConfigError naming the variable that leads nowhere.
 */
export async function openConfigured(config: Config, log: Log): Promise<OpenDatabase> {
  const { databaseUrl, databaseOwnerUrl, dataFolder, databaseLimits, actorSecret } = config;
  const canMigrate = databaseUrl === null || databaseOwnerUrl !== null;
  try {
    return await openDatabase({
      url: databaseUrl ?? undefined,
      ownerUrl: databaseOwnerUrl ?? undefined,
      dataDirectory: dataFolder,
      limits: databaseLimits,
      actorSecret: actorSecret ?? undefined,
      migrate: canMigrate && { progress: ({ name, tookMs }) => log.debug({ migration: name, tookMs }, 'migrated') },
    });
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof DomainError)) throw error;
    if (error.message.startsWith('WHENCE_')) throw error;
    throw new ConfigError(`${databaseUrl === null ? 'WHENCE_DATA_DIR' : 'DATABASE_URL'}: ${error.message}`, { cause: error });
  }
}
