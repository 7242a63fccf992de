import { graphql } from 'graphql';
import { schemaOf } from '../../../src/app.ts';
import { openDatabase } from '../../../src/database/open.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import { atMost, bytesOf, connect, type Figure, medianMs } from './figure.ts';

const perStatement = 20_000;
const days = 30;

/** Finished operations of one tenant over 30 days: twenty names, five kinds, one in fifty failed. Gives what they take. */
export async function fillVault(url: string, operations: number): Promise<Figure[]> {
  const sql = connect(url, 2);
  await sql`set synchronous_commit = off`;
  const before = await bytesOf(sql, 'script_tracking.script_execution_h', 'script_tracking.script_execution_s');
  const fill = (from: number) => sql`with made as (
      select script_tracking.hash_of('demo', 'op_' || n) as hk, 'op_' || n as bk, now() - n * interval '1 day' * ${days}::int / ${operations}::int as at, n
        from generate_series(${from}::int, ${Math.min(from + perStatement, operations) - 1}::int) n
    ), hubs as (
      insert into script_tracking.script_execution_h select hk, bk, script_tracking.tenant_key('demo'), at, 'bench' from made returning 1)
    insert into script_tracking.script_execution_s (script_execution_hk, tenant_hk, load_date, hash_diff, version_number, script_name, script_type, execution_status,
        execution_timestamp, completed_at, execution_duration_ms, db_session_user, application, session, xid, affected_objects, error_message, metadata, record_source)
      select hk, script_tracking.tenant_key('demo'), at, sha256(hk), 1, 'Load part ' || n % 20, (array['ETL', 'BACKUP', 'DDL', 'MAINTENANCE', 'Reindex'])[1 + n % 5],
          case when n % 50 = 0 then 'FAILED' else 'COMPLETED' end, at, at + n::bigint * 7919 % 5000 * interval '1 millisecond', n::bigint * 7919 % 5000, 'bench', 'bench', '4711',
          pg_current_xact_id(), array['public.part_' || n % 20], case when n % 50 = 0 then 'no space left' end, jsonb_build_object('rows', n), 'bench' from made`;
  for (let from = 0; from < operations; from += 2 * perStatement) {
    await Promise.all([fill(from), from + perStatement < operations ? fill(from + perStatement) : null]);
  }
  await sql`vacuum analyze script_tracking.script_execution_h, script_tracking.script_execution_s`;
  const after = await bytesOf(sql, 'script_tracking.script_execution_h', 'script_tracking.script_execution_s');
  await sql.end();
  const million = (part: 'heap' | 'indexes') => Math.round((((after[part] - before[part]) / operations) * 1e6) / 2 ** 20);
  return [
    {
      what: `a million operations on disk, heap + indexes (of ${operations.toLocaleString('en')})`,
      measured: `${million('heap')} + ${million('indexes')} MiB`,
      promised: '200 + 100 MB',
    },
  ];
}

/** What the background worker makes of them: places in the feed and the rollup. */
export async function countOperations(url: string): Promise<Figure[]> {
  const sql = connect(url);
  const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
  try {
    const start = performance.now();
    let isPlaced = false;
    while (!isPlaced) {
      await sql`select from audit.feed_step('{}', null, null, 100000, '1 s')`;
      const [row] = await sql`select tick = (select max(tick) from audit.feed_tick) as done from audit.execution_placed`;
      isPlaced = row?.['done'] === true;
    }
    const seconds = (performance.now() - start) / 1_000;
    const [counted] = await sql`select c.sequence::float8 as versions, h.sequence::float8 as placed
      from audit.execution_counted c join audit.execution_head h using (tenant_hk)`;
    if (!counted || counted['versions'] !== counted['placed']) throw new Error('the worker has not counted all operations');
    await sql`vacuum analyze audit.execution_position, audit.execution_rollup`;
    const [places, rollup] = [await bytesOf(sql, 'audit.execution_position'), await bytesOf(sql, 'audit.execution_rollup')];
    return [
      { what: 'the worker places and counts them, all at once', measured: `${(counted['versions'] / seconds).toFixed(0)}/s` },
      { what: 'their places in the feed, heap + indexes', measured: `${mib(places.heap)} + ${mib(places.indexes)} MiB` },
      { what: 'their counts and durations, heap + indexes', measured: `${mib(rollup.heap)} + ${mib(rollup.indexes)} MiB` },
    ];
  } finally {
    await sql.end();
  }
}

export async function measureReads(url: string, rounds: number): Promise<Figure[]> {
  const database = await openDatabase({ url, limits: { statementMs: 120_000 } });
  const schema = schemaOf(database, 'a secret for benchmarks only');
  const sql = connect(url);
  const ask = (fields: string) =>
    medianMs(rounds, async () => {
      const { errors } = await graphql({
        schema,
        source: `{ vault { ${fields} } }`,
        contextValue: requestContext(fixedCaller, 'a benchmark'),
      });
      if (errors?.[0]) throw errors[0];
    });
  const range = (back: number) => `range: { from: "${new Date(Date.now() - back * 86_400_000).toISOString()}" }`;
  const figures = 'totalCount failedCount runningCount successRate averageDurationMs byType { label count }';
  try {
    return [
      atMost('vault.dashboard, the last 24 hours', await ask(`dashboard { ${figures} }`), 100),
      atMost(`vault.dashboard, all ${days} days`, await ask(`dashboard(${range(days + 1)}) { ${figures} }`), 100),
      atMost(
        'get_enterprise_dashboard()',
        await medianMs(rounds, () => sql`select * from script_tracking.get_enterprise_dashboard()`),
        100,
      ),
      atMost(
        'get_performance_metrics(), 30 days and the 30 before',
        await medianMs(rounds, () => sql`select * from script_tracking.get_performance_metrics()`),
        100,
      ),
      atMost('vault.executions, the newest 50', await ask('executions(first: 50) { nodes { scriptName status durationMs } }'), 100),
      atMost('vault.recentErrors, the newest 50', await ask('recentErrors(first: 50) { nodes { scriptName errorMessage } }'), 100),
      atMost(
        'vault.executionTrend, 30 days',
        await ask(`executionTrend(interval: DAY, ${range(days)}) { count failedCount medianMs }`),
        100,
      ),
      atMost(
        'vault.performanceMetrics, the last day',
        await ask(`performanceMetrics(${range(1)}) { scriptName medianMs p95Ms p99Ms trendPercent }`),
        100,
      ),
      atMost('vault.health', await ask('health { status }'), 100),
    ];
  } finally {
    await sql.end();
    await database.close();
  }
}
