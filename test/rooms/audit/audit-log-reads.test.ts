import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Transaction } from '../../../src/database/database.ts';
import { auditLog } from '../../../src/rooms/audit/trail-rest.queries.ts';
import { onEachDatabase } from '../../support/databases.ts';

onEachDatabase(
  'the log of one key, one record or one run is found without reading the others',
  async ({ owner, database }) => {
    await owner.run(`create table public.shelf (name text primary key, tenant text not null); select audit.track('public.shelf')`);
    await owner.run(`insert into shelf values ('RARE', 'demo'); insert into shelf select 'S' || n, 'demo' from generate_series(1, 3000) n`);
    const runId = 'run_20260301_120000_0000bbbb';
    await owner.run(`select audit.log_event('COUNTED', 'once', 'RARE', 'ann', '${runId}')`);
    await owner.run(`select count(audit.log_event('COUNTED', 'often', 'S' || n)) from generate_series(1, 3000) n`);
    await owner.run('analyze audit.entry');
    const asked = { sku: null, operation: null, runId: null, from: null, to: null, before: null, limit: 100, offset: 0 };
    for (const [question, found] of [
      [sql`select operation from audit.get_audit_log(sku => 'RARE')`, ['COUNTED', 'INSERT']],
      [sql`select operation from audit.get_audit_log(run_id => ${runId})`, ['COUNTED']],
      [auditLog('demo', { ...asked, sku: 'RARE' }), ['COUNTED', 'INSERT']],
    ] as const) {
      const { rows, read } = await database.write({ tenant: 'demo', actor: 'ann' }, async (tx) => {
        const before = await rowsRead(tx);
        const answer = await tx.run<{ operation: string }>(question);
        return { rows: answer, read: (await rowsRead(tx)) - before };
      });
      expect(rows.map(({ operation }) => operation)).toEqual(found);
      expect(read).toBeLessThan(100);
    }
  },
  { fresh: true },
);

/** Rows of the trail, and entries of its indexes, that this transaction has read. */
async function rowsRead(tx: Transaction): Promise<number> {
  const [row] = await tx.run<{ n: number }>(sql`select (sum(pg_stat_get_xact_tuples_returned(p.relid)) + coalesce(sum(
      (select sum(pg_stat_get_xact_tuples_returned(i.indexrelid)) from pg_index i where i.indrelid = p.relid)), 0))::float8 as n
    from pg_partition_tree('audit.entry') p where p.isleaf`);
  return row!.n;
}
