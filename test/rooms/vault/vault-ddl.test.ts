import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { schemaOf } from '../../../src/app.ts';
import { MetadataSeal } from '../../../src/rooms/vault/metadata-seal.ts';
import { toVaultFigures, vaultFigures } from '../../../src/rooms/vault/vault.queries.ts';
import { openGraphql } from '../../../src/server/graphql.ts';
import { Metrics } from '../../../src/server/metrics.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { openLog } from '../../../src/shared/log.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { sessionOf } from './session.ts';

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

onEachDatabase(
  'V24 /metrics counts the operations of all tenants, those that failed or still run, and says whether DDL is captured',
  async ({ database, owner }) => {
    const metrics = new Metrics({
      pool: () => ({ connections: 1, idle: 1, waiting: 0 }),
      trail: async () => ({ newestEntry: 0, notCapturing: 0 }),
      feedLag: () => ({ entries: 0, seconds: 0 }),
      webhooks: async () => ({ waiting: 0, lagSeconds: 0, givenUp: 0, inactive: 0 }),
      vault: async () => toVaultFigures((await database.read('', vaultFigures))[0]),
    });
    const figures = async () =>
      Object.fromEntries(
        [...(await metrics.text()).matchAll(/^whence_vault_(\w+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]),
      );
    const before = await figures();
    for (const tenant of ['v24', 'v24-other'])
      await database.write({ tenant, actor: 'ann' }, async (tx) => {
        const ends = [null, true, false];
        for (const success of ends) {
          const [row] = await tx.run(sql`select encode(script_tracking.track_operation('Nightly load', 'ETL'), 'hex') as key`);
          if (success === null) continue;
          await tx.run(sql`select pg_sleep(0.02)`);
          await tx.run(sql`select script_tracking.complete_operation(decode(${String(row?.['key'])}, 'hex'), ${success}::boolean)`);
        }
      });
    const after = await figures();
    const grown = (name: string) => (after[name] ?? Number.NaN) - (before[name] ?? Number.NaN);
    expect(['started', 'failed', 'running'].map(grown)).toEqual([6, 2, 2]);
    expect(after['slowest_seconds']).toBeGreaterThanOrEqual(0.02);
    expect(after['ddl_not_captured']).toBe(0);
    await owner.run('alter event trigger et_sql_drop disable');
    expect((await figures())['ddl_not_captured']).toBe(1);
    await owner.run('alter event trigger et_sql_drop enable');
  },
);

onEachDatabase(
  'V29 an operation from begin to end is kept in less than two kilobytes',
  sessionOf('v29', async ({ owner }) => {
    const bytes = `select (pg_total_relation_size('script_tracking.script_execution_h') + pg_total_relation_size('script_tracking.script_execution_s'))::int as bytes`;
    const [before] = await owner.run<{ bytes: number }>(bytes);
    await owner.run(
      `select count(script_tracking.complete_operation(script_tracking.track_operation('Nightly load', 'ETL'), true)) from generate_series(1, 500)`,
    );
    const [after] = await owner.run<{ bytes: number }>(bytes);
    expect(((after?.bytes ?? Number.NaN) - (before?.bytes ?? Number.NaN)) / 500).toBeLessThan(2000);
  }),
);

/** What a server with a key of its own answers. */
async function askWith(key: string | null, { database, owner }: TestDatabase, tenant: string, query: string, variables: object) {
  const schema = schemaOf(database, 'a secret for tests only', owner, undefined, null, key);
  const executor = await openGraphql(schema, openLog('silent'));
  const request = { method: 'POST', query, variables: { ...variables }, operationName: undefined, extensions: undefined } as const;
  const { answer } = await executor.execute(request, requestContext({ ...fixedCaller, tenant }, 'sealed'));
  await executor.stop();
  expect(answer.errors).toBeUndefined();
  return JSON.parse(JSON.stringify(answer.data));
}

onEachDatabase(
  'V19 with a key the values of metadata are encrypted at rest, and no other tenant, key or member opens them',
  async (context) => {
    const [key, otherKey] = ['k'.repeat(32), 'o'.repeat(32)];
    const track = 'mutation ($input: TrackOperationInput!) { trackOperation(input: $input) { execution { id metadata } } }';
    const metadata = { patient: 'Eve Adams', door: { code: 4711, doorPassword: 'hunter2' }, password: 'hunter2' };
    const begun = await askWith(key, context, 'v19', track, { input: { scriptName: 'Seal', scriptType: 'ETL', metadata } });
    const { id, metadata: shown } = begun.trackOperation.execution;
    const opened = { patient: 'Eve Adams', door: { code: 4711, doorPassword: '***' }, password: '***' };
    expect(shown).toEqual(opened);
    const complete = `mutation ($input: CompleteOperationInput!) { completeOperation(input: $input) { execution { metadata history { attributes } } } }`;
    const ended = await askWith(key, context, 'v19', complete, { input: { executionId: id, isSuccess: true, metadata: { rows: 3 } } });
    const { execution } = ended.completeOperation;
    expect(execution.metadata).toEqual({ ...opened, rows: 3 });
    expect(execution.history.map((version: { attributes: { metadata: object } }) => version.attributes.metadata)).toEqual([
      { ...opened, rows: 3 },
      opened,
    ]);
    const stored = await context.owner.run(`select metadata::text as text, metadata from script_tracking.script_execution_s
    where tenant_hk = script_tracking.tenant_key('v19') order by load_date`);
    const trail = await context.owner.run(`select coalesce(details::text, '') as text from audit.entry where tenant = 'v19'`);
    const texts = [...stored, ...trail].map((row) => String(row['text'])).join('\n');
    expect(stored).toHaveLength(2);
    expect(texts).not.toMatch(/Eve|4711|hunter2/);
    expect(texts).toContain('"patient"');
    const look = 'query ($id: ID!) { node(id: $id) { ... on VaultExecution { metadata } } }';
    const closed = { patient: '***', door: '***', password: '***', rows: '***' };
    for (const wrong of [otherKey, null]) expect((await askWith(wrong, context, 'v19', look, { id })).node.metadata).toEqual(closed);
    // What is copied to another tenant, or under another name, stays closed.
    const sealed = stored[0]?.['metadata'] as Record<string, unknown>;
    const seal = new MetadataSeal(key);
    expect(seal.open('v19', sealed)).toMatchObject({ patient: 'Eve Adams' });
    expect(seal.open('other', sealed)).toMatchObject({ patient: '***' });
    expect(seal.open('v19', { door: sealed['patient'] })).toEqual({ door: '***' });
  },
);
