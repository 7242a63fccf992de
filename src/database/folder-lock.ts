import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DomainError } from '../shared/errors.ts';

interface Holder {
  readonly pid: number;
  /** Since boot, in the kernel's ticks; tells a process from a later one with the same number. Null where there is no /proc. */
  readonly startTicks: string | null;
}

/**
 * Marks a data folder as ours: two PostgreSQL in one folder destroy it, and PGlite has no guard of its own. Gives the function that lets go.
 * A lock whose process is gone is taken over. Processes that cannot see each other (containers on one volume) are not told apart.
 * @throws DomainError `UNAVAILABLE` naming folder and process when another one holds it.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'whence.lock');
  const ours = JSON.stringify({ pid: process.pid, startTicks: startTicksOf(process.pid) } satisfies Holder);
  for (let attempts = 0; attempts < 5; attempts++) {
    try {
      writeFileSync(path, ours, { flag: 'wx' });
      return () => {
        if (textOf(path) === ours) rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      removeStale(path, folder);
    }
  }
  throw refusal(folder, 'another process');
}

function removeStale(path: string, folder: string): void {
  const found = textOf(path);
  if (found === null) return;
  const holder = holderOf(found);
  if (holder ? isAlive(holder) : isYoung(path)) throw refusal(folder, holder ? `process ${holder.pid}` : 'another process');
  // Two processes may find the same stale lock: the one whose move does not catch that very lock puts it back and gives way.
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const caught = textOf(aside);
  if (caught === found) {
    rmSync(aside, { force: true });
    return;
  }
  renameSync(aside, path);
  throw refusal(folder, 'another process');
}

const refusal = (folder: string, holder: string): DomainError =>
  new DomainError('UNAVAILABLE', `The data folder ${folder} is in use by ${holder}; stop it or set another folder.`);

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function holderOf(text: string): Holder | null {
  try {
    const { pid, startTicks } = JSON.parse(text) as Partial<Holder>;
    return typeof pid === 'number' && pid > 0 ? { pid, startTicks: startTicks ?? null } : null;
  } catch {
    return null;
  }
}

/** Just being written by somebody. */
function isYoung(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs < 2_000;
  } catch {
    return false;
  }
}

function isAlive({ pid, startTicks }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = startTicksOf(pid);
  return startTicks === null || now === null || now === startTicks;
}

/** Field 22 of /proc/<pid>/stat; the name before it is in brackets and may hold anything. */
function startTicksOf(pid: number): string | null {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
