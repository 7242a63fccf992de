import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { OwnerTransaction } from '../../../src/database/database.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer, change, insert, laptop } from '../audit/trail.ts';
import { sessionOf } from './session.ts';

/** SQL as somebody of a tenant sends it. */
function asTenant<T>({ owner }: TestDatabase, tenant: string, work: (tx: OwnerTransaction) => Promise<T>): Promise<T> {
  return owner.transaction(async (tx) => {
    await tx.run(sql`select set_config('app.tenant', ${tenant}, true)`);
    return await work(tx);
  });
}

const logged = (tx: OwnerTransaction, operation: string, sku: string | null, runId: string | null = null) =>
  tx.run<{ id: string }>(sql`select audit.log_event(${operation}, 'said', ${sku}::text, 'admin', ${runId}::text) as id`);

onEachDatabase('A1 the audit log has its column run_id beside the documented ones, and a run is found by an index', async (context) => {
  const { owner } = context;
  const columns = await owner.run(`select attname::text as name, format_type(atttypid, null) as type from pg_attribute
    where attrelid = 'audit.audit_log'::regclass and attnum > 0 order by attnum`);
  const text = 'text';
  expect(columns.map(({ name, type }) => [name, type])).toEqual([
    ['audit_id', 'bigint'], ['timestamp', 'timestamp with time zone'], ['operation', text], ['sku', text], ['details', text], ['user', text], ['run_id', text],
  ]); // biome-ignore format: a table
  const indexes = await owner.run<{ text: string }>(
    `select indexdef as text from pg_indexes where schemaname = 'audit' and tablename = 'entry'`,
  );
  const all = indexes.map((index) => index.text).join('\n');
  expect(all).toMatch(/ idx_audit_log_run_id ON .*\(tenant, run_id, id\) WHERE \(run_id IS NOT NULL\)/);
  expect(all).toMatch(/ idx_audit_log_timestamp ON .* brin \(occurred_at\)/);
  await asTenant(context, 'a1', (tx) => logged(tx, 'ORDER_CONFIRMED', null));
  const [row] = await asTenant(context, 'a1', (tx) => tx.run('select operation, sku, details, "user", run_id from audit.audit_log'));
  expect(row).toEqual({ operation: 'ORDER_CONFIRMED', sku: null, details: 'said', user: 'admin', run_id: null });
  expect(await asTenant(context, 'a1-other', (tx) => tx.run('select 1 from audit.audit_log'))).toEqual([]);
});

onEachDatabase('A8 which user updated the safety stock of SKU001 last week is one question', async (context) => {
  const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString();
  const set = (value: number) => sql`update commerce.products set safety_stock = ${value} where tenant = 'a8'`;
  await change(
    context,
    { tenant: 'a8', actor: 'setup', occurredAt: day(30) },
    insert('products', 'a8', { ...laptop, sku: 'SKU001', safety_stock: 15 }),
  );
  await change(context, { tenant: 'a8', actor: 'system', occurredAt: day(12) }, set(10));
  await change(context, { tenant: 'a8', actor: 'admin', occurredAt: day(3) }, set(20));
  await change(
    context,
    { tenant: 'a8', actor: 'ann', occurredAt: day(2) },
    sql`update commerce.products set price = 5 where tenant = 'a8'`,
  );
  const { auditEntries } = await answer(
    context,
    'a8',
    `query ($from: DateTime!) { auditEntries(filter: { entityKey: { eq: "SKU001" }, changedField: { eq: "safetyStock" }, occurredAt: { gte: $from } }) {
      nodes { actor { key } changes { field before after } } } }`,
    { from: day(7) },
  );
  expect(auditEntries.nodes).toEqual([{ actor: { key: 'admin' }, changes: [{ field: 'safetyStock', before: 10, after: 20 }] }]);
});

onEachDatabase('A9 an error is found by its operation, and all of its run through it', async (context) => {
  await asTenant(context, 'a9', async (tx) => {
    const runId = 'run_20260217_143022_a1b2c3d4';
    for (const [operation, run] of [
      ['ORDER_CONFIRMED', runId],
      ['DATABASE_LOCKED_ERROR', runId],
      ['ORDER_CONFIRMED', null],
    ] as const)
      await logged(tx, operation, null, run);
  });
  const found = await answer(
    context,
    'a9',
    `{ auditEntries(filter: { or: [{ operationName: { contains: "ERROR" } }, { operationName: { contains: "LOCKED" } }] }) {
      nodes { operationName run { entries { nodes { operationName } } } } } }`,
  );
  expect(found.auditEntries.nodes).toEqual([
    {
      operationName: 'DATABASE_LOCKED_ERROR',
      run: { entries: { nodes: [{ operationName: 'ORDER_CONFIRMED' }, { operationName: 'DATABASE_LOCKED_ERROR' }] } },
    },
  ]);
});

onEachDatabase(
  'A15 A6 the hooks of orders, receipts and bulk updates write their documented events',
  async (context) => {
    await context.owner.run(readFileSync(join(packageRoot, 'scripts/recipes/batches.sql'), 'utf8'));
    const eventsOf = (call: string) =>
      asTenant(context, 'a15', async (tx) => {
        const [run] = await tx.run<{ id: string }>(`select ${call} as id`);
        const [found] = await tx.run<{ batch: { events: { operation: string; sku: string | null }[] } }>(
          sql`select audit.get_batch_operations(${run?.id ?? ''}) as batch`,
        );
        return found?.batch.events.map(({ operation, sku }) => `${operation}${sku ? ` ${sku}` : ''}`);
      });
    expect(await eventsOf(`shop_hooks.confirm_order_batch('[{"order": "ORD-1", "sku": "SKU001", "units": 50}, {"order": "ORD-2", "sku": "SKU002", "units": 1}]')`)).toEqual([
      'BATCH_START', 'ORDER_CONFIRMED SKU001', 'ORDER_CONFIRMED SKU002', 'BATCH_END',
    ]); // biome-ignore format: one line
    expect(await eventsOf(`shop_hooks.close_receipt('DOC-7', '[{"sku": "SKU001", "qty": 3}]')`)).toEqual([
      'RECEIPT_START', 'RECEIPT_CLOSED SKU001', 'RECEIPT_END',
    ]); // biome-ignore format: one line
    expect(await eventsOf(`shop_hooks.on_bulk_update_safety_stock('{SKU001,SKU002}', 20)`)).toEqual([
      'BULK_UPDATE_START', 'SKU_UPDATED SKU001', 'SKU_UPDATED SKU002', 'BULK_UPDATE_END',
    ]); // biome-ignore format: one line
  },
  { fresh: true },
);

onEachDatabase(
  'A19 A3 A4 A5 the functions of the audit log: log, filters, pages, a batch from its start to its end, an empty one',
  async (context) => {
    await asTenant(context, 'a19', async (tx) => {
      const [run] = await tx.run<{ id: string }>(`select audit.generate_run_id() as id`);
      const runId = run?.id ?? '';
      const [[first], [second]] = [await logged(tx, 'BATCH_START', null, runId), await logged(tx, 'SKU_UPDATED', 'SKU001', runId)];
      expect(BigInt(second?.id ?? 0)).toBeGreaterThan(BigInt(first?.id ?? 0));
      await logged(tx, 'SKU_UPDATED', 'SKU002', runId);
      await logged(tx, 'BATCH_END', null, runId);
      await logged(tx, 'ORDER_CONFIRMED', 'SKU001');
      const found = async (how: string) => {
        const rows = await tx.run<{ operation: string; sku: string | null }>(`select * from audit.get_audit_log(${how})`);
        return rows.map(({ operation, sku }) => `${operation}${sku ? ` ${sku}` : ''}`);
      };
      expect(await found('')).toEqual(['ORDER_CONFIRMED SKU001', 'BATCH_END', 'SKU_UPDATED SKU002', 'SKU_UPDATED SKU001', 'BATCH_START']);
      expect(await found(`sku => 'SKU001'`)).toEqual(['ORDER_CONFIRMED SKU001', 'SKU_UPDATED SKU001']);
      expect(await found(`operation => 'SKU_UPDATED'`)).toEqual(['SKU_UPDATED SKU002', 'SKU_UPDATED SKU001']);
      expect(await found(`run_id => '${runId}', "limit" => 2, "offset" => 1`)).toEqual(['SKU_UPDATED SKU002', 'SKU_UPDATED SKU001']);
      const batchOf = async (id: string) =>
        (await tx.run<{ batch: object }>(sql`select audit.get_batch_operations(${id}) as batch`))[0]?.batch;
      expect(await batchOf(runId)).toMatchObject({
        run_id: runId,
        event_count: 4,
        duration_seconds: expect.any(Number),
        events: { length: 4 },
      });
      expect(await batchOf('run_20200101_000000_00000000')).toMatchObject({
        event_count: 0,
        events: [],
        start_time: null,
        duration_seconds: 0,
      });
    });
  },
);

onEachDatabase('A21 an event names who acts: as it says, else as the transaction says, else the system', async (context) => {
  const users = await asTenant(context, 'a21', async (tx) => {
    await tx.run(`select audit.log_event('NOTED')`);
    await tx.run(`select audit.begin(actor => 'ann')`);
    await tx.run(`select audit.log_event('NOTED'), audit.log_event('NOTED', "user" => 'bob')`);
    return await tx.run(`select "user" from audit.get_audit_log()`);
  });
  expect(users.map(({ user }) => user).sort()).toEqual(['ann', 'bob', 'system']);
});

onEachDatabase('A24 operations per day and the busiest articles are counted', async (context) => {
  const at = (day: number) => ({ tenant: 'a24', actor: 'ann', occurredAt: `2026-02-0${day}T10:00:00Z` });
  const two = [laptop, { ...laptop, id: 2, sku: 'MOUSE' }];
  await change(context, at(1), insert('products', 'a24', ...two));
  for (const price of [1, 2, 3])
    await change(context, at(2), sql`update commerce.products set price = ${price} where tenant = 'a24' and id = 2`);
  const range = { from: '2026-02-01T00:00:00Z', to: '2026-02-03T00:00:00Z' };
  const { analytics } = await answer(
    context,
    'a24',
    `query ($range: TimeRangeInput!) { analytics { days: changeSummary(range: $range, groupBy: [DAY]) { day count }
      articles: changeSummary(range: $range, groupBy: [ENTITY_KEY], limit: 1) { entityKey count } } }`,
    { range },
  );
  expect(analytics.days.map(({ count }: { count: number }) => count).sort()).toEqual([2, 3]);
  expect(analytics.articles).toEqual([{ entityKey: 'MOUSE', count: 4 }]);
});

onEachDatabase('G14 the functions of the old systems are there under their names, with their arguments and results', async ({ owner }) => {
  const rows = await owner.run<{ name: string; takes: string; gives: string }>(`select p.oid::regproc::text as name,
      pg_get_function_identity_arguments(p.oid) as takes, pg_get_function_result(p.oid) as gives
    from pg_proc p where p.pronamespace in ('audit'::regnamespace, 'script_tracking'::regnamespace, 'auth'::regnamespace)`);
  const known = new Map(rows.map((row) => [row.name, row]));
  const documented: Readonly<Record<string, readonly [takes: string, gives: RegExp]>> = {
    'audit.generate_run_id': ['', /^text$/],
    'audit.log_event': ['operation text, details text, sku text, "user" text, run_id text', /^bigint$/],
    'audit.get_audit_log': [
      'sku text, operation text, run_id text, "limit" integer, "offset" integer',
      /^TABLE\(audit_id bigint, "timestamp" /,
    ],
    'audit.get_batch_operations': ['run_id text', /^jsonb$/],
    'script_tracking.track_operation': ['script_name character varying, script_type character varying', /^bytea$/],
    'script_tracking.complete_operation': ['execution_hk bytea, success boolean', /^boolean$/],
    'script_tracking.get_enterprise_dashboard': ['', /^TABLE\(/],
    'script_tracking.get_execution_history': ['days integer', /^TABLE\(script_execution_hk bytea, /],
    'script_tracking.get_performance_metrics': ['', /^TABLE\(/],
    'script_tracking.get_system_health': ['', /^TABLE\(/],
    'script_tracking.get_recent_errors': ['hours integer', /^TABLE\(/],
    'script_tracking.cleanup_old_data': ['retention_days integer', /^integer$/],
    'script_tracking.generate_unique_script_name': ['base_name character varying', /^character varying$/],
    'script_tracking.calculate_hash_key': ['business_key character varying', /^bytea$/],
    'script_tracking.event_trigger_ddl_start': ['', /^event_trigger$/],
    'script_tracking.event_trigger_ddl_end': ['', /^event_trigger$/],
    'script_tracking.event_trigger_sql_drop': ['', /^event_trigger$/],
    'auth.login_user_tracking': ['email character varying, password text, tenant_hk bytea', /^jsonb$/],
    'auth.register_user_tracking': ['user_data jsonb', /^jsonb$/],
  };
  for (const [name, [takes, gives]] of Object.entries(documented)) {
    expect(known.get(name)?.takes.startsWith(takes), name).toBe(true); // further arguments have defaults
    expect(known.get(name)?.gives, name).toMatch(gives);
  }
});

onEachDatabase(
  'A18 an event is kept in about half a kilobyte with its indexes',
  sessionOf('a18', async ({ owner }) => {
    const bytes = `select sum(pg_table_size(relid))::int as heap, sum(pg_indexes_size(relid))::int as indexes from pg_partition_tree('audit.entry') where isleaf`;
    const [before] = await owner.run<Record<'heap' | 'indexes', number>>(bytes);
    await owner.run(
      `select count(audit.log_event('SKU_UPDATED', 'Safety stock: 10 -> 20', 'SKU-A', 'ann')) from generate_series(1, 1000) n`,
    );
    const [after] = await owner.run<Record<'heap' | 'indexes', number>>(bytes);
    const each = (part: 'heap' | 'indexes') => ((after?.[part] ?? Number.NaN) - (before?.[part] ?? Number.NaN)) / 1000;
    expect(each('heap')).toBeLessThan(250);
    expect(each('heap') + each('indexes')).toBeLessThan(650);
  }),
);
