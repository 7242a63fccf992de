import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Owner, OwnerTransaction } from '../../../src/database/database.ts';
import { onEachDatabase } from '../../support/databases.ts';

type Runs = Owner | OwnerTransaction;

async function track(on: Runs, name: string, type = 'MIGRATION', metadata: object = {}): Promise<string> {
  const [row] = await on.run<{ key: string }>(
    sql`select encode(script_tracking.track_operation(${name}, ${type}, ${JSON.stringify(metadata)}::text::jsonb), 'hex') as key`,
  );
  return row?.key ?? '';
}

async function complete(on: Runs, key: string, success = true, error: string | null = null): Promise<boolean> {
  const [row] = await on.run<{ done: boolean }>(
    sql`select script_tracking.complete_operation(decode(${key}, 'hex'), ${success}, ${error}::text) as done`,
  );
  return row?.done === true;
}

const versionsOf = (on: Runs, key: string) =>
  on.run(sql`select version_number, execution_status, load_end_date is null as is_current, load_end_date
    from script_tracking.script_execution_s where script_execution_hk = decode(${key}, 'hex') order by version_number`);

onEachDatabase(
  'V1 the hub keeps a key made by SHA-256 of tenant and business key, the tenant, the load date and the source',
  async ({ owner }) => {
    const key = await track(owner, 'Nightly import', 'ETL');
    const [hub] =
      await owner.run(sql`select script_execution_bk as bk, length(script_execution_hk) as bytes, record_source, load_date <= now() as is_loaded,
      script_execution_hk = script_tracking.calculate_hash_key(script_execution_bk) as is_calculated,
      script_execution_hk = sha256(convert_to('demo' || chr(31) || script_execution_bk, 'UTF8')) as holds_tenant, tenant_hk = sha256('demo') as is_of_tenant
    from script_tracking.script_execution_h where script_execution_hk = decode(${key}, 'hex')`);
    expect(hub).toMatchObject({
      bytes: 32,
      record_source: 'postgresql',
      is_loaded: true,
      is_calculated: true,
      holds_tenant: true,
      is_of_tenant: true,
    });
    expect(hub?.['bk']).toMatch(/^Nightly import_\d{8}_\d{6}_\d{6}_[0-9a-f]{8}$/);
  },
);

onEachDatabase('V2 the satellite has the columns that users know, with a hash of what it says', async ({ owner }) => {
  const columns = await owner.run<{
    name: string;
    type: string;
  }>(`select attname::text as name, format_type(atttypid, null) as type from pg_attribute
    where attrelid = 'script_tracking.script_execution_s'::regclass and attnum > 0`);
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const documented = {
    script_execution_hk: 'bytea', load_date: 'timestamp with time zone', load_end_date: 'timestamp with time zone', hash_diff: 'bytea',
    version_number: 'bigint', script_name: 'character varying', script_type: 'character varying', execution_status: 'character varying',
    execution_timestamp: 'timestamp with time zone', execution_duration_ms: 'integer', db_session_user: 'character varying', client_ip: 'inet',
    affected_objects: 'text[]', sql_command: 'text', error_message: 'text', metadata: 'jsonb', record_source: 'character varying',
  }; // biome-ignore format: a table
  for (const [name, type] of Object.entries(documented)) expect([name, types.get(name)]).toEqual([name, type]);
  const [one, other] = [await track(owner, 'Same name'), await track(owner, 'Same name')];
  const hashes = await owner.run(
    sql`select distinct hash_diff from script_tracking.script_execution_s where script_execution_hk in (decode(${one}, 'hex'), decode(${other}, 'hex'))`,
  );
  expect(hashes).toHaveLength(2);
});

onEachDatabase('V3 the same business key of two tenants has two hash keys', async ({ owner }) => {
  const keyFor = (tenant: string) =>
    owner.transaction(async (tx) => {
      await tx.run(sql`select set_config('app.tenant', ${tenant}, true)`);
      const [row] = await tx.run<{ key: string }>(`select encode(script_tracking.calculate_hash_key('Backup_1'), 'hex') as key`);
      return row?.key;
    });
  expect(await keyFor('acme')).toMatch(/^[0-9a-f]{64}$/);
  expect(await keyFor('acme')).not.toEqual(await keyFor('other'));
});

onEachDatabase('V5 a completed operation has two versions, the second one current, with status and duration', async ({ owner }) => {
  const key = await track(owner, 'Move prices', 'MIGRATION', { ticket: 'T-1' });
  expect(await versionsOf(owner, key)).toMatchObject([{ version_number: '1', execution_status: 'RUNNING', is_current: true }]);
  expect(await complete(owner, key)).toBe(true);
  expect(await versionsOf(owner, key)).toMatchObject([
    { version_number: '1', execution_status: 'RUNNING', is_current: false },
    { version_number: '2', execution_status: 'COMPLETED', is_current: true },
  ]);
  const [now] = await owner.run(sql`select c.*, execution_duration_ms is not null and completed_at >= execution_timestamp as has_duration
    from script_tracking.current_script_execution c where script_execution_hk = decode(${key}, 'hex')`);
  expect(now).toMatchObject({ script_name: 'Move prices', script_type: 'MIGRATION', has_duration: true, metadata: { ticket: 'T-1' } });
  expect(await complete(owner, key)).toBe(false);
  expect(await complete(owner, '00'.repeat(32))).toBe(false);
});

onEachDatabase('V5 a failed operation keeps its message; one whose own transaction fails is not there', async ({ owner }) => {
  const key = await track(owner, 'Load rates', 'ETL');
  expect(await complete(owner, key, false, 'file not found')).toBe(true);
  const [now] = await owner.run(
    sql`select execution_status, error_message from script_tracking.current_script_execution where script_execution_hk = decode(${key}, 'hex')`,
  );
  expect(now).toEqual({ execution_status: 'FAILED', error_message: 'file not found' });
  const lost = owner.transaction(async (tx) => {
    await track(tx, 'Rolled back');
    await tx.run('select 1 / 0');
  });
  await expect(lost).rejects.toThrow(/division by zero/);
  expect(await owner.run(`select from script_tracking.script_execution_s where script_name = 'Rolled back'`)).toEqual([]);
});

onEachDatabase('V5 an operation is the cause of what its transaction changes later', async ({ owner }) => {
  await owner.run(
    `create table part (name text primary key, price int); select audit.track('public.part'); insert into part values ('wheel', 10)`,
  );
  await owner.transaction(async (tx) => {
    const key = await track(tx, 'Raise prices');
    await tx.run('update part set price = 11');
    await complete(tx, key);
  });
  const [entry] = await owner.run<{ name: string; detail: { name: string } }>(`select o.operation_name as name, o.details as detail
    from audit.entry u join audit.entry o on o.xid = u.xid and o.id < u.id where u.operation = 'UPDATE'`);
  expect(entry).toMatchObject({ name: 'OPERATION_TRACKED', detail: { name: 'Raise prices', type: 'MIGRATION' } });
});

onEachDatabase('V7 names made unique differ each time', async ({ owner }) => {
  const names = await owner.run<{ name: string }>(
    `select script_tracking.generate_unique_script_name('load') as name from generate_series(1, 100)`,
  );
  expect(new Set(names.map(({ name }) => name)).size).toBe(100);
  expect(names[0]?.name).toMatch(/^load_\d{8}_\d{6}_\d{6}_[0-9a-f]{8}$/);
});

onEachDatabase(
  'V8 to V12 dashboard, history, metrics, health and errors have their documented shapes',
  async ({ owner }) => {
    const [fine, bad] = [await track(owner, 'Fine', 'ETL'), await track(owner, 'Bad', 'BACKUP')];
    await complete(owner, fine);
    await complete(owner, bad, false, 'no space left');
    await track(owner, 'Endless', 'MAINTENANCE');
    const dashboard = await owner.run('select * from script_tracking.get_enterprise_dashboard()');
    const figure = (section: string, metric: string) =>
      dashboard.find((row) => row['section'] === section && row['metric'] === metric)?.['value'];
    expect([figure('OPERATIONS', 'total'), figure('OPERATIONS', 'failed'), figure('OPERATIONS', 'running')]).toEqual(['3', '1', '1']);
    expect([figure('OPERATIONS', 'success_rate'), figure('TYPES', 'ETL'), figure('ALERTS', 'failed_operations')]).toEqual([
      '50.00',
      '1',
      '1',
    ]);
    expect(dashboard.filter((row) => row['section'] === 'HEALTH')).toHaveLength(3);
    expect(await owner.run(`select script_name, execution_status from script_tracking.get_execution_history(1)`)).toEqual([
      { script_name: 'Endless', execution_status: 'RUNNING' },
      { script_name: 'Bad', execution_status: 'FAILED' },
      { script_name: 'Fine', execution_status: 'COMPLETED' },
    ]);
    expect(
      await owner.run(`select script_name, executions, failed, median_ms is not null as has_median, trend_percent
      from script_tracking.get_performance_metrics() order by script_name`),
    ).toEqual([
      { script_name: 'Bad', executions: '1', failed: '1', has_median: true, trend_percent: null },
      { script_name: 'Fine', executions: '1', failed: '0', has_median: true, trend_percent: null },
    ]);
    expect(await owner.run(`select check_name, status from script_tracking.get_system_health()`)).toContainEqual({
      check_name: 'failures',
      status: 'DEGRADED',
    });
    expect(await owner.run(`select script_name, error_message from script_tracking.get_recent_errors()`)).toEqual([
      { script_name: 'Bad', error_message: 'no space left' },
    ]);
  },
  { fresh: true },
);

onEachDatabase(
  'V10 metrics give median, 95th and 99th percentile and the trend against the time before',
  async ({ owner }) => {
    await owner.run(`select script_tracking.import_operation('old_' || n, 'Backup', 'BACKUP', 'COMPLETED', now() - interval '40 days', 100, 'cron') from generate_series(1, 4) n;
      select script_tracking.import_operation('new_' || n, 'Backup', 'BACKUP', 'COMPLETED', now() - interval '2 days', n * 2, 'cron') from generate_series(1, 101) n`);
    const [metric] = await owner.run('select * from script_tracking.get_performance_metrics()');
    expect(metric).toMatchObject({ executions: '101', median_ms: 102, p95_ms: 192, p99_ms: 200, max_ms: 202, trend_percent: '2.00' });
  },
  { fresh: true },
);

onEachDatabase(
  'V13 clean-up removes what ended long ago, gives the number of rows, and the trail keeps that it was done',
  async ({ owner }) => {
    await owner.run(`select script_tracking.import_operation('old', 'Old', 'ETL', 'COMPLETED', now() - interval '100 days', 5, 'cron'),
      script_tracking.import_operation('new', 'New', 'ETL', 'COMPLETED', now() - interval '1 day', 5, 'cron')`);
    const running = await track(owner, 'Runs on');
    expect(await owner.run('select script_tracking.cleanup_old_data(90) as rows')).toEqual([{ rows: 2 }]);
    expect(await owner.run('select script_name from script_tracking.script_execution_s order by 1')).toEqual([
      { script_name: 'New' },
      { script_name: 'Runs on' },
    ]);
    expect(await owner.run(`select details ->> 'rows' as rows from audit.entry where operation_name = 'VAULT_CLEANED'`)).toEqual([
      { rows: '2' },
    ]);
    expect(await complete(owner, running)).toBe(true);
    await expect(owner.run('select script_tracking.cleanup_old_data(0)')).rejects.toThrow(/one day/);
  },
  { fresh: true },
);

onEachDatabase('V14 the indexes have their names, columns and conditions', async ({ owner }) => {
  const rows = await owner.run<{ definition: string }>(
    `select indexdef as definition from pg_indexes where tablename = 'script_execution_s'`,
  );
  const text = rows.map(({ definition }) => definition).join('\n');
  expect(text).toMatch(/idx_script_execution_s_tenant_status ON .* \(tenant_hk, execution_status\) WHERE \(load_end_date IS NULL\)/);
  expect(text).toMatch(/idx_script_execution_s_timestamp ON .* \(execution_timestamp DESC\)/);
  expect(text).toMatch(/idx_script_execution_s_type_status ON .* \(script_type, execution_status\)/);
  expect(text).toMatch(/idx_script_execution_s_duration ON .* \(execution_duration_ms\) WHERE \(execution_duration_ms IS NOT NULL\)/);
});

onEachDatabase('V15 a point in time shows the state that the vault knew then', async ({ owner }) => {
  const key = await track(owner, 'Time travel');
  const [before] = await owner.run<{ at: string }>('select clock_timestamp()::text as at');
  await complete(owner, key);
  const stateAt = (at: string) =>
    owner.transaction(async (tx) => {
      await tx.run(sql`select set_config('script_tracking.point_in_time', ${at}, true)`);
      return tx.run(
        sql`select execution_status, version_number from script_tracking.script_execution_at where script_execution_hk = decode(${key}, 'hex')`,
      );
    });
  expect(await stateAt(before?.at ?? '')).toEqual([{ execution_status: 'RUNNING', version_number: '1' }]);
  expect(await stateAt('')).toEqual([{ execution_status: 'COMPLETED', version_number: '2' }]);
  expect(await stateAt('2001-01-01')).toEqual([]);
});

onEachDatabase(
  'V16 a tenant sees its own operations, and nothing without being named',
  async ({ owner, database }) => {
    const write = (tenant: string, name: string) =>
      database.write({ tenant, actor: 'ann' }, (tx) => tx.run(sql`select script_tracking.track_operation(${name}, 'ETL') as key`));
    await write('acme', 'Of acme');
    await write('other', 'Of other');
    const seenBy = (tenant: string) => database.read(tenant, sql`select script_name, actor from script_tracking.current_script_execution`);
    expect(await seenBy('acme')).toEqual([{ script_name: 'Of acme', actor: 'ann' }]);
    expect(await seenBy('')).toEqual([]);
    const [of] = await owner.run<{ key: string }>(
      `select encode(script_execution_hk, 'hex') as key from script_tracking.script_execution_s where script_name = 'Of other'`,
    );
    const [done] = await database.write({ tenant: 'acme', actor: 'ann' }, (tx) =>
      tx.run(sql`select script_tracking.complete_operation(decode(${of?.key ?? ''}, 'hex'), true) as done`),
    );
    expect(done).toEqual({ done: false });
  },
  { fresh: true },
);

onEachDatabase('V17 versions cannot be rewritten or removed, not even by the owner', async ({ owner }) => {
  const key = await track(owner, 'Kept');
  const refused = /insert-only/;
  await expect(
    owner.run(sql`update script_tracking.script_execution_s set script_name = 'other' where script_execution_hk = decode(${key}, 'hex')`),
  ).rejects.toThrow(refused);
  await expect(
    owner.run(
      sql`update script_tracking.script_execution_s set load_end_date = now(), error_message = 'x' where script_execution_hk = decode(${key}, 'hex')`,
    ),
  ).rejects.toThrow(refused);
  await expect(owner.run('delete from script_tracking.script_execution_s')).rejects.toThrow(refused);
  await expect(owner.run('update script_tracking.script_execution_h set load_date = now()')).rejects.toThrow(refused);
  await expect(owner.run('truncate script_tracking.script_execution_s, script_tracking.script_execution_h')).rejects.toThrow(refused);
  await complete(owner, key);
  await expect(
    owner.run(
      sql`update script_tracking.script_execution_s set load_end_date = now() where version_number = 1 and script_execution_hk = decode(${key}, 'hex')`,
    ),
  ).rejects.toThrow(refused);
});

onEachDatabase('V20 the server may call what it needs and write no table; cleaning up is not for it', async ({ database }) => {
  const attempt = (text: ReturnType<typeof sql>) => database.write({ tenant: 'demo', actor: 'ann' }, (tx) => tx.run(text));
  await expect(attempt(sql`insert into script_tracking.script_execution_h values ('\\x00', 'x', '\\x00', now(), 'x')`)).rejects.toThrow(
    /permission denied/,
  );
  await expect(attempt(sql`update script_tracking.script_execution_s set load_end_date = now()`)).rejects.toThrow(/permission denied/);
  await expect(attempt(sql`select script_tracking.cleanup_old_data(1)`)).rejects.toThrow(/permission denied/);
  await expect(attempt(sql`select script_tracking.import_operation('k', 'n', 'ETL', 'COMPLETED', now(), 1, 'x')`)).rejects.toThrow(
    /permission denied/,
  );
});

onEachDatabase('V32 tables of the vault end in _h, _s or _l', async ({ owner }) => {
  const tables = await owner.run<{ name: string }>(
    `select relname::text as name from pg_class where relnamespace = 'script_tracking'::regnamespace and relkind = 'r'`,
  );
  expect(tables.length).toBeGreaterThan(1);
  expect(tables.filter(({ name }) => !/_[hsl]$/.test(name))).toEqual([]);
});

onEachDatabase('no literal of a command and no value under a secret name is kept', async ({ owner }) => {
  const [kept] = await owner.run<Record<string, unknown>>(sql`select script_tracking.without_literals(${`-- don't
    create user mapping for ann server s options (user 'ann', "pass'word" 'top''s', p $q$ it's $q$, e E'a\\'secret', u U&'x', t 'never ends`}) as command,
    script_tracking.without_literals('alter table "o''er" add column price numeric(19,4) default 5 /* note */') as plain,
    script_tracking.without_secrets('{"password": "x", "nested": [{"apiKey": "y", "keyboard": "z"}], "token": null}') as said`);
  expect(kept?.['command']).toBe(`create user mapping for ann server s options (user ?, "pass'word" ?, p ?, e ?, u ?, t ?`);
  expect(kept?.['plain']).toBe(`alter table "o'er" add column price numeric(19,4) default 5`);
  expect(kept?.['said']).toEqual({ password: '***', nested: [{ apiKey: '***', keyboard: 'z' }], token: null });
});
