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
