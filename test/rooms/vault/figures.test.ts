import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { toVaultFigures, vaultFigures } from '../../../src/rooms/vault/vault.queries.ts';
import { Metrics } from '../../../src/server/metrics.ts';
import { onEachDatabase } from '../../support/databases.ts';

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
