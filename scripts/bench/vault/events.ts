import { atMost, bytesOf, connect, type Figure, medianMs } from './figure.ts';

const skus = 100;

/** Events of the old audit log: written, found again, and their bytes. */
export async function measureEvents(url: string, rounds: number, stored: number): Promise<Figure[]> {
  const sql = connect(url);
  const event = (n: number, runId: string | null = null) =>
    sql`select audit.log_event('SKU_UPDATED', ${`Safety stock: ${n} -> ${n + 10}`}, ${`SKU${n % skus}`}, 'ann', ${runId}) as id`;
  try {
    const one = await medianMs(rounds, (n) => event(Math.abs(n)));
    const hundred = await medianMs(Math.max(5, rounds / 10), () =>
      sql.begin(async (tx) => {
        for (let n = 0; n < 100; n++) {
          await tx`select audit.log_event('SKU_UPDATED', ${`Safety stock: ${n} -> ${n + 10}`}, ${`SKU${n % skus}`}, 'ann') as id`;
        }
      }),
    );
    const before = await bytesOf(sql, 'audit.entry');
    await sql`select count(audit.log_event('SKU_UPDATED', 'Safety stock: ' || n || ' -> ' || n + 10, 'SKU' || n % ${skus}, 'ann')) from generate_series(1, ${stored}) n`;
    const after = await bytesOf(sql, 'audit.entry');
    for (let n = 0; n < 1_000; n++) await sql`select audit.log_event('COUNTED', 'shelf', 'SKU-A') as id`;
    const [run] = await sql`select audit.start_run('A batch') as id`;
    await sql`select audit.log_event('ORDER_CONFIRMED', 'order ' || n, null, null, ${run?.['id']}) from generate_series(1, 98) n`;
    await sql`select audit.finish_run(${run?.['id']})`;
    await sql`vacuum analyze audit.entry`;
    const byKey = await medianMs(rounds, () => sql`select * from audit.get_audit_log(sku => 'SKU-A', "limit" => 1000)`);
    const byRun = await medianMs(rounds, () => sql`select audit.get_batch_operations(${run?.['id']})`);
    const perEvent = (part: 'heap' | 'indexes') => ((after[part] - before[part]) / stored).toFixed(0);
    return [
      atMost('one event, in a transaction of its own', one, 1),
      atMost('100 events in one transaction', hundred, 50),
      atMost('events of a key that has 1,000, all of them', byKey, 10),
      atMost('a batch of 100 events', byRun, 5),
      { what: 'an event on disk, heap + indexes', measured: `${perEvent('heap')} + ${perEvent('indexes')} bytes`, promised: '~200 bytes' },
    ];
  } finally {
    await sql.end();
  }
}
