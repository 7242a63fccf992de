import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRoot } from '../shared/package-root.ts';
import { migrationsFolder, readMigrations } from './migrate.ts';

/**
 * A migrated database without any data, made when the package is built: a new embedded database begins as its copy, because making a cluster
 * and migrating it takes seconds of processor time and hundreds of megabytes, and copying takes neither.
 */
export const newDatabase = join(packageRoot, 'dist', 'embedded', 'pgdata');
/** Says what made it, see `makerOf`. */
export const newDatabaseMaker = join(packageRoot, 'dist', 'embedded', 'made-by');

/** The version of PGlite and the migrations, as one hash. */
export function makerOf(): string {
  const main = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const hash = createHash('sha256').update(readFileSync(join(dirname(main), '..', 'package.json')));
  for (const { sha256 } of readMigrations(migrationsFolder())) hash.update(sha256);
  return hash.digest('hex');
}

/** Whether a copy lies in `folder` now; without one of this very maker the caller makes a cluster. */
export function copyNewDatabase(folder: string): boolean {
  if (!existsSync(newDatabaseMaker) || readFileSync(newDatabaseMaker, 'utf8') !== makerOf()) return false;
  cpSync(newDatabase, folder, { recursive: true });
  return true;
}
