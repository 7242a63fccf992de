import { configFrom } from '../config.ts';
import { ConfigError } from '../shared/errors.ts';
import type { Command } from './command.ts';

export const migrate: Command = {
  name: 'migrate',
  summary: 'Bring the database up to date and end.',
  usage: 'whence migrate\n\nUses DATABASE_OWNER_URL; without DATABASE_URL the embedded database in WHENCE_DATA_DIR.',
  async run({ environment, out }) {
    const { databaseUrl, databaseOwnerUrl, dataFolder } = configFrom(environment);
    if (databaseUrl !== null && databaseOwnerUrl === null) {
      throw new ConfigError('DATABASE_OWNER_URL is missing: migrations need the owner of the database.');
    }
    const { openOwner } = await import('../database/open.ts');
    const { migrate: migrateDatabase } = await import('../database/migrate.ts');
    const owner = await openOwner({ ownerUrl: databaseOwnerUrl ?? undefined, dataDirectory: dataFolder });
    try {
      const applied = await migrateDatabase(owner, {
        progress: ({ name, step, steps, tookMs }) => out(`${step}/${steps} ${name} (${tookMs} ms)`),
      });
      out(applied.length === 0 ? 'Nothing to do: the database is up to date.' : `The database is up to date: ${applied.length} applied.`);
    } finally {
      await owner.close();
    }
    return 0;
  },
};
