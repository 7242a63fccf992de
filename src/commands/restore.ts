import { count, openProgress } from '../shared/progress.ts';
import type { Command } from './command.ts';
import { withOwner } from './owner.ts';

export const restore: Command = {
  name: 'restore',
  summary: 'Write the backup of a debug bundle into an empty database.',
  usage: `whence restore FILE

  FILE  database_backup.sql.gz, as whence bundle --backup writes it

The database is migrated and holds nothing; all of the backup goes in, or none of it. It needs the schema version that the backup was written
with, and on PostgreSQL a superuser (rows go in as they are, without triggers).

Uses DATABASE_OWNER_URL; without DATABASE_URL the embedded database in WHENCE_DATA_DIR.`,
  positionals: [1, 1],
  async run({ positionals: [file = ''], environment, out }) {
    const { migrationsFolder, readMigrations } = await import('../database/migrate.ts');
    const { restoreBackup } = await import('../rooms/vault/restore.ts');
    const version = readMigrations(migrationsFolder()).at(-1)?.number ?? 0;
    let shown: ReturnType<typeof openProgress> | undefined;
    const rows = await withOwner(environment, (owner) =>
      restoreBackup(owner, file, version, (done, total) => {
        shown ??= openProgress({ label: 'Restoring', total, unit: 'rows', stream: process.stderr });
        shown.at(done);
      }).finally(() => shown?.end()),
    );
    out(`${count(rows)} rows restored.`);
    return 0;
  },
};
