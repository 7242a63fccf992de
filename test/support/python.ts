import { spawnSync } from 'node:child_process';

const usual = ['python3', '/usr/bin/python3'];

/**
 * A Python that has the library `prov` (Debian's python3-prov brings it): TEST_PYTHON, else a usual one; null where there is none.
 * @throws where continuous integration has none.
 */
export function findProvPython(): string | null {
  const given = process.env['TEST_PYTHON'];
  const found = (given === undefined ? usual : [given]).find((python) => spawnSync(python, ['-c', 'import prov, rdflib']).status === 0);
  if (found !== undefined) return found;
  const missing = given === undefined ? 'No Python here has the library prov' : `TEST_PYTHON: ${given} lacks the library prov`;
  if (given !== undefined || process.env['CI'] === 'true') throw new Error(`${missing}: lineage documents cannot be read by it.`);
  console.warn(`${missing}: the tests that read documents with it are skipped (set TEST_PYTHON).`);
  return null;
}

/** A Python that has other libraries, for a second opinion; null where there is none. */
export function findPython(libraries: readonly string[]): string | null {
  const known = [process.env['TEST_PYTHON'], ...usual].filter((python) => python !== undefined);
  return known.find((python) => spawnSync(python, ['-c', `import ${libraries.join(', ')}`]).status === 0) ?? null;
}

/** What a script prints as JSON, given a value as JSON. */
export function askPython<T>(python: string, script: string, input: unknown): T {
  const { status, stdout, stderr } = spawnSync(python, [script], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}
