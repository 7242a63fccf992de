import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { defaultLimits, type Owner } from '../../src/database/database.ts';
import { type MigrationStep, migrate, migrationsFolder } from '../../src/database/migrate.ts';
import { openOwner } from '../../src/database/open.ts';
import { PgliteOwner, PgliteStore } from '../../src/database/pglite.ts';
import { type Compiled, compileSources, startChild } from '../support/child.ts';
import { type Kind, onEachDatabase } from '../support/databases.ts';

const files = {
  '0001_roles.sql': `-- role: login
do $$ begin create role whence_owner; exception when duplicate_object then null; end $$;
do $$ begin execute format('grant create on database %I to whence_owner', current_database()); end $$;`,
  '0002_tables.sql':
    'create schema shop; create table shop.a as select current_user::text as maker;\ninsert into shop.a values (current_user);',
  '0003_more.sql': 'create table shop.b (n int);',
};

let home: string;
let compiled: Compiled;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'whence-migrate-'));
  compiled = compileSources('database', 'shared');
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
  compiled.remove();
});

let folders = 0;
function folderOf(contents: Record<string, string>): string {
  const folder = mkdtempSync(join(home, `${++folders}-`));
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(folder, name), text);
  return folder;
}

/** An empty database: where it is, and its owner for the time of the test. */
async function onEmpty(kind: Kind, test: (owner: Owner, url: string) => Promise<void>): Promise<void> {
  const { snapshot, postgres } = inject('databases');
  if (kind === 'pglite') {
    if ('fault' in snapshot) throw new Error(snapshot.fault);
    const owner = new PgliteOwner(await PgliteStore.open({ folder: null, snapshot: readFileSync(snapshot.empty) }), defaultLimits);
    return await test(owner, '').finally(() => owner.close());
  }
  if (!postgres || 'fault' in postgres) throw new Error('no PostgreSQL to test on');
  const name = `${postgres.template.replace(/template$/, '')}empty_${++folders}`;
  const url = new URL(postgres.adminUrl);
  url.pathname = `/${name}`;
  const admin = await openOwner({ url: postgres.adminUrl });
  await admin.run(`create database ${name}`);
  const owner = await openOwner({ url: url.href });
  try {
    await test(owner, url.href);
  } finally {
    await owner.close();
    await admin.run(`drop database if exists ${name} with (force)`);
    await admin.close();
  }
}

describe('migrations', () => {
  const kinds: Kind[] = ['pglite', 'postgresql'];
  for (const kind of kinds) {
    it.skipIf(kind === 'postgresql' && inject('databases').postgres === null)(
      `are applied in order, once, each as it asks (${kind})`,
      async () => {
        await onEmpty(kind, async (owner) => {
          const steps: MigrationStep[] = [];
          const folder = folderOf(files);
          expect(await migrate(owner, { folder, progress: (step) => steps.push(step) })).toEqual([1, 2, 3]);
          expect(steps.map(({ name, step, steps }) => [name, step, steps])).toEqual([
            ['0001_roles.sql', 1, 3],
            ['0002_tables.sql', 2, 3],
            ['0003_more.sql', 3, 3],
          ]);
          expect(await migrate(owner, { folder })).toEqual([]);
          expect(await owner.run('select distinct maker from shop.a')).toEqual([{ maker: 'whence_owner' }]);
          const recorded = await owner.run(
            'select number, name, length(sha256) as hash, applied_at is not null as dated from whence.migration order by 1',
          );
          expect(recorded).toEqual(Object.keys(files).map((name, i) => ({ number: i + 1, name, hash: 64, dated: true })));

          const broken = folderOf({
            ...files,
            '0004_good.sql': 'create table shop.c (n int);',
            '0005_bad.sql': 'create table shop.d (n int);\nselect nonsense;',
          });
          await expect(migrate(owner, { folder: broken })).rejects.toThrow(/0005_bad.sql, line 2 failed: column "nonsense" does not exist/);
          expect(await owner.run(`select to_regclass('shop.c') is not null as c, to_regclass('shop.d') is null as no_d`)).toEqual([
            { c: true, no_d: true },
          ]);
          writeFileSync(join(broken, '0005_bad.sql'), 'create table shop.d (n int);');
          expect(await migrate(owner, { folder: broken })).toEqual([5]);

          await expect(migrate(owner, { folder })).rejects.toThrow(
            'the database is newer than this program: it holds migration 0004_good.sql',
          );
          writeFileSync(join(broken, '0003_more.sql'), 'create table shop.other (n int);');
          await expect(migrate(owner, { folder: broken })).rejects.toThrow('migration 0003_more.sql was changed after it was applied');
          writeFileSync(join(broken, '0003_more.sql'), files['0003_more.sql'].replaceAll('\n', '\r\n'));
          expect(await migrate(owner, { folder: broken })).toEqual([]);
          writeFileSync(join(broken, '0006_commits.sql'), 'create table shop.e (n int); commit; select 1;');
          await expect(migrate(owner, { folder: broken })).rejects.toThrow('migration 0006_commits.sql ends its own transaction');
        });
      },
    );
  }

  it.skipIf(inject('databases').postgres === null)('of two processes at once are applied by one', async () => {
    await onEmpty('postgresql', async (owner, url) => {
      const second = await openOwner({ url });
      const folder = folderOf({ ...files, '0004_slow.sql': 'select pg_sleep(0.5);' });
      const applied = await Promise.all([migrate(owner, { folder }), migrate(second, { folder })]);
      expect(applied.sort((a, b) => a.length - b.length)).toEqual([[], [1, 2, 3, 4]]);
      await second.close();
    });
  });

  it.skipIf(inject('databases').postgres === null)('go on where a kill ended them', async () => {
    await onEmpty('postgresql', async (owner, url) => {
      const folder = folderOf({ ...files, '0004_slow.sql': 'create table shop.c (n int); select pg_sleep(1.5);' });
      const child = startChild(
        compiled,
        `import { migrate } from '@/database/migrate.js';
        import { openOwner } from '@/database/open.js';
        await migrate(await openOwner({ url: process.argv[2] }), { folder: process.argv[3], progress: ({ name }) => console.log(name) });`,
        [url, folder],
      );
      await child.until((line) => line === '0003_more.sql');
      await sleep(100);
      child.process.kill('SIGKILL');
      await child.ended;
      expect(await migrate(owner, { folder })).toEqual([4]);
    });
  });

  it('are found from the sources and from dist', async () => {
    expect(readFileSync(join(migrationsFolder(), '0001_roles.sql'), 'utf8')).toContain('whence_owner');
    const child = startChild(compiled, `import { migrationsFolder } from '@/database/migrate.js'; console.log(migrationsFolder());`);
    expect(await child.ended).toBe(0);
    expect(child.lines).toEqual([migrationsFolder()]);
  });

  onEachDatabase('of this package are all applied', async ({ owner }) => {
    expect(await migrate(owner)).toEqual([]);
  });
});
