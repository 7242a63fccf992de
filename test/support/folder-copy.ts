import { accessSync, constants, cpSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atFileEnd } from './file-end.ts';

const enoughBytes = 4e9;
const home = hasRoom('/dev/shm') ? '/dev/shm' : tmpdir();

/** A copy of a data folder for the test file, in memory where there is room; removed after its last test. */
export function copyOf(folder: string): string {
  const copy = mkdtempSync(join(home, 'whence-test-data-'));
  atFileEnd(() => rmSync(copy, { recursive: true, force: true }));
  cpSync(folder, copy, { recursive: true });
  return copy;
}

function hasRoom(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > enoughBytes;
  } catch {
    return false;
  }
}
