import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { openDatabase } from '../../src/database/open.ts';
import { contextOf } from '../rooms/provenance/callers.ts';
import { provenanceOf, recordNamed, Witness, wholeHistory } from '../rooms/provenance/witness.ts';
import { onEachDatabase, type TestDatabase } from '../support/databases.ts';
import { sceneOf } from './capture-scene.ts';

const tenant = 'a tenant';
const columns = 'id int primary key, a int, b text, c numeric(10,2) default 1';

/** Where no event trigger may be made, capture functions notice a drift themselves. */
async function withoutEventTrigger({ owner }: TestDatabase): Promise<void> {
  await owner.run(
    'drop event trigger if exists whence_ddl; drop event trigger if exists whence_drop; drop event trigger if exists whence_rewrite',
  );
}

/** Three rows older than the log, then steps one by one in front of a witness. `:t` is the table, `:s` its schema, whatever they are called now. */
async function drift(context: TestDatabase, steps: readonly string[]) {
  const scene = await sceneOf(context, columns, 'untracked');
  await scene.run("insert into :t values (1, 1, 'old', 1.5), (2, 2, null, 2), (3, 3, 'still', 3)");
  await scene.run(`select audit.track(':t', tenant => '${tenant}')`);
  const witness = new Witness(context, scene.table, tenant);
  await witness.look();
  for (const step of [
    "insert into :t values (4, 4, 'new', 4), (5, 5, null, null)",
    'update :t set a = a + 10 where id in (1, 4)',
    ...steps,
  ]) {
    const [schema, name] = witness.table.split('.');
    await context.owner.run(step.replaceAll(/(?<!:):t\b/g, witness.table).replaceAll(':s', String(schema)));
    const renamed = /^alter table :t rename to (\w+)$/.exec(step)?.[1] ?? name;
    const moved = /^alter (?:table :t set schema|schema :s rename to) :s(\w+)$/.exec(step)?.[1];
    witness.table = `${schema}${moved ?? ''}.${renamed}`;
    await witness.look();
  }
  return { ...(await witness.compare(witness.table)), tableName: witness.table };
}

/** A step that changes rows in every way, whatever the columns. */
const changes = (id: number, column: string, value: string) => [
  `update :t set ${column} = ${value} where id in (1, 4)`,
  `delete from :t where id = ${id}`,
  `insert into :t (id, ${column}) values (${id}, ${value})`,
];

const drifts: Readonly<Record<string, readonly string[]>> = {
  'columns that are added, with a constant default, a computed one and none': [
    "alter table :t add column d text default 'const'",
    ...changes(4, 'a', '77'),
    'alter table :t add column e uuid default gen_random_uuid()',
    "update :t set b = 'after e' where id in (1, 5)",
    'alter table :t add column f int',
    ...changes(5, 'f', '1'),
    "alter table :t alter column d set default 'other'",
    ...changes(4, 'd', "'said'"),
  ],
  'columns that are dropped and made anew under the same name': [
    'alter table :t drop column c',
    ...changes(4, 'b', "'no c'"),
    'alter table :t add column c int default 9',
    ...changes(5, 'a', '50'),
    'update :t set c = c + 1 where id = 4',
  ],
  'columns that are renamed, also to a name that another had': [
    'alter table :t rename column a to x',
    ...changes(4, 'x', '70'),
    'alter table :t rename column b to a',
    ...changes(5, 'a', "'was b'"),
    'alter table :t rename column x to b',
    ...changes(4, 'b', '71'),
  ],
  'columns whose type changes, with other values': [
    "alter table :t alter column a type text using 'n' || a",
    'update :t set c = 8 where id in (4, 5)',
    "update :t set c = 9, a = 'said' where id = 4",
    'alter table :t alter column c type numeric(12,4)',
    ...changes(5, 'b', "'wider'"),
  ],
  'a table that is renamed and moves to another schema': [
    'alter table :t rename to other',
    ...changes(4, 'b', "'renamed'"),
    'create schema :s_next',
    'alter table :t set schema :s_next',
    ...changes(5, 'b', "'moved'"),
  ],
  'a key that is dropped and another that is made': [
    'alter table :t drop constraint thing_pkey',
    ...changes(4, 'b', "'no key'"),
    "update :t set b = 'key ' || id",
    'alter table :t add primary key (b)',
    "update :t set a = 99 where b = 'key 1'",
    "delete from :t where b = 'key 2'; insert into :t (id, b) values (9, 'key 9')",
  ],
  'columns of arrays, of types of their own and of text that depends on settings, added with a default': [
    "alter table :t add column d int[] default '{1,2}', add column e text[] default '{a,NULL}', add column f char(3) default 'a', add column g interval default '-1 day 2 hours'",
    ...changes(4, 'a', '77'),
    "create type :s.mood as enum ('so so', 'good'); alter table :t add column m :s.mood default 'so so', add column n :s.mood[] default '{good}'",
    ...changes(5, 'd', "'[0:1]={7,8}'"),
    "set intervalstyle = 'sql_standard'; alter table :t add column o interval default '1 day -03:00', add column p bit varying(5) default B'101'; reset intervalstyle",
    ...changes(4, 'e', "'{}'"),
  ],
  'columns that go with their type, and a schema that gets another name': [
    "create type :s.mood as enum ('x', 'y'); create domain :s.small as int; alter table :t add column d :s.mood default 'x', add column e :s.small",
    ...changes(4, 'd', "'y'"),
    'drop type :s.mood cascade',
    ...changes(5, 'e', '3'),
    'drop domain :s.small cascade',
    ...changes(4, 'b', "'no type'"),
    'alter schema :s rename to :s_renamed',
    ...changes(5, 'b', "'renamed'"),
  ],
  'everything at once': [
    "alter table :t add column d text default 'q', drop column c, alter column a type bigint, alter column b set not null, alter column b set default ''".replace(
      'alter column b set not null, ',
      '',
    ),
    ...changes(4, 'd', "'said'"),
    'alter table :t rename column d to c; alter table :t add column d int default 3; alter table :t drop column a',
    ...changes(5, 'c', "'c was d'"),
  ],
};

/** What nobody can know: columns of rows older than the log that were dropped, or converted, before a change of them was captured. */
const unknown: Readonly<Record<string, readonly string[]>> = {
  'columns that are dropped and made anew under the same name': ['1 after: c', '1 before: c'],
  'columns whose type changes, with other values': ['1 after: c', '1 before: c'],
  'a key that is dropped and another that is made': [
    ...['1 after: c', '1 after: c', '1 after: c', '1 before: c'],
    ...['2 after: a, c', '2 before: a, c', '3 after: a, c', '3 before: a, c'],
  ],
  'everything at once': ['1 after: c', '1 before: c'],
};
const inShort = (version: string) => version.replace(/@0: /, ' before: ').replace(/@\d+: /, ' after: ');

for (const [name, steps] of Object.entries(drifts)) {
  onEachDatabase(`${name}: every version is as the row was`, async (context) => {
    const { compared, wrong, incomplete } = await drift(context, steps);
    expect(wrong).toEqual([]);
    expect(incomplete.map(inShort).sort()).toEqual(unknown[name] ?? []);
    expect(compared).toBeGreaterThanOrEqual(6);
  });
  onEachDatabase(
    `${name}, where no event trigger may be made: every version is as the row was`,
    async (context) => {
      await withoutEventTrigger(context);
      // Nothing lets the reader of a table follow it into another schema then.
      const granted = steps.map((step) => step.replace(/^create schema (\S+)$/, '$&; grant usage on schema $1 to whence_owner'));
      const { compared, wrong, incomplete } = await drift(context, granted);
      expect(wrong).toEqual([]);
      expect(incomplete.map(inShort).sort()).toEqual(unknown[name] ?? []);
      expect(compared).toBeGreaterThanOrEqual(6);
    },
    { fresh: true },
  );
}

onEachDatabase('values that are converted under a type that stays are as they were before, and as they are after', async (context) => {
  const { wrong, incomplete } = await drift(context, [
    'alter table :t alter column a type int using a * 100',
    "update :t set b = 'after' where id in (1, 4)",
    ...changes(5, 'b', "'new'"),
  ]);
  expect({ wrong, incomplete }).toEqual({ wrong: [], incomplete: [] });
});

onEachDatabase('a truncate of a table whose schema got another name, or a column that went with its type, is captured', async (context) => {
  const scene = await sceneOf(context, columns);
  const [schema] = scene.table.split('.');
  await scene.run(`create type ${schema}.mood as enum ('x'); alter table :t add column d ${schema}.mood`);
  await scene.run("insert into :t values (1, 1, 'one', 1)");
  await context.owner.run(`drop type ${schema}.mood cascade; alter schema ${schema} rename to ${schema}_renamed`);
  await context.owner.run(`truncate ${schema}_renamed.thing`);
  const entries = await context.owner.run(
    sql`select e.operation, e.before from audit.entry e join audit.tracked_table t using (table_key) where t.table_name = ${`${schema}_renamed.thing`} and e.operation <> 'DDL' order by e.id`,
  );
  expect(entries.map(({ operation }) => operation)).toEqual(['INSERT', 'TRUNCATE', 'DELETE']);
  expect(entries[2]?.['before']).toEqual({ id: 1, a: 1, b: 'one', c: '1.00' });
});

onEachDatabase('a table that is made anew together with its schema is taken up again', async (context) => {
  const scene = await sceneOf(context, columns);
  const [schema] = scene.table.split('.');
  await context.owner.run(`drop schema ${schema} cascade`);
  await context.owner.run(`create schema ${schema} create table thing (id int primary key, z int)`);
  await scene.run('insert into :t values (1, 5)');
  expect(await scene.told()).toEqual(['INSERT 1 {"z":5,"id":1}']);
});

onEachDatabase(
  'a table that is dropped and made anew goes on under its name, and nothing of the old one shows through',
  async (context) => {
    const { owner, database } = context;
    const scene = await sceneOf(context, columns, 'untracked');
    await scene.run("insert into :t values (1, 1, 'older', 1)");
    await scene.run(`select audit.track(':t', tenant => '${tenant}')`);
    await scene.run("insert into :t values (2, 2, 'two', 2); update :t set a = 5");
    for (const create of [
      'create table :t (id int primary key, a int, b text, c numeric(10,2) default 1)',
      'create table :t (b text, id int primary key, z int)',
    ]) {
      await scene.run('drop table :t');
      await scene.run(create);
      await scene.run("insert into :t (id, b) values (2, 'again'); update :t set b = 'and again' where id = 2");
    }
    const ctx = contextOf(tenant);
    const provenance = provenanceOf(database);
    const images = await Promise.all(
      (await wholeHistory(provenance, ctx, recordNamed(scene.table, '2'))).map((version) => provenance.imageOf(ctx, version)),
    );
    expect(images).toEqual([
      { id: 2, a: 2, b: 'two', c: '2.00' },
      { id: 2, a: 5, b: 'two', c: '2.00' },
      { id: 2, a: null, b: 'again', c: '1.00' },
      { id: 2, a: null, b: 'and again', c: '1.00' },
      { id: 2, b: 'again', z: null },
      { id: 2, b: 'and again', z: null },
    ]);
    const versions = await owner.run(
      sql`select v.incarnation from audit.table_version v join audit.tracked_table t using (table_key) where t.table_name = ${scene.table} order by 1`,
    );
    expect(versions.map(({ incarnation }) => incarnation)).toEqual([1, 2, 3]);
  },
);

onEachDatabase('rows that changed while a table was not tracked do not borrow values from before', async (context) => {
  const scene = await sceneOf(context, columns);
  await scene.run("insert into :t values (1, 1, 'one', 1)");
  await scene.run("select audit.untrack(':t'); update :t set b = 'unseen'");
  await scene.run(`select audit.track(':t', tenant => '${tenant}'); update :t set a = 2`);
  const ctx = contextOf(tenant);
  const provenance = provenanceOf(context.database);
  const images = await Promise.all(
    (await wholeHistory(provenance, ctx, recordNamed(scene.table, '1'))).map((version) => provenance.imageOf(ctx, version)),
  );
  expect(images.map((image) => [image['a'], image['b']])).toEqual([
    [1, 'one'],
    [2, 'unseen'],
  ]);
});

onEachDatabase(
  'writers that meet a drift at the same time do not wait for each other, and each is captured in the new columns',
  async (context) => {
    await withoutEventTrigger(context);
    const scene = await sceneOf(context, columns);
    await scene.run("insert into :t values (1, 1, 'one', 1), (2, 2, 'two', 2), (3, 3, 'three', 3)");
    const witness = new Witness(context, scene.table, tenant);
    await witness.look();
    await scene.run(
      "alter table :t rename column a to z; alter table :t alter column b type varchar(50) using b || '!'; alter table :t add column d int default 4",
    );
    const second = await openDatabase({ url: context.url ?? '', ownerUrl: context.url ?? '', migrate: false });
    try {
      await context.owner.transaction(async (first) => {
        await first.run(`update ${scene.table} set z = 10 where id = 1`);
        const started = performance.now();
        await second.owner?.run(`set statement_timeout = '5s'; update ${scene.table} set z = 20 where id = 2`);
        await second.owner?.run(`update ${scene.table} set d = 5 where id = 2; insert into ${scene.table} (id, z) values (9, 9)`);
        expect(performance.now() - started).toBeLessThan(5_000);
      });
    } finally {
      await second.close();
    }
    await context.owner.run(`update ${scene.table} set c = 7 where id = 3`);
    await witness.look();
    const { compared, wrong } = await witness.compare(scene.table);
    expect(wrong).toEqual([]);
    expect(compared).toBe(7);
    const rows = await context.owner.run(
      sql`select distinct schema_version from audit.entry where table_key = (select max(table_key) from audit.tracked_table) order by 1`,
    );
    expect(rows).toEqual([{ schema_version: 1 }, { schema_version: 2 }]);
  },
  { fresh: true, only: 'postgresql' },
);
