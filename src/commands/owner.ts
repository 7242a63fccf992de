import { type Config, configFrom, type Environment } from '../config.ts';
import type { Owner } from '../database/database.ts';
import { DatabaseFault } from '../database/faults.ts';
import { ConfigError } from '../shared/errors.ts';

/** Does something with the owner's rights, e.g. tracks a table; what the database refuses is told in its own words. */
export async function withOwner<T>(environment: Environment, work: (owner: Owner) => Promise<T>): Promise<T> {
  const owner = await opened(configFrom(environment));
  try {
    return await work(owner);
  } catch (error) {
    if (!(error instanceof DatabaseFault)) throw error;
    throw new ConfigError(`${error.message}${error.hint ? ` ${error.hint}` : ''}`, { cause: error });
  } finally {
    await owner.close();
  }
}

/** Up to date; what is not ours alone must have been migrated before. */
async function opened(config: Config): Promise<Owner> {
  const { databaseUrl, databaseOwnerUrl, dataFolder } = config;
  if (databaseUrl !== null && databaseOwnerUrl === null) {
    throw new ConfigError('DATABASE_OWNER_URL is missing: tracking needs the owner of the database.');
  }
  const { openOwner } = await import('../database/open.ts');
  const { migrate } = await import('../database/migrate.ts');
  const { namingVariable } = await import('../configured-database.ts');
  let owner: Owner | undefined;
  try {
    owner = await openOwner({ ownerUrl: databaseOwnerUrl ?? undefined, dataDirectory: dataFolder });
    if (databaseUrl === null) await migrate(owner);
    const [found] = await owner.run<{ is_ready: boolean }>(`select to_regclass('audit.tracked_table') is not null as is_ready`);
    if (!found?.is_ready) throw new ConfigError('this database is not ready: run "whence migrate" first.');
    return owner;
  } catch (error) {
    await owner?.close();
    throw namingVariable(config, error, 'DATABASE_OWNER_URL');
  }
}
