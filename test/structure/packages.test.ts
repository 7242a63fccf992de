import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/shared/package-root.ts';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
interface LockedPackage {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly engines?: Readonly<Record<string, string>>;
}

const read = <T>(file: string): T => JSON.parse(readFileSync(join(packageRoot, file), 'utf8'));
const { packages } = read<{ packages: Readonly<Record<string, LockedPackage>> }>('package-lock.json');

describe('the packages', () => {
  it('are pinned exactly', () => {
    const { dependencies, devDependencies } = read<Manifest>('package.json');
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  it('are locked for every platform, or npm ci refuses the lock file elsewhere', () => {
    const locked = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)));
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) => {
      return Object.keys(optionalDependencies)
        .filter((name) => !locked.has(name))
        .map((name) => `${path}: ${name}`);
    });
    expect(missing).toEqual([]);
  });

  it('run on Node 20', () => {
    const isNewer = (range: string) => /^\s*(>=?|\^|~)? ?(2[1-9]|[3-9]\d)/.test(range);
    const newer = Object.entries(packages).filter(([, { engines }]) => engines?.['node']?.split('||').every(isNewer));
    expect(newer.map(([path]) => path)).toEqual([]);
  });
});
