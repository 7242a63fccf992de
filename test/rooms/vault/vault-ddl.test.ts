import { expect } from 'vitest';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';

interface Captured {
  readonly name: string;
  readonly objects: readonly string[];
  readonly command: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What the vault holds of DDL, oldest first, since the last time it was asked. */
function watch({ owner }: TestDatabase): () => Promise<Captured[]> {
  let seen = 0;
  return async () => {
    const all = await owner.run<
      Captured & Record<string, unknown>
    >(`select script_name as name, to_jsonb(affected_objects) as objects, sql_command as command, metadata
      from script_tracking.current_script_execution where script_type = 'DDL' order by load_date`);
    const fresh = all.slice(seen);
    seen = all.length;
    return fresh;
  };
}

onEachDatabase('V4 DDL is recorded without configuration: command, objects, duration, session and client', async (context) => {
  const { owner } = context;
  const captured = watch(context);
  await captured();
  await owner.run(`create table public.crate (id int primary key, label text default 'top secret')`);
  const [made] = await captured();
  expect(made).toMatchObject({ name: 'CREATE TABLE public.crate', metadata: { tag: 'CREATE TABLE' } });
  expect(made?.objects).toContain('public.crate');
  expect(made?.command).toBe('create table public.crate (id int primary key, label text default ?)');
  const [facts] =
    await owner.run(`select execution_status, execution_duration_ms >= 0 as is_timed, completed_at >= execution_timestamp as has_end,
      db_session_user = session_user as is_mine, session = pg_backend_pid()::text as is_here from script_tracking.current_script_execution
    where script_type = 'DDL' order by load_date desc limit 1`);
  expect(facts).toEqual({ execution_status: 'COMPLETED', is_timed: true, has_end: true, is_mine: true, is_here: true });
});

onEachDatabase('V4 functions, indexes, views, schemas and rights are recorded, and what is dropped is named', async (context) => {
  const { owner } = context;
  const captured = watch(context);
  await owner.run('create table public.barrel (id int)');
  await captured();
  const commands = [
    'create function public.twice(n int) returns int language sql as $$ select n * 2 $$',
    'create index barrel_id on public.barrel (id)',
    'create view public.barrels as select id from public.barrel',
    'create schema cellar',
    'grant select on public.barrel to whence_worker',
    'alter table public.barrel add column litres numeric(8,2)',
    'drop view public.barrels',
    'alter table public.barrel drop column litres',
    'drop table public.barrel',
  ];
  for (const command of commands) await owner.run(command);
  const found = await captured();
  expect(found.map(({ metadata }) => metadata['tag'])).toEqual([
    'CREATE FUNCTION', 'CREATE INDEX', 'CREATE VIEW', 'CREATE SCHEMA', 'GRANT', 'ALTER TABLE', 'DROP VIEW', 'ALTER TABLE', 'DROP TABLE',
  ]); // biome-ignore format: one line
  expect(found[0]?.objects).toEqual(['public.twice(integer)']);
  expect(found[0]?.command).toBe('create function public.twice(n int) returns int language sql as ?');
  expect(found[6]?.metadata['dropped']).toEqual([{ type: 'view', identity: 'public.barrels' }]);
  expect(found[7]?.metadata['dropped']).toEqual([{ type: 'table column', identity: 'public.barrel.litres' }]);
  expect(found[8]?.metadata['dropped']).toContainEqual({ type: 'table', identity: 'public.barrel' });
});

onEachDatabase('V4 a command that fails leaves no record, one of a transaction that fails neither', async (context) => {
  const { owner } = context;
  const captured = watch(context);
  await captured();
  await expect(owner.run('create table public.broken (id no_such_type)')).rejects.toThrow(/does not exist/);
  const lost = owner.transaction(async (tx) => {
    await tx.run('create table public.lost (id int)');
    await tx.run('select 1 / 0');
  });
  await expect(lost).rejects.toThrow(/division by zero/);
  expect(await captured()).toEqual([]);
});

onEachDatabase(
  'V4 commands inside commands are recorded each; temporary tables and what capture does for itself are not',
  async (context) => {
    const { owner } = context;
    const captured = watch(context);
    await captured();
    await owner.run('create temporary table scratch (id int); drop table scratch');
    expect(await captured()).toEqual([]);
    await owner.run(
      `create function public.makes() returns int language plpgsql as $$ begin create table public.inner_made (id int); return 1; end $$`,
    );
    await owner.run('create table public.outer_made as select public.makes()');
    expect((await captured()).map(({ name }) => name)).toEqual([
      'CREATE FUNCTION public.makes()',
      'CREATE TABLE public.inner_made',
      'CREATE TABLE AS public.outer_made',
    ]);
    await owner.run('create table public.followed (id int primary key, size int)');
    await captured();
    await owner.run(`select audit.track('public.followed')`);
    expect(await captured()).toEqual([]);
    await owner.run('alter table public.followed add column colour text');
    expect((await captured()).map(({ name }) => name)).toEqual(['ALTER TABLE public.followed']);
  },
);

onEachDatabase(
  'V4 other columns of a tracked table are an entry of the trail, the cause of what the migration changes next',
  async ({ owner }) => {
    await owner.run(
      `create table public.wares (id int primary key, price int); select audit.track('public.wares'); insert into public.wares values (1, 5)`,
    );
    await owner.transaction(async (tx) => {
      await tx.run(`select audit.begin(actor => 'ann', reason => 'Prices need a currency')`);
      await tx.run('alter table public.wares add column currency text');
      await tx.run(`update public.wares set currency = 'EUR'`);
    });
    const entries =
      await owner.run(`select e.operation, e.actor, e.reason, e.details ->> 'execution' = encode(s.script_execution_hk, 'hex') as is_linked
    from audit.entry e join audit.tracked_table t using (table_key) left join script_tracking.script_execution_s s on s.xid = e.xid and s.script_type = 'DDL'
   where t.table_name = 'public.wares' and e.operation <> 'INSERT' order by e.id`);
    const who = { actor: 'ann', reason: 'Prices need a currency' };
    expect(entries).toEqual([
      { operation: 'DDL', ...who, is_linked: true },
      { operation: 'UPDATE', ...who, is_linked: null },
    ]);
    await owner.run('create index wares_price on public.wares (price)');
    expect(
      await owner.run(
        `select count(*) as n from audit.entry e join audit.tracked_table t using (table_key) where operation = 'DDL' and t.table_name = 'public.wares'`,
      ),
    ).toEqual([{ n: '1' }]);
  },
);

onEachDatabase(
  'V16 DDL of a database that several tenants share is told to none of them unless somebody says whose it is',
  async ({ owner }) => {
    await owner.run(
      `create table public.shared (tenant text, id int primary key); select audit.track('public.shared'); insert into public.shared values ('acme', 1), ('other', 2)`,
    );
    await owner.run('alter table public.shared add column note text');
    await owner.transaction(async (tx) => {
      await tx.run(`select set_config('app.tenant', 'acme', true)`);
      await tx.run('alter table public.shared add column said text');
    });
    expect(
      await owner.run(`select encode(tenant_hk, 'hex') = encode(sha256(''), 'hex') as is_nobodys, tenant_hk = sha256('acme') as is_of_acme
      from script_tracking.script_execution_s where script_name = 'ALTER TABLE public.shared' order by load_date`),
    ).toEqual([
      { is_nobodys: true, is_of_acme: false },
      { is_nobodys: false, is_of_acme: true },
    ]);
  },
  { fresh: true },
);

onEachDatabase(
  'V11 health says when DDL is not captured, and nothing stops a change of the schema',
  async ({ owner }) => {
    await owner.run('alter event trigger et_sql_drop disable');
    try {
      const [health] = await owner.run(`select status, detail from script_tracking.get_system_health() where check_name = 'ddl_capture'`);
      expect(health).toMatchObject({ status: 'DEGRADED', detail: expect.stringContaining('et_sql_drop') });
      await owner.run('create table public.unwatched (id int); drop table public.unwatched');
    } finally {
      await owner.run('alter event trigger et_sql_drop enable');
    }
  },
  { fresh: true },
);
