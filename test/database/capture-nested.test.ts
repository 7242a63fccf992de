import fc from 'fast-check';
import { expect } from 'vitest';
import { onEachDatabase, type TestDatabase } from '../support/databases.ts';
import { type Captured, inShort, type Scene, sceneOf } from './capture-scene.ts';

/** Rows by key as the entries tell them, one after the other; every image must fit what was there. */
function replayed(rows: Map<string, Record<string, unknown>>, entries: readonly Captured[]): Map<string, Record<string, unknown>> {
  for (const entry of entries) {
    const { operation, key, before, after } = entry;
    if (!key) continue;
    const row = rows.get(key);
    if (operation === 'INSERT') expect([inShort(entry), row]).toEqual([inShort(entry), undefined]);
    else expect([inShort(entry), row]).toMatchObject([inShort(entry), before]);
    if (operation === 'DELETE') rows.delete(key);
    else rows.set(key, { ...row, ...after });
  }
  return rows;
}

/** A tree whose triggers keep levels, count what comes below, mark new rows, and take children along; and a list that changes the tree. */
async function tree(context: TestDatabase): Promise<Scene> {
  const scene = await sceneOf(
    context,
    'id int primary key, parent int, level int not null default 0, below int not null default 0, mark text',
  );
  const schema = String(scene.table.split('.')[0]);
  await scene.run(`create function ${schema}.keep() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' then
        delete from :t where parent = old.id;
        update :t set below = below - 1 where id = old.parent;
        return null;
      end if;
      update :t set level = new.level + 1 where parent = new.id and level <> new.level + 1 and id > new.id;
      if tg_op = 'INSERT' then
        update :t set below = below + 1 where id = new.parent;
        update :t set mark = 'new' where id = new.id;
        begin
          update :t set mark = 'undone';
          raise exception 'undone';
        exception when raise_exception then
          null;
        end;
      end if;
      return null;
    end $$;
    create trigger keep after insert or update or delete on :t for each row execute function ${schema}.keep();
    create table ${schema}.list (id int primary key);
    create function ${schema}.listed() returns trigger language plpgsql as $$
      begin insert into :t values (new.id, new.id - 1) on conflict (id) do update set mark = 'listed'; return null; end $$;
    create trigger listed after insert on ${schema}.list for each row execute function ${schema}.listed()`);
  return scene;
}

onEachDatabase(
  'a table whose triggers change it again is told in an order in which each entry fits the one before',
  async (context) => {
    const scene = await tree(context);
    const list = scene.table.replace('thing', 'list');
    const id = fc.integer({ min: 1, max: 9 });
    const statement = fc.oneof(
      fc
        .tuple(id, id)
        .map(
          ([from, count]) =>
            `insert into :t select i, nullif(i - 2, 0) from generate_series(${from}, ${from + count}) i on conflict do nothing`,
        ),
      id.map(
        (i) =>
          `insert into :t values (${i}, ${i - 1}), (${i + 1}, ${i}) on conflict (id) do update set level = excluded.level + ${i}, mark = 'again'`,
      ),
      id.map((i) => `update :t set level = level + 1 where id >= ${i}`),
      id.map((i) => `update :t set id = id + 100 where id = ${i} and not exists (select from :t where id = ${i + 100})`),
      id.map((i) => `delete from :t where id % ${i + 1} = 0`),
      id.map((i) => `insert into ${list} values (${i}) on conflict do nothing; delete from ${list}`),
      id.map(
        (i) => `do $$ begin update :t set mark = 'x' where id = ${i}; perform 1 / 0; exception when division_by_zero then null; end $$`,
      ),
    );
    const rows = new Map<string, Record<string, unknown>>();
    expect(await context.owner.run(`select audit.is_capturing(max(table_key)) as yes from audit.tracked_table`)).toEqual([{ yes: true }]);
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { minLength: 1, maxLength: 5 }), async (statements) => {
        await scene.run(statements.join(';'));
        replayed(rows, await scene.news());
        const kept = await context.owner.run(`select to_jsonb(t) as row from ${scene.table} t order by id`);
        expect([...rows.values()].sort((a, b) => Number(a['id']) - Number(b['id']))).toEqual(kept.map(({ row }) => row));
        expect(await context.owner.run('select from audit.later_entry')).toEqual([]);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  },
  { timeoutMs: 60_000 },
);

const raisesTwice = (schema: string, when: string) => `create function ${schema}.again() returns trigger language plpgsql as
  $$begin if new.a < 3 then update ${schema}.thing set a = a + 1 where id = new.id; end if; return null; end$$;
  create trigger zz ${when} on ${schema}.thing for each row execute function ${schema}.again()`;

onEachDatabase('a row that an AFTER trigger changes again ends in the trail as it is', async (context) => {
  const scene = await sceneOf(context, 'id int primary key, a int');
  await scene.run(raisesTwice(String(scene.table.split('.')[0]), 'after insert or update'));
  await scene.run('insert into :t values (1, 0)');
  const told = await scene.told();
  expect(told[0]).toBe('INSERT 1 {"a":0,"id":1}');
  expect(told.at(-1)).toBe('UPDATE 1 {"a":2} -> {"a":3}');
});

onEachDatabase('a truncate of one partition keeps its rows alone, and one of the whole table keeps each row once', async (context) => {
  const scene = await sceneOf(context, 'id int primary key, a int', 'untracked', 'partition by range (id)');
  const part = (name: string) => scene.table.replace('thing', name);
  await scene.run(`create table ${part('low')} partition of :t for values from (0) to (10); create table ${part('high')} partition of :t for values from (10) to (20);
    select audit.track(':t', tenant => 'a tenant'); insert into :t values (1, 1), (11, 11)`);
  await scene.news();
  await scene.run(`truncate ${part('low')}`);
  expect((await scene.told()).filter((told) => told.startsWith('DELETE'))).toEqual(['DELETE 1 {"a":1,"id":1}']);
  await scene.run('insert into :t values (2, 2)');
  await scene.news();
  await scene.run('truncate :t');
  expect((await scene.told()).filter((told) => told.startsWith('DELETE')).sort()).toEqual([
    'DELETE 11 {"a":11,"id":11}',
    'DELETE 2 {"a":2,"id":2}',
  ]);
});

onEachDatabase('columns may be called what the capture functions call their variables', async (context) => {
  const scene = await sceneOf(context, 'id int primary key, v_reason int, v_first int, v_actor text');
  await scene.run('insert into :t values (1, 1, 1, $$x$$); update :t set v_reason = 2, v_first = 3; update :t set id = 2; truncate :t');
  expect((await scene.told())[0]).toBe('INSERT 1 {"id":1,"v_actor":"x","v_first":1,"v_reason":1}');
});
