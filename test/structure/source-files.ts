import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { packageRoot } from '../../src/shared/package-root.ts';

export interface SourceFile {
  /** From the package's root, e.g. `src/rooms/audit/entry.queries.ts`. */
  readonly path: string;
  readonly text: string;
  /** What it imports of ours, as paths like its own. */
  readonly imports: readonly string[];
  /** Names of the packages it imports, e.g. `@fastify/static`; Node's own are left out. */
  readonly packages: readonly string[];
  /** Those of them that are there when it runs: not only their types. */
  readonly runtimePackages: readonly string[];
}

const importPattern = /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;

/** Every TypeScript and JavaScript file of ours below these folders. */
export function sourceFiles(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.[jt]sx?$/.test(entry.name) && !entry.parentPath.includes('node_modules'))
      .map((entry) => read(relative(packageRoot, join(entry.parentPath, entry.name)))),
  );
}

function read(path: string): SourceFile {
  const text = readFileSync(join(packageRoot, path), 'utf8');
  const statements = [...text.matchAll(importPattern)];
  const specifiersOf = (some: readonly RegExpMatchArray[]) => some.map((match) => match[1] ?? match[2] ?? '');
  const specifiers = specifiersOf(statements);
  return {
    path,
    text,
    imports: specifiers.filter((name) => name.startsWith('.')).map((name) => join(dirname(path), name)),
    packages: packagesOf(specifiers),
    runtimePackages: packagesOf(specifiersOf(statements.filter(([statement]) => !/^\s*import type\b/.test(statement)))),
  };
}

function packagesOf(specifiers: readonly string[]): string[] {
  const foreign = specifiers.filter((name) => !/^(\.|node:)/.test(name));
  return foreign.map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
}
