import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Owner } from '../../src/database/database.ts';
import { type MigrationStep, migrate, migrationsFolder, readMigrations } from '../../src/database/migrate.ts';
import { openOwner } from '../../src/database/open.ts';
import { type Compiled, compileSources, startChild } from '../support/child.ts';
import { type Kind, onEachDatabase } from '../support/databases.ts';
import { copyOf } from '../support/folder-copy.ts';

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
  const { embedded, postgres } = inject('databases');
  if (kind === 'pglite') {
    if ('fault' in embedded) throw new Error(embedded.fault);
    const owner = await openOwner({ dataDirectory: copyOf(embedded.empty) });
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

    it.skipIf(kind === 'postgresql' && inject('databases').postgres === null)(
      `give a database of an earlier release the new capture; its tables stay tracked, its history stays (${kind})`,
      async () => {
        await onEmpty(kind, async (owner) => {
          const released = readMigrations(migrationsFolder()).filter(({ number }) => number <= 9);
          const folder = folderOf(Object.fromEntries(released.map(({ name, text }) => [name, text])));
          await migrate(owner, { folder });
          const functions = () =>
            owner.run<{ name: string; text: string }>(`select proname as name, prosrc as text from pg_proc
              where pronamespace = 'audit_capture'::regnamespace and proname like '%\\_update' order by length(proname), proname`);
          const track = "select audit.track('stock.thing', personal_columns => array['b'])";
          await owner.run(`create schema stock; create table stock.thing (tenant text, id int, a int, b text, primary key (tenant, id));
            create table stock.gone (id int primary key); create table stock.left_alone (id int primary key, a int);
            create table stock.busy (id int primary key, a int); create function stock.again() returns trigger language plpgsql as
              $$begin update stock.busy set a = a + 1 where id = new.id; return null; end$$;
            create trigger again after insert on stock.busy for each row execute function stock.again();
            ${track}; select audit.track('stock.busy', tenant => 'x'); select audit.track('stock.gone', tenant => 'x'), audit.track('stock.left_alone', tenant => 'x');
            select audit.untrack('stock.left_alone'); drop table stock.gone; insert into stock.left_alone values (1, 1);
            insert into stock.thing values ('x', 1, 1, 'one'), ('x', 2, 1, 'two')`);
          await owner.run("update stock.thing set a = 2, b = 'uno' where id = 1");
          const versions = () => owner.run('select * from audit.table_version order by table_key, schema_version');
          const [functionsBefore, versionsBefore] = [await functions(), await versions()];

          expect(await migrate(owner)).toContain(11);
          const written = await functions();
          const rewritten = written.filter(({ text }, i) => text !== functionsBefore[i]?.text).map(({ name }) => name);
          expect(rewritten).toEqual(functionsBefore.slice(0, -2).map(({ name }) => name)); // not of the table that is gone, nor of the untracked
          expect(await versions()).toEqual(versionsBefore);
          await owner.run('insert into stock.busy values (1, 0)');
          expect(await owner.run(`select operation from audit.entry order by id desc limit 2`)).toEqual([
            { operation: 'UPDATE' },
            { operation: 'INSERT' },
          ]);
          await owner.run(track);
          expect(await functions()).toEqual(written);

          await owner.run("update stock.thing set a = 3, b = 'eins' where id = 1");
          await owner.run('update stock.thing set a = 4; update stock.left_alone set a = 2');
          await owner.transaction((tx) => tx.run("set local audit.role = 'clerk'; update stock.thing set id = 3 where id = 2"));
          await owner.transaction((tx) => tx.run("set local audit.role = 'clerk'; update stock.thing set b = null where id = 3"));
          const entries = await owner.run<{ told: string }>(`select concat_ws(' ', operation, record_key, before, after, personal_before,
            personal_after, actor_role) as told from audit.entry order by id`);
          expect(entries.map(({ told }) => told)).toEqual([
            'INSERT 1 {"a": 1, "id": 1, "tenant": "x"} {"b": "one"}',
            'INSERT 2 {"a": 1, "id": 2, "tenant": "x"} {"b": "two"}',
            'UPDATE 1 {"a": 1} {"a": 2} {"b": "one"} {"b": "uno"}',
            'INSERT 1 {"a": 0, "id": 1}',
            'UPDATE 1 {"a": 0} {"a": 1}',
            'UPDATE 1 {"a": 2} {"a": 3} {"b": "uno"} {"b": "eins"}',
            'UPDATE 2 {"a": 1} {"a": 4}',
            'UPDATE 1 {"a": 3} {"a": 4}',
            'DELETE 2 {"a": 4, "id": 2, "tenant": "x"} {"b": "two"} clerk',
            'INSERT 3 {"a": 4, "id": 3, "tenant": "x"} {"b": "two"} clerk',
            'UPDATE 3 {} {} {"b": "two"} {"b": null} clerk',
          ]);
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
