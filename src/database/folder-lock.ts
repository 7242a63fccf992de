import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../shared/errors.ts';

interface Holder {
  readonly pid: number;
  /** Since boot, in the kernel's ticks; tells a process from a later one with the same number. Null where there is no /proc. */
  readonly startTicks: string | null;
}

/** Who was told to end, or lost whoever started it, still needs a moment to let go. */
const patienceMs = 3_000;

/**
 * Marks a data folder as ours: two PostgreSQL in one folder destroy it, and PGlite has no guard of its own. Gives the function that lets go.
 * A lock whose process is gone is taken over. Processes that cannot see each other (containers on one volume) are not told apart.
 * @throws DomainError `UNAVAILABLE` naming folder and process when another one holds it and does not let go.
 */
export async function lockFolder(folder: string): Promise<() => void> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return tryToLock(folder);
    } catch (error) {
      const isHeld = error instanceof DomainError && holderOf(textOf(lockOf(folder)) ?? '')?.pid !== process.pid;
      if (!isHeld || performance.now() > until) throw error;
      await sleep(100);
    }
  }
}

const lockOf = (folder: string): string => join(folder, 'whence.lock');

function tryToLock(folder: string): () => void {
  const path = lockOf(folder);
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

/** A process that has ended and that nobody has asked for its exit code (a zombie) holds nothing any more. */
function isAlive({ pid, startTicks }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = factsOf(pid);
  return now === null || (!now.hasEnded && (startTicks === null || now.startTicks === startTicks));
}

const startTicksOf = (pid: number): string | null => factsOf(pid)?.startTicks ?? null;

/** Fields 3 and 22 of /proc/<pid>/stat; the name before them is in brackets and may hold anything. Null where there is no /proc. */
function factsOf(pid: number): { readonly hasEnded: boolean; readonly startTicks: string | null } | null {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { hasEnded: /^[ZXx]$/.test(fields[0] ?? ''), startTicks: fields[19] ?? null };
}
