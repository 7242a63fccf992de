import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Owner } from '../../database/database.ts';
import { safeError } from '../../shared/safe-error.ts';
import { writeBundle } from './bundle.ts';
import { ownerSource } from './bundle-source.ts';
import { withoutSecrets } from './secrets.ts';

export interface Crash {
  readonly error: unknown;
  readonly folder: string;
  /** Null where the database cannot be asked by its owner: then nothing of it is in the bundle. */
  readonly owner: Owner | null;
  readonly settings: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const kept = 5;
const databaseMs = 10_000;
const auditLimit = 1_000;

/** Leaves a bundle of a process that fails, without the database where that does not answer in time; gives its path. The newest five are kept. */
export async function leaveCrashBundle({ error, folder, owner, settings, environment }: Crash): Promise<string> {
  await makeRoom(folder);
  const told = withoutSecrets(JSON.stringify(safeError(error), null, 2).replaceAll('\\n', '\n'), environment);
  const crash = `${new Date().toISOString()}\n${told}`;
  const usual = { output: folder, auditLimit, isCompressed: true, withPersonal: false, withBackup: false, settings, crash };
  if (owner) {
    const signal = AbortSignal.timeout(databaseMs);
    const late = sleep(databaseMs, undefined, { ref: false }).then(() => null);
    const written = writeBundle(ownerSource(owner, null), { ...usual, now: new Date(), signal }).catch(() => null);
    const done = await Promise.race([written, late]);
    if (done) return done.path;
  }
  // A second later, should the name be taken by what was begun.
  return (await writeBundle(null, { ...usual, now: new Date(Date.now() + 1_000) })).path;
}

async function makeRoom(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^debug_bundle_\d{8}_\d{6}(\.zip)?$/.test(name)).sort();
  for (const name of names.slice(0, Math.max(0, names.length - kept + 1))) await rm(join(folder, name), { recursive: true, force: true });
}
