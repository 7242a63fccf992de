// Dockerfile and compose.yaml, as far as they can be kept without Docker.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { postgresPrograms, startPrivatePostgres } from '../../scripts/support/private-postgres.ts';
import { variables } from '../../src/config-variables.ts';
import { migrate } from '../../src/database/migrate.ts';
import { openDatabase, openOwner } from '../../src/database/open.ts';
import { packageRoot } from '../../src/shared/package-root.ts';

const read = (file: string) => readFileSync(join(packageRoot, file), 'utf8');
const dockerfile = read('Dockerfile');
const compose = read('compose.yaml');
const programs = postgresPrograms();
const hasPsql = spawnSync('psql', ['--version']).status === 0;

describe('the image', () => {
  const [, run = ''] = dockerfile.split(/^FROM .*$/m).slice(1);

  it('runs as another user than root, without what only the build needs, and is healthy when it is ready', () => {
    expect(run).toMatch(/^USER node$/m);
    expect(run.indexOf('USER node')).toBeLessThan(run.indexOf('ENTRYPOINT'));
    expect(run).not.toMatch(/^COPY (?!--from=build)/m);
    expect(dockerfile).toContain('npm prune --omit=dev');
    expect(run).toMatch(/HEALTHCHECK[^\n]*\\\n.*\/readyz/);
  });

  it('is made of what the package publishes, and the build sees nothing else of this folder', () => {
    const copied = [...run.matchAll(/^COPY --from=build \/app\/(\S+)/gm)].map(([, name]) => name);
    expect(copied.sort()).toEqual(['dist', 'drizzle', 'node_modules', 'package.json', 'schema']);
    const [first, ...allowed] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(first).toBe('*');
    const names = allowed.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    for (const name of names) expect(existsSync(join(packageRoot, name)), name).toBe(true);
    expect(names).not.toContain('node_modules');
  });

  it('sets variables that there are, and no secret', () => {
    const set = [...dockerfile.matchAll(/^ENV (.*)$/gm)].flatMap(([, pairs]) =>
      [...(pairs ?? '').matchAll(/(\w+)=/g)].map(([, name]) => name),
    );
    expect(set.filter((name) => name !== 'NODE_ENV' && !Object.hasOwn(variables, name ?? ''))).toEqual([]);
    expect(set.filter((name) => /SECRET|URL|PASSWORD|KEY/.test(name ?? ''))).toEqual([]);
  });
});

describe('the composition', () => {
  it('takes every secret from the environment and has no default for one', () => {
    const secrets = [...compose.matchAll(/\$\{(\w*(?:PASSWORD|SECRET)\w*)([^}]*)\}/g)];
    expect(secrets.length).toBeGreaterThan(5);
    expect(secrets.filter(([, , rest]) => rest !== ':?is missing')).toEqual([]);
    expect(compose.match(/(PASSWORD|SECRET): (?!\$\{)/g)).toBeNull();
    const server = compose.slice(compose.indexOf('  server:'));
    expect(server).not.toContain('OWNER');
    const set = [...server.matchAll(/^ {6}([A-Z_]+):/gm)].map(([, name]) => name ?? '');
    expect(set.filter((name) => !Object.hasOwn(variables, name))).toEqual([]);
  });

  it.skipIf(!programs || !hasPsql)('gives the server a login that row level security holds for, as often as it is started', async () => {
    const script = /entrypoint: \[sh, -c\]\n {4}command:\n {6}- \|\n((?: {8}.*\n)+)/.exec(compose)?.[1]?.replaceAll(/^ {8}/gm, '') ?? '';
    expect(script).toContain('psql');
    const cluster = await startPrivatePostgres(programs ?? '');
    try {
      const owner = await openOwner({ url: cluster.url });
      await migrate(owner).finally(() => owner.close());
      const { hostname, port } = new URL(cluster.url);
      const env = { PATH: process.env['PATH'], PGHOST: hostname, PGPORT: port, PGUSER: 'postgres', SERVER_PASSWORD: "a b'c" };
      for (let starts = 0; starts < 2; starts++) await promisify(execFile)('sh', ['-c', script], { env });
      const database = await openDatabase({ url: cluster.url.replace('postgres@', 'whence_server:x@') });
      await database.close();
    } finally {
      cluster.remove();
    }
  });
});
