// What a test file opened is closed after its last test. A process runs many files and keeps the modules of test/support between them, so a hook at
// the top of a module would be heard in the first file alone; each-file.ts has the one that is heard in all.
const ends: (() => unknown)[] = [];

/** Does `end` after the last test of the file; what was asked for last is done first. */
export function atFileEnd(end: () => unknown): void {
  ends.push(end);
}

export async function endFile(): Promise<void> {
  for (let end = ends.pop(); end; end = ends.pop()) await end();
}
