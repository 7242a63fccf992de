import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { openOwner } from '../../src/database/open.ts';
import { onEachDatabase } from '../support/databases.ts';
import { inShort, sceneOf } from './capture-scene.ts';

onEachDatabase('each kind of statement leaves one entry per changed row, with changed columns only', async (context) => {
  const scene = await sceneOf(context, 'id int primary key, a int, b text');
  await scene.run("insert into :t values (1, 1, 'x'), (2, 2, null)");
  expect(await scene.told()).toEqual(['INSERT 1 {"a":1,"b":"x","id":1}', 'INSERT 2 {"a":2,"b":null,"id":2}']);
  await scene.run('update :t set a = 5');
  expect(await scene.told()).toEqual(['UPDATE 1 {"a":1} -> {"a":5}', 'UPDATE 2 {"a":2} -> {"a":5}']);
  await scene.run("update :t set b = 'x'");
  expect(await scene.told()).toEqual(['UPDATE 2 {"b":null} -> {"b":"x"}']);
  await scene.run('delete from :t where id = 2');
  expect(await scene.told()).toEqual(['DELETE 2 {"a":5,"b":"x","id":2}']);
  await scene.run("insert into :t values (1, 9, 'new'), (3, 3, 'y') on conflict (id) do update set a = excluded.a");
  expect((await scene.told()).sort()).toEqual(['INSERT 3 {"a":3,"b":"y","id":3}', 'UPDATE 1 {"a":5} -> {"a":9}']);
  await scene.run(`merge into :t using (values (1, 7), (3, 0), (4, 4)) as s (id, a) on s.id = thing.id
    when matched and s.a = 0 then delete when matched then update set a = s.a when not matched then insert values (s.id, s.a, 'm')`);
  expect((await scene.told()).sort()).toEqual([
    'DELETE 3 {"a":3,"b":"y","id":3}',
    'INSERT 4 {"a":4,"b":"m","id":4}',
    'UPDATE 1 {"a":9} -> {"a":7}',
  ]);
});

onEachDatabase('what changes nothing leaves nothing: no-op updates, empty statements, rolled back work', async (context) => {
  const scene = await sceneOf(context, 'id int primary key, a int, t text');
  await scene.run("insert into :t values (1, 1, 'x')");
  await scene.news();
  await scene.run("update :t set a = a, t = t; update :t set a = 1, t = 'x'; update :t set a = 2 where false; delete from :t where false");
  await scene.run("insert into :t values (1, 1, 'x') on conflict do nothing; insert into :t select 5, 5, 'z' where false");
  await expect(scene.run('update :t set a = 3; select 1 / 0')).rejects.toThrow();
  expect(await scene.told()).toEqual([]);
  await scene.run(`do $$ begin
      update :t set a = 10;
      begin update :t set a = 11; raise exception 'undo'; exception when raise_exception then null; end;
      update :t set t = 'y';
    end $$`);
  expect(await scene.told()).toEqual(['UPDATE 1 {"a":1} -> {"a":10}', 'UPDATE 1 {"t":"x"} -> {"t":"y"}']);
});

onEachDatabase('a changed key ends one record and begins another, with the end as its cause; swapped keys pair right', async (context) => {
  const scene = await sceneOf(context, 'id int primary key deferrable initially deferred, a text');
  await scene.run("insert into :t values (1, 'one'), (2, 'two'), (3, 'three')");
  await scene.news();
  await scene.run('update :t set id = 4 where id = 3');
  expect(await scene.told()).toEqual(['DELETE 3 {"a":"three","id":3}', 'INSERT 4 {"a":"three","id":4}']);
  await scene.run('update :t set id = 3 - id where id in (1, 2)');
  const swap = await scene.news();
  expect(swap.map(inShort).sort()).toEqual([
    'DELETE 1 {"a":"one","id":1}',
    'DELETE 2 {"a":"two","id":2}',
    'INSERT 1 {"a":"two","id":1}',
    'INSERT 2 {"a":"one","id":2}',
  ]);
  expect(swap.slice(0, 2).map(({ operation }) => operation)).toEqual(['DELETE', 'DELETE']);
  const causes = await context.owner.run(sql`select e.after ->> 'a' as now, c.before ->> 'a' as was, c.operation from audit.entry e
    join audit.entry c on c.id = e.cause_id where e.id = any(${`{${swap.map(({ id }) => id).join()}}`}::text::bigint[]) order by 1`);
  expect(causes).toEqual([
    { now: 'one', was: 'one', operation: 'DELETE' },
    { now: 'two', was: 'two', operation: 'DELETE' },
  ]);
});

onEachDatabase(
  'a row belongs to the tenant of its own column; a change of tenant moves it; a row without a tenant is refused',
  async (context) => {
    const scene = await sceneOf(context, 'owner text, id int, a int, primary key (id)', "tenant_column => 'owner'");
    await scene.run("insert into :t values ('left', 1, 1), ('right', 2, 2)");
    await scene.run("update :t set owner = 'right', a = 5 where id = 1");
    const rows = await context.owner.run(sql`select tenant, operation, record_key from audit.entry
    where table_key = (select table_key from audit.tracked_table where schema_name || '.thing' = ${scene.table}) order by id`);
    expect(rows.map((row) => Object.values(row).join(' '))).toEqual(['left INSERT 1', 'right INSERT 2', 'left DELETE 1', 'right INSERT 1']);
    await expect(scene.run('insert into :t values (null, 3, 3)')).rejects.toThrow('has no tenant');
    await expect(scene.run('update :t set owner = null where id = 2')).rejects.toThrow('has no tenant');
  },
);

onEachDatabase('TRUNCATE keeps the rows it removes, or is refused, as the table wants it', async (context) => {
  const kept = await sceneOf(context, 'id int primary key, a int');
  await kept.run('insert into :t values (1, 1), (2, 2)');
  await kept.news();
  await kept.run('truncate :t');
  expect((await kept.told()).sort()).toEqual(['DELETE 1 {"a":1,"id":1}', 'DELETE 2 {"a":2,"id":2}', 'TRUNCATE']);
  await kept.run('truncate :t');
  expect((await kept.told()).filter((line) => line !== 'TRUNCATE')).toEqual([]);
  const owned = await sceneOf(context, 'id int primary key, tenant_id text', 'keeps_statement => true');
  await owned.run("insert into :t values (1, 'left'), (2, 'left'), (3, 'right'); truncate :t");
  expect((await owned.told()).filter((line) => line.startsWith('DELETE'))).toHaveLength(3);
  const refused = await sceneOf(context, 'id int primary key', "tenant => 'a tenant', truncate_policy => 'REFUSE'");
  await refused.run('insert into :t values (1)');
  await expect(refused.run('truncate :t')).rejects.toThrow('is refused');
  expect(await refused.run('select count(*)::int as n from :t')).toEqual([{ n: 1 }]);
});

onEachDatabase('ignored columns leave no trace, masked ones show that they changed, personal ones lie apart', async (context) => {
  const scene = await sceneOf(
    context,
    'id int primary key, noise int, secret text, mail text, a int',
    "tenant => 'a tenant', ignored_columns => array['noise'], masked_columns => array['secret'], personal_columns => array['mail']",
  );
  await scene.run("insert into :t values (1, 1, 'pw', 'me@home', 1)");
  await scene.run('update :t set noise = 2');
  await scene.run("update :t set secret = 'pw2'");
  await scene.run("update :t set mail = 'you@home', noise = 3");
  await scene.run('update :t set secret = null');
  expect(await scene.told()).toEqual([
    'INSERT 1 {"a":1,"id":1,"secret":"***"}',
    'UPDATE 1 {"secret":"***"} -> {"secret":"***"}',
    'UPDATE 1 {} -> {}',
    'UPDATE 1 {"secret":"***"} -> {"secret":null}',
  ]);
  const personal = await context.owner.run(sql`select personal_before, personal_after, personal_salt is not null as salted from audit.entry
    where table_key = (select max(table_key) from audit.tracked_table) and personal_after is not null order by id`);
  expect(personal).toEqual([
    { personal_before: null, personal_after: { mail: 'me@home' }, salted: true },
    { personal_before: { mail: 'me@home' }, personal_after: { mail: 'you@home' }, salted: true },
  ]);
});

onEachDatabase('keys of several columns, of text and of uuid are spelled in one way', async (context) => {
  const pair = await sceneOf(context, 'a int, b text, v int, primary key (b, a)');
  await pair.run(`insert into :t values (1, 'x"y, z', 1)`);
  await pair.run('update :t set v = 2');
  expect((await pair.news()).map(({ key }) => key)).toEqual(['["x\\"y, z", "1"]', '["x\\"y, z", "1"]']);
  const uuid = await sceneOf(context, 'id uuid primary key');
  await uuid.run("insert into :t values ('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')");
  expect((await uuid.news()).map(({ key }) => key)).toEqual(['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']);
  const text = await sceneOf(context, 'id text primary key');
  await text.run("insert into :t values (''), ('ü\\n%$1')");
  expect((await text.news()).map(({ key }) => key)).toEqual(['', 'ü\\n%$1']);
});

onEachDatabase('what cannot be tracked is refused with what to do', async (context) => {
  const refusal = async (columns: string, options: string) => {
    const scene = await sceneOf(context, columns, 'untracked');
    return scene.run(`select audit.track(':t', ${options})`).then(
      () => 'tracked',
      (error: Error) => error.message.replace(scene.table, ':t'),
    );
  };
  const tenant = "tenant => 'a tenant'";
  expect(await refusal('a int', tenant)).toBe(':t has no primary key.');
  expect(await refusal('id int primary key', `${tenant}, ignored_columns => array['nope']`)).toBe(':t has no column nope.');
  expect(await refusal('id int primary key', `${tenant}, personal_columns => array['id']`)).toMatch(
    /cannot be ignored, masked or personal/,
  );
  expect(await refusal('id int primary key', `${tenant}, tenant_column => 'id'`)).toBe('Give tenant or tenant_column, not both.');
  expect(await refusal('id int primary key', `${tenant}, truncate_policy => 'PERHAPS'`)).toMatch(/KEEP_ROWS or REFUSE/);
  expect(await refusal('id int primary key', "tenant => ''")).toBe('A tenant has a name: an empty one would be seen by nobody.');
  expect(await refusal('id int primary key', `${tenant}, transitions => '[{"from": "A", "to": "B"}]'`)).toMatch(/give status_column too/);
  const parent = await sceneOf(context, 'id int primary key', 'untracked');
  const child = `${parent.table}_child`;
  await parent.run(`create table ${child} (primary key (id)) inherits (:t)`);
  for (const table of [parent.table, child]) {
    await expect(context.owner.run(`select audit.track('${table}', ${tenant})`)).rejects.toThrow(`${table} is part of an inheritance.`);
  }
  await expect(context.owner.run("select audit.track('nowhere.nothing', tenant => 'x')")).rejects.toThrow(
    'There is no table nowhere.nothing.',
  );
  await expect(context.owner.run("select audit.track('audit.entry', tenant => 'x')")).rejects.toThrow('belongs to the system');
});

onEachDatabase('untracking keeps what was captured and captures no more; tracking again goes on with the same table', async (context) => {
  const scene = await sceneOf(context, 'id int primary key, a int');
  await scene.run('insert into :t values (1, 1)');
  await scene.run("select audit.untrack(':t')");
  await scene.run('update :t set a = 2');
  expect(await scene.told()).toEqual(['INSERT 1 {"a":1,"id":1}']);
  await expect(scene.run("select audit.untrack(':t')")).rejects.toThrow('is not tracked');
  await scene.run("select audit.track(':t', tenant => 'a tenant')");
  await scene.run('update :t set a = 3');
  expect(await scene.told()).toEqual(['UPDATE 1 {"a":2} -> {"a":3}']);
});

onEachDatabase(
  'a table that is tracked again while somebody alters it and others write: nobody is refused, and nothing is missed',
  async (context) => {
    const scene = await sceneOf(context, 'id int primary key, a int');
    const others = await Promise.all([1, 2].map(() => openOwner({ url: context.url ?? '' })));
    try {
      let isOver = false;
      const write = async () => {
        for (let id = 1; !isOver; id++) await scene.run(`insert into :t (id, a) values (${id}, 1); update :t set a = 2 where id = ${id}`);
      };
      const writes = write();
      for (let round = 0; round < 8; round++) {
        await Promise.all([
          others[0]?.run(`select audit.track('${scene.table}', tenant => 'a tenant')`),
          others[1]?.run(`alter table ${scene.table} add column c${round} int`),
        ]);
      }
      isOver = true;
      await writes;
    } finally {
      for (const other of others) await other.close();
    }
    const [rows] = await context.owner.run(`select count(*) as count from ${scene.table}`);
    const entries = (await scene.news()).filter(({ operation }) => operation !== 'DDL');
    expect(entries).toHaveLength(2 * Number(rows?.['count']));
  },
  { only: 'postgresql', timeoutMs: 60_000 },
);
