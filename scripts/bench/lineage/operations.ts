// A vault beside the trail of the journeys: operations that wrote some of its orders, others of the same runs, and many that wrote nothing.
import { openOwner } from '../../../src/database/open.ts';

/** Positions in the order of the entries, as if the ticks had followed them. */
export async function givePositions(url: string): Promise<void> {
  const owner = await openOwner({ url });
  try {
    await owner.run(`insert into audit.position (tenant, sequence, tick, entry_id, highest)
        select 'demo', row_number() over (order by id), row_number() over (order by id) / 100 + 1, id, id from audit.entry order by id;
      delete from audit.feed_batch;
      insert into audit.feed_head (tenant, sequence, tick) select 'demo', max(sequence), max(tick) from audit.position where tenant = 'demo';
      insert into audit.feed_tick (tick, epoch, snapshot) select max(tick) + 1000000, 1, pg_current_snapshot() from audit.feed_tick`);
    for (const table of ['audit.position', 'audit.entry_value']) await owner.run(`vacuum analyze ${table}`);
  } finally {
    await owner.close();
  }
}

/** Every tenth order was placed by an operation; every fiftieth order in a run whose operation ran until the order was delivered. */
export async function fillVault(url: string, orders: number, others: number): Promise<void> {
  const owner = await openOwner({ url });
  const columns = `script_execution_hk, tenant_hk, load_date, hash_diff, version_number, script_name, script_type, execution_status, execution_timestamp, completed_at,
    execution_duration_ms, db_session_user, actor, run_id, xid, affected_objects, metadata, record_source`;
  const hash = (text: string) => `sha256(convert_to(${text}, 'UTF8'))`;
  const operation = (key: string, at: string, ended: string, actor: string, run: string, xid: string) =>
    `${hash(key)}, script_tracking.tenant_key('demo'), ${at}, '\\x00', 1, 'Load orders', 'ETL', 'COMPLETED', ${at}, ${ended}, 1000, 'postgres', ${actor}, ${run}, ${xid}, '{}', '{}', 'bench'`;
  const placed = `timestamptz '2025-01-01' + n * interval '1 minute'`;
  const run = `case when n % 50 = 0 then 'run_20250101_000000_' || lpad(to_hex(n), 8, '0') end`;
  try {
    await owner.run(`set session_replication_role = replica;
      update audit.entry e set run_id = 'run_20250101_000000_' || lpad(to_hex(e.record_key::int), 8, '0')
        from audit.tracked_table t where t.table_key = e.table_key and t.table_name = 'commerce.orders' and e.record_key::int % 50 = 0;
      insert into script_tracking.script_execution_s (${columns})
        select ${operation(`'order' || n`, placed, `${placed} + interval '4 days'`, `'user' || (n % 10 + 1)`, run, `(n * 8 + 1)::text::xid8`)} from generate_series(10, ${orders}, 10) n;
      insert into script_tracking.script_execution_s (${columns})
        select ${operation(`'other' || n`, `timestamptz '2025-01-01' + n * interval '1 second'`, 'null', `'user' || (n % 10 + 1)`, 'null', `(1000000000 + n)::text::xid8`)} from generate_series(1, ${others}) n;
      insert into script_tracking.script_execution_h (script_execution_hk, script_execution_bk, tenant_hk, record_source)
        select script_execution_hk, encode(script_execution_hk, 'hex'), tenant_hk, 'bench' from script_tracking.script_execution_s`);
    await owner.run('vacuum analyze audit.entry');
    await owner.run('vacuum analyze script_tracking.script_execution_s');
  } finally {
    await owner.close();
  }
}
