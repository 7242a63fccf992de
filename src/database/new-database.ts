import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
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
  setModes(folder, 0o700, 0o600);
  return true;
}

/** Of a folder with everything in it. What was installed by one user must be readable for the others; what holds data for its owner alone. */
export function setModes(folder: string, folderMode: number, fileMode: number): void {
  chmodSync(folder, folderMode);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) setModes(path, folderMode, fileMode);
    else chmodSync(path, fileMode);
  }
}
