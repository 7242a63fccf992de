import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { onEachDatabase } from '../support/databases.ts';
import { sceneOf } from './capture-scene.ts';

onEachDatabase('who and why come from settings of the transaction, however they are set, and end with it', async (context) => {
  const scene = await sceneOf(context, 'id int primary key, a int');
  await scene.run("set local audit.actor = 'ann'; set local audit.reason = 'because'; insert into :t values (1, 1)");
  await scene.run(
    "select audit.begin(actor => 'bob', role => 'clerk', reason_code => 'R1', operation_name => 'MOVED', details => '{\"n\": 1}'); update :t set a = 2",
  );
  await scene.run('update :t set a = 3');
  const rows =
    await context.owner.run(sql`select actor, actor_role, reason, reason_code, reason_source, operation_name, details, db_user = session_user as by_login, actor_verified
    from audit.entry where table_key = (select max(table_key) from audit.tracked_table) order by id`);
  const nobody = {
    actor: null,
    actor_role: null,
    reason: null,
    reason_code: null,
    reason_source: null,
    operation_name: null,
    details: null,
    by_login: true,
    actor_verified: false,
  };
  expect(rows).toEqual([
    { ...nobody, actor: 'ann', reason: 'because', reason_source: 'CALLER' },
    { ...nobody, actor: 'bob', actor_role: 'clerk', reason_code: 'R1', operation_name: 'MOVED', details: { n: 1 } },
    nobody,
  ]);
});

onEachDatabase('each setting counts alone, and audit.begin takes back what it does not name', async (context) => {
  const scene = await sceneOf(context, 'id int primary key, a int');
  await scene.run('insert into :t values (1, 0)');
  const alone = {
    occurred_at: "occurred_at = '2011-12-09T12:50:00Z'",
    record_source: "record_source = 'till'",
    operation_name: "operation_name = 'till'",
    actor: "actor = 'till'",
    actor_kind: "actor_kind = 'USER'",
    role: "actor_role = 'till'",
    reason: "reason = 'till' and reason_source = 'CALLER'",
    reason_code: "reason_code = 'till'",
    reference: "reference = 'till'",
    approved_by: "approved_by = 'till'",
    run_id: "run_id = 'run_20111209_125000_0123abcd'",
    cause_entry: 'cause_id = 7',
    details: `details = '{"n": 1}'`,
    request_id: "request_id = 'till'",
    trace_parent: "trace_parent = 'till'",
    application: "application = 'till'",
    session: "session = 'till'",
    client_ip: "client_ip = '10.1.2.3'",
    host_name: "host_name = 'till'",
  };
  for (const [setting, condition] of Object.entries(alone)) {
    const value = /= (.*?)( and |$)/.exec(condition)?.[1]?.replace(/^(\d+)$/, "'$1'");
    await scene.run(`set local audit.${setting} = ${value}; update :t set a = a + 1`);
    const [set] = await context.owner.run(`select ${condition} as kept from audit.entry order by id desc limit 1`);
    expect([setting, set?.['kept']]).toEqual([setting, true]);
    await scene.run(`set local audit.${setting} = ${value}; select audit.begin(); update :t set a = a + 1`);
    const isOfServer = ['application', 'session', 'client_ip', 'host_name'].includes(setting);
    const [begun] = await context.owner.run(`select coalesce(${condition}, false) as kept from audit.entry order by id desc limit 1`);
    expect([setting, begun?.['kept']]).toEqual([setting, isOfServer]);
  }
  await scene.run('update :t set a = a + 1');
  const [none] =
    await context.owner.run(`select num_nonnulls(record_source, operation_name, actor, actor_kind, actor_role, reason, reason_source, reason_code,
    reference, approved_by, run_id, cause_id, details, request_id, trace_parent, host_name) as set, occurred_at = recorded_at as here,
    session = pg_backend_pid()::text and application is not distinct from nullif(current_setting('application_name'), '')
      and client_ip is not distinct from inet_client_addr() as of_connection from audit.entry order by id desc limit 1`);
  expect(none).toEqual({ set: 0, here: true, of_connection: true });
});

onEachDatabase('only importers may say when something happened elsewhere', async (context) => {
  const { database, source, owner } = context;
  const scene = await sceneOf(context, 'id int primary key, a int');
  await owner.run(`grant usage on schema ${scene.table.split('.')[0]} to whence_app; grant select, insert on ${scene.table} to whence_app`);
  const insert = (id: number) => sql.raw(`insert into ${scene.table} values (${id}, 1)`);
  const claimed = { tenant: 'a tenant', actor: 'importer', occurredAt: '2011-12-09T12:50:00Z', recordSource: 'till' };
  await source.write(claimed, (tx) => tx.run(insert(1)));
  await expect(database.write(claimed, (tx) => tx.run(insert(2)))).rejects.toThrow('Only members of whence_source');
  await database.write({ tenant: 'a tenant', actor: 'ann' }, (tx) => tx.run(insert(3)));
  const rows =
    await owner.run(sql`select record_key, record_source, occurred_at = '2011-12-09T12:50:00Z' as claimed, occurred_at = recorded_at as here
    from audit.entry where table_key = (select max(table_key) from audit.tracked_table) order by id`);
  expect(rows).toEqual([
    { record_key: '1', record_source: 'till', claimed: true, here: false },
    { record_key: '3', record_source: null, claimed: false, here: true },
  ]);
});

onEachDatabase('nobody but the triggers writes the trail, and nobody rewrites it', async ({ database, owner }) => {
  const ann = { tenant: 'a tenant', actor: 'ann' };
  await expect(
    database.write(ann, (tx) => tx.run(sql`insert into audit.entry (tenant, operation) values ('a tenant', 'EVENT')`)),
  ).rejects.toThrow('permission denied');
  await expect(database.write(ann, (tx) => tx.run(sql`delete from audit.entry`))).rejects.toThrow('permission denied');
  await expect(owner.run('update audit.entry set actor = null')).rejects.toThrow('append-only');
  await expect(owner.run('truncate audit.entry')).rejects.toThrow('append-only');
  await expect(owner.run('truncate audit.entry_00000')).rejects.toThrow('append-only');
});

onEachDatabase('a text of the context that is no JSON, no time and no run is refused before anything is written', async (context) => {
  const scene = await sceneOf(context, 'id int primary key, a int');
  for (const setting of [
    "audit.details = 'no json'",
    "audit.run_id = 'run_1'",
    "audit.cause_entry = 'x'",
    "audit.client_ip = 'home'",
    "audit.occurred_at = 'infinity'",
  ]) {
    await expect(scene.run(`set local ${setting}; insert into :t values (1, 1)`)).rejects.toThrow();
  }
  expect(await scene.run('select count(*)::int as n from :t')).toEqual([{ n: 0 }]);
  expect(await scene.told()).toEqual([]);
});

onEachDatabase('a run that SQL opens has a name and an id of the usual form, or is refused in words', async ({ owner }) => {
  const opened = (given: string) => owner.run<{ id: string }>(`select audit.start_run(${given}) as id`);
  await owner.run(`select set_config('app.tenant', 'demo', false)`);
  await expect(opened(`''`)).rejects.toThrow('A run needs a name.');
  await expect(opened(`'night', 'run_1'`)).rejects.toThrow('A run id is run_YYYYMMDD_HHMMSS_ and eight hexadecimal digits.');
  expect(await opened(`'night', 'run_20260217_143022_a1b2c3d4'`)).toEqual([{ id: 'run_20260217_143022_a1b2c3d4' }]);
  await expect(opened(`'night', 'run_20260217_143022_a1b2c3d4'`)).rejects.toThrow('The run run_20260217_143022_a1b2c3d4 exists already.');
});
