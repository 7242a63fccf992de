import { cpSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRoot } from '../shared/package-root.ts';

/** Made when the package is built; a new embedded database begins as its copy. */
export const emptyCluster = join(packageRoot, 'dist', 'embedded', 'pgdata');
/** Says which PGlite made it. */
export const emptyClusterVersion = join(packageRoot, 'dist', 'embedded', 'pglite-version');

export function pgliteVersion(): string {
  const main = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const { version } = JSON.parse(readFileSync(join(dirname(main), '..', 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** Whether a copy lies in `folder` now; without a cluster of this very version the caller makes one. */
export function copyEmptyCluster(folder: string): boolean {
  if (!existsSync(emptyClusterVersion) || readFileSync(emptyClusterVersion, 'utf8') !== pgliteVersion()) return false;
  cpSync(emptyCluster, folder, { recursive: true, mode: 0 });
  return true;
}
