import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variables } from '../../src/config-variables.ts';
import { packageRoot } from '../../src/shared/package-root.ts';
import { type SourceFile, sourceFiles } from './source-files.ts';

const src = sourceFiles('src');
const all = [...src, ...sourceFiles('scripts', 'test')].filter(({ path }) => !path.startsWith('test/generated/'));
const pathsOf = (files: readonly SourceFile[]) => files.map(({ path }) => path);
const isIn = (folder: string) => (path: string) => path.startsWith(`${folder}/`);

describe('the files', () => {
  it('are read with their imports', () => {
    expect(src.length).toBeGreaterThan(30);
    expect(src.find(({ path }) => path === 'src/main.ts')?.imports).toContain('src/commands/serve.ts');
    expect(src.find(({ path }) => path === 'src/server/http.ts')?.packages).toContain('@fastify/helmet');
  });

  it('import in no loop', () => {
    expect(loops(src)).toEqual([]);
  });

  it('pass nothing on: no index.ts, no export from elsewhere', () => {
    const barrels = all.filter(({ path, text }) => /^index\.[jt]s$/.test(basename(path)) || /^export\b[^;'"]*\bfrom\s*['"]/m.test(text));
    expect(pathsOf(barrels)).toEqual([]);
  });

  it('fit in one reading: 350 lines at most', () => {
    expect(pathsOf(all.filter(({ text }) => text.split('\n').length > 351))).toEqual([]);
  });
});

describe('imports point one way', () => {
  // Each folder (or file) of src with the folders and files it may import besides itself.
  const layers: Readonly<Record<string, readonly string[]>> = {
    'src/shared': ['src/database/database.ts'], // the interface and its helpers for SQL values, no driver
    'src/client': [],
    'src/database': ['src/shared'],
    'src/rooms': ['src/database', 'src/shared'],
    'src/server': ['src/shared'],
    'src/config.ts': ['src/config-variables.ts', 'src/shared', 'src/database/database.ts'],
    'src/config-variables.ts': [],
    'src/examples.ts': ['src/server/graphiql.ts', 'src/shared/package-root.ts'],
    'src/documents.ts': ['src/server/known-documents.ts', 'src/shared'],
    'src/workers.ts': ['src/config.ts', 'src/database', 'src/rooms', 'src/shared'],
    'src/app.ts': [
      ...['src/config.ts', 'src/documents.ts', 'src/examples.ts', 'src/workers.ts'],
      ...['src/database', 'src/rooms', 'src/server', 'src/shared'],
    ],
    'src/configured-database.ts': ['src/config.ts', 'src/database', 'src/shared'],
    'src/commands': [
      'src/app.ts',
      'src/configured-database.ts',
      'src/config.ts',
      'src/config-variables.ts',
      'src/documents.ts',
      'src/examples.ts',
      'src/client',
      'src/database',
      'src/rooms',
      'src/shared',
    ],
    'src/main.ts': ['src/commands', 'src/shared'],
  };
  const layerOf = (path: string) => Object.keys(layers).find((layer) => path.startsWith(layer));

  it('server, app, rooms, database, shared', () => {
    const wrong = src.flatMap(({ path, imports }) => {
      const layer = layerOf(path);
      if (layer === undefined) return [`${path} belongs to no layer`];
      const allowed = [layer, ...(layers[layer] ?? [])];
      return imports.filter((target) => !allowed.some((start) => target.startsWith(start))).map((target) => `${path} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  // A room may import rooms of lower rank: who asks, what is, what changed, what is kept about changes, what is worked out of all
  // that, what goes on from there.
  const ranks: Readonly<Record<string, number>> = {
    access: 0,
    commerce: 1,
    audit: 2,
    vault: 3,
    tracking: 3,
    integrity: 3,
    feed: 4,
    analytics: 4,
    reports: 4,
    provenance: 4,
    alerts: 5,
    lineage: 5,
    search: 5,
    sources: 5,
  };
  const roomOf = (path: string) => /^src\/rooms\/([^/]+)\//.exec(path)?.[1];

  it('between rooms', () => {
    const wrong = src.flatMap(({ path, imports }) => {
      const room = roomOf(path);
      if (room === undefined) return [];
      if (ranks[room] === undefined) return [`${room} is no room of the architecture`];
      return imports
        .map((target) => roomOf(target))
        .filter((other) => other !== undefined && other !== room && (ranks[other] ?? 9) >= (ranks[room] ?? 0))
        .map((other) => `${path} imports room ${other}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe('what only one place knows', () => {
  const places: readonly [packages: RegExp, where: string, isAllowed: (path: string) => boolean][] = [
    [/^(postgres|pg|@electric-sql\/pglite|oracledb)$/, 'src/database, src/client', (path) => /^src\/(database|client)\//.test(path)],
    [/^(fastify|@fastify\/.*|@apollo\/server)$/, 'src/server', isIn('src/server')],
    [/^ws$/, 'src/server, src/commands', (path) => /^src\/(server|commands)\//.test(path)],
    [/^graphql-ws$/, 'src/server, src/client', (path) => /^src\/(server|client)\//.test(path)],
    [/^@opentelemetry\//, 'src/server/otlp-tracing.ts', (path) => path === 'src/server/otlp-tracing.ts'],
    [/^pino$/, 'src/shared/log.ts', (path) => path === 'src/shared/log.ts'],
  ];
  it.each(places)('%s is imported in %s', (packages, _where, isAllowed) => {
    const importing = src.filter((file) => file.packages.some((name) => packages.test(name)));
    expect(pathsOf(importing).filter((path) => !isAllowed(path))).toEqual([]);
    expect(importing.length).toBeGreaterThan(0);
  });

  it('SQL is written in src/database, in *.queries.ts and in the parts of it that every room shares', () => {
    const places = /^src\/(database|client)\/|\.queries\.ts$|^src\/shared\/(page|filter)/;
    const writing = src.filter(({ runtimePackages }) => runtimePackages.includes('drizzle-orm'));
    expect(pathsOf(writing).filter((path) => !places.test(path))).toEqual([]);
    expect(writing.length).toBeGreaterThan(0);
  });

  it('the environment is read in main.ts and handed on', () => {
    expect(pathsOf(src.filter(({ path, text }) => path !== 'src/main.ts' && text.includes('process.env')))).toEqual([]);
  });
});

it('what SECURITY.md names is there', () => {
  const text = readFileSync(join(packageRoot, 'SECURITY.md'), 'utf8');
  const files = [...text.matchAll(/`((?:test|scripts)\/[^`]+)`|\((scripts\/[^)]+)\)/g)].map(([, named, linked]) => named ?? linked ?? '');
  expect(files.length).toBeGreaterThan(15);
  expect(files.filter((file) => !existsSync(join(packageRoot, file)))).toEqual([]);
  const named = [...text.matchAll(/`(WHENCE_\w+)`/g)].map(([, name]) => name ?? '');
  expect(named.filter((name) => !(name in variables))).toEqual([]);
});

/** Import loops, each as the path it goes. */
function loops(files: readonly SourceFile[]): string[] {
  const imports = new Map(files.map((file) => [file.path, file.imports]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(' -> '));
    if (way.includes(path) || done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
}
