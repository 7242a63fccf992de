import type { Config } from './config.ts';
import type { DatabaseRole, Limits } from './database/database.ts';
import { codeOf, DatabaseFault } from './database/faults.ts';
import { type OpenDatabase, openDatabase } from './database/open.ts';
import { ConfigError, DomainError } from './shared/errors.ts';
import type { Log } from './shared/log.ts';

interface Wanted {
  /** The server's own when left out. */
  readonly role?: DatabaseRole;
  /** Those of the configuration when left out. */
  readonly limits?: Partial<Limits>;
}

/**
 * Opens the database of the configuration; brings it up to date where the owner's rights are at hand.
 * @throws ConfigError naming the variable that leads nowhere.
 */
export async function openConfigured(config: Config, log: Log, { role, limits }: Wanted = {}): Promise<OpenDatabase> {
  const { databaseUrl, databaseOwnerUrl, dataFolder, databaseLimits, actorSecret } = config;
  const canMigrate = databaseUrl === null || databaseOwnerUrl !== null;
  let isMigrated = !canMigrate;
  try {
    return await openDatabase({
      url: databaseUrl ?? undefined,
      ownerUrl: databaseOwnerUrl ?? undefined,
      dataDirectory: dataFolder,
      limits: limits ?? databaseLimits,
      actorSecret: actorSecret ?? undefined,
      ...(role && { role }),
      migrate: canMigrate && {
        progress: ({ name, tookMs }) => log.debug({ migration: name, tookMs }, 'migrated'),
        done() {
          isMigrated = true;
        },
      },
    });
  } catch (error) {
    throw namingVariable(config, error, isMigrated ? 'DATABASE_URL' : 'DATABASE_OWNER_URL');
  }
}

/** The error of a database that cannot be opened, as one that names where it was looked for; others stay as they are. */
export function namingVariable({ databaseUrl }: Config, error: unknown, url: 'DATABASE_URL' | 'DATABASE_OWNER_URL'): unknown {
  if (!(error instanceof ConfigError || error instanceof DomainError || error instanceof DatabaseFault)) return error;
  if (/^(WHENCE|DATABASE)_/.test(error.message)) return error;
  // The driver's own message may repeat what stands in the URL.
  const code = error instanceof DomainError && error.cause !== undefined ? codeOf(error) : '';
  const why = code === '53100' ? 'its disk is full' : code;
  const message = why === '' ? error.message : error.message.replace(/\.$/, ` (${why}).`);
  return new ConfigError(`${databaseUrl === null ? 'WHENCE_DATA_DIR' : url}: ${message}`, { cause: error });
}
