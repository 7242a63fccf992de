import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { schemaOf } from '../../../src/app.ts';
import { writeBundle } from '../../../src/rooms/vault/bundle.ts';
import { inSnapshot } from '../../../src/rooms/vault/bundle-source.ts';
import { MetadataSeal } from '../../../src/rooms/vault/metadata-seal.ts';
import { toVaultFigures, vaultFigures } from '../../../src/rooms/vault/vault.queries.ts';
import { openGraphql } from '../../../src/server/graphql.ts';
import { Metrics } from '../../../src/server/metrics.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { openLog } from '../../../src/shared/log.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';

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

/** A promise kept while the owner's session says whose data it is. */
const asTenant = (tenant: string, test: (context: TestDatabase) => Promise<void>) => async (context: TestDatabase) => {
  await context.owner.run(`select set_config('app.tenant', '${tenant}', false)`);
  await test(context).finally(() => context.owner.run(`select set_config('app.tenant', '', false)`));
};

/**
 * The quickest of some calls, in milliseconds: what it costs where nothing else is at work. It stops at the first one below the limit, and gives a busy
 * machine many tries. Medians are the benchmark's (scripts/bench/vault).
 */
async function quickestMs(limitMs: number, call: (n: number) => Promise<unknown>): Promise<number> {
  let quickest = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 500 && quickest >= limitMs; n++) {
    const begin = performance.now();
    await call(n);
    quickest = Math.min(quickest, performance.now() - begin);
  }
  return quickest;
}

onEachDatabase(
  'A16 A18 an event costs less than 1 ms, 100 less than 50 ms, 1,000 of a key less than 10 ms, a run of 100 less than 5 ms, and half a kilobyte each',
  asTenant('a16', async ({ owner }) => {
    const log = (n: number) =>
      `audit.log_event('SKU_UPDATED', 'Safety stock: ' || ${n} || ' -> ' || ${n} + 10, 'SKU' || ${n} % 100, 'ann')`;
    expect(await quickestMs(1, (n) => owner.run(`select ${log(n)}`))).toBeLessThan(1);
    const hundred = `select count(audit.log_event('SKU_UPDATED', 'shelf ' || n, 'SKU-B', 'ann')) from generate_series(1, 100) n`;
    expect(await quickestMs(50, () => owner.run(hundred))).toBeLessThan(50);
    const bytes = `select sum(pg_table_size(relid))::int as heap, sum(pg_indexes_size(relid))::int as indexes from pg_partition_tree('audit.entry') where isleaf`;
    const [before] = await owner.run<Record<'heap' | 'indexes', number>>(bytes);
    await owner.run(
      `select count(audit.log_event('SKU_UPDATED', 'Safety stock: 10 -> 20', 'SKU-A', 'ann')) from generate_series(1, 1000) n`,
    );
    const [after] = await owner.run<Record<'heap' | 'indexes', number>>(bytes);
    const each = (part: 'heap' | 'indexes') => ((after?.[part] ?? Number.NaN) - (before?.[part] ?? Number.NaN)) / 1000;
    expect(each('heap')).toBeLessThan(250);
    expect(each('heap') + each('indexes')).toBeLessThan(650);
    const runId = 'run_20260217_143022_a1600000';
    await owner.run(
      `select count(audit.log_event('ORDER_CONFIRMED', 'order ' || n, null, null, '${runId}')) from generate_series(1, 100) n`,
    );
    await owner.run('analyze audit.entry');
    const ofKey = `select * from audit.get_audit_log(sku => 'SKU-A', "limit" => 1000)`;
    expect(await owner.run(ofKey)).toHaveLength(1000);
    expect(await quickestMs(10, () => owner.run(ofKey))).toBeLessThan(10);
    expect(await quickestMs(5, () => owner.run(`select audit.get_batch_operations('${runId}')`))).toBeLessThan(5);
  }),
);

onEachDatabase(
  'A17 a bundle with a thousand entries takes less than 200 ms, as an archive less than 400 ms',
  asTenant('a17', async ({ owner }) => {
    await owner.run(`select count(audit.log_event('COUNTED', 'shelf ' || n, null, 'ann')) from generate_series(1, 1000) n`);
    const output = mkdtempSync(join(tmpdir(), 'whence-quick-'));
    const usual = { output, auditLimit: 1000, withPersonal: false, withBackup: false, settings: {} };
    const bundle = (isCompressed: boolean) => (n: number) =>
      inSnapshot(owner, 'a17', (source) =>
        writeBundle(source, { ...usual, isCompressed, now: new Date(Date.UTC(2026, 1, 17, isCompressed ? 15 : 14, 0, n)) }),
      );
    try {
      expect(await quickestMs(200, bundle(false))).toBeLessThan(200);
      expect(await quickestMs(400, bundle(true))).toBeLessThan(400);
    } finally {
      rmSync(output, { recursive: true });
    }
  }),
);

onEachDatabase(
  'V28 V29 a DDL command with its record takes less than 5 ms, an operation from begin to end too, and is kept in less than two kilobytes',
  asTenant('v28', async ({ owner }) => {
    const version = (n: number) => owner.run(`create or replace view public.quick as select ${n} as n`);
    expect(await quickestMs(5, version)).toBeLessThan(5); // the command itself included
    const [seen] = await owner.run(
      `select count(*)::int > 0 as is_tracked from script_tracking.script_execution_s where affected_objects @> '{public.quick}'`,
    );
    expect(seen).toEqual({ is_tracked: true });
    const operation = `select script_tracking.complete_operation(script_tracking.track_operation('Nightly load', 'ETL'), true)`;
    expect(await quickestMs(5, () => owner.run(operation))).toBeLessThan(5);
    const bytes = `select (pg_total_relation_size('script_tracking.script_execution_h') + pg_total_relation_size('script_tracking.script_execution_s'))::int as bytes`;
    const [before] = await owner.run<{ bytes: number }>(bytes);
    await owner.run(
      `select count(script_tracking.complete_operation(script_tracking.track_operation('Nightly load', 'ETL'), true)) from generate_series(1, 500)`,
    );
    const [after] = await owner.run<{ bytes: number }>(bytes);
    expect(((after?.bytes ?? Number.NaN) - (before?.bytes ?? Number.NaN)) / 500).toBeLessThan(2000);
    await owner.run('drop view public.quick');
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
