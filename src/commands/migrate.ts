import { configFrom } from '../config.ts';
import type { Owner } from '../database/database.ts';
import { ConfigError } from '../shared/errors.ts';
import type { Command } from './command.ts';

export const migrate: Command = {
  name: 'migrate',
  summary: 'Bring the database up to date and end.',
  usage: `whence migrate

Where WHENCE_ACTOR_SECRET is set, the database learns it, in the place of the one it knew.

Uses DATABASE_OWNER_URL; without DATABASE_URL the embedded database in WHENCE_DATA_DIR.`,
  async run({ environment, out }) {
    const config = configFrom(environment);
    const { databaseUrl, databaseOwnerUrl, dataFolder, actorSecret } = config;
    if (databaseUrl !== null && databaseOwnerUrl === null) {
      throw new ConfigError('DATABASE_OWNER_URL is missing: migrations need the owner of the database.');
    }
    const { openOwner } = await import('../database/open.ts');
    const { migrate: migrateDatabase } = await import('../database/migrate.ts');
    const { namingVariable } = await import('../configured-database.ts');
    let owner: Owner | undefined;
    try {
      owner = await openOwner({ ownerUrl: databaseOwnerUrl ?? undefined, dataDirectory: dataFolder });
      const applied = await migrateDatabase(owner, {
        progress: ({ name, step, steps, tookMs }) => out(`${step}/${steps} ${name} (${tookMs} ms)`),
      });
      out(applied.length === 0 ? 'Nothing to do: the database is up to date.' : `The database is up to date: ${applied.length} applied.`);
      if (actorSecret !== null) {
        const { shareActorSecret } = await import('../database/actor-secret.ts');
        await shareActorSecret(owner, actorSecret, { replaces: true });
        out('The database knows WHENCE_ACTOR_SECRET.');
      }
    } catch (error) {
      throw namingVariable(config, error, 'DATABASE_OWNER_URL');
    } finally {
      await owner?.close();
    }
    return 0;
  },
};
