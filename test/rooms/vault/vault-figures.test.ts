import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect } from 'vitest';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { ask } from '../audit/trail.ts';

const asTenant = (tenant: string) => sql`(select set_config('app.tenant', ${tenant}, true) offset 0) s`;
const boundsOf = (
  hoursAgo: readonly number[],
) => sql`array(select date_trunc('day', now(), 'UTC') - make_interval(secs => ago::float8 * 3600)
  from jsonb_array_elements_text(${JSON.stringify(hoursAgo)}::text::jsonb) with ordinality a (ago, nth) order by nth)`;

interface Figures {
  readonly bucket: number;
  readonly name: string | null;
  readonly type: string | null;
  readonly percentiles: readonly number[] | null;
}

/** What the function answers, and the same counted one by one. */
async function bothFigures({ owner }: TestDatabase, tenant: string, hoursAgo: readonly number[], parts: readonly number[] = []) {
  const wanted = parts.length > 0 ? sql`${`{${parts.join()}}`}::text::float8[]` : sql`null`;
  const answered = await owner.run<Figures & Record<string, unknown>>(sql`
    select f.bucket, f.script_name as name, f.script_type as type, to_jsonb(f) - 'percentiles' - 'bucket' - 'script_name' - 'script_type' as counts,
           to_jsonb(f.percentiles) as percentiles
      from ${asTenant(tenant)}, script_tracking.operation_figures(${boundsOf(hoursAgo)}, true, true, ${wanted}) f order by 1, 2, 3`);
  const counted = await owner.run<Figures & Record<string, unknown>>(sql`
    select n as bucket, s.script_name as name, s.script_type as type, jsonb_build_object('operations', count(*),
        'completed', count(*) filter (where s.execution_status = 'COMPLETED'), 'failed', count(*) filter (where s.execution_status = 'FAILED'),
        'running', count(*) filter (where s.execution_status = 'RUNNING'), 'timed', count(s.execution_duration_ms),
        'timed_failed', count(s.execution_duration_ms) filter (where s.execution_status = 'FAILED'),
        'total_ms', coalesce(sum(s.execution_duration_ms), 0), 'slowest_ms', max(s.execution_duration_ms)) as counts,
        to_jsonb(percentile_cont(${wanted}) within group (order by s.execution_duration_ms)) as percentiles
      from (select ${boundsOf(hoursAgo)} as at offset 0) b cross join generate_series(1, cardinality(b.at) - 1) n
      join script_tracking.script_execution_s s on s.tenant_hk = script_tracking.tenant_key(${tenant}) and s.load_end_date is null
       and s.execution_timestamp >= b.at[n] and s.execution_timestamp < b.at[n + 1]
     group by 1, 2, 3 order by 1, 2, 3`);
  return { answered, counted };
}

/** As the worker does it, a fresh one each time; it counts however few there are. */
async function work({ owner }: TestDatabase, share: number, most: number): Promise<void> {
  await owner.run(sql`select from audit.feed_step('{}', null, null, ${share}::int, '5 s')`);
  await owner.run(sql`select script_tracking.roll_up(1, ${most}::int)`);
}

const steps = fc.array(
  fc.record({
    does: fc.constantFrom('TRACK', 'TRACK', 'COMPLETE', 'COMPLETE', 'IMPORT', 'IMPORT', 'BOTH', 'ROLLBACK', 'RESTORE', 'CLEAN'),
    name: fc.constantFrom('load', 'save', 'tidy'),
    ok: fc.boolean(),
    hoursAgo: fc.double({ min: -24, max: 24 * 9, noNaN: true }),
    ms: fc.option(fc.integer({ min: 0, max: 9_000_000 })),
    works: fc.constantFrom(null, null, { share: 1, most: 1 }, { share: 1, most: 3 }, { share: 100, most: 100 }),
    bounds: fc.array(fc.constantFrom(-48, -24, -13, -0.5, 0, 1, 1.25, 20, 24, 48, 60.7, 100, 24 * 7), { minLength: 2, maxLength: 5 }),
  }),
  { minLength: 6, maxLength: 16 },
);

let histories = 0;

onEachDatabase(
  'figures of operations agree with the operations at every moment, however far the rollup is and however late they end',
  async (context) => {
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const tenant = `figures ${++histories}`;
        const running: string[] = [];
        for (const [place, { does, name, ok, hoursAgo, ms, works, bounds }] of history.entries()) {
          const write = (statement: ReturnType<typeof sql>, fails = false) =>
            context.source.write({ tenant, actor: 'ann' }, async (tx) => {
              const [row] = await tx.run<{ key?: string }>(statement);
              if (fails) throw new Error('undone');
              return row?.key ?? '';
            });
          const begin = sql`select encode(script_tracking.track_operation(${name}, 'ETL'), 'hex') as key`;
          if (does === 'TRACK') running.push(await write(begin));
          if (does === 'ROLLBACK') await expect(write(begin, true)).rejects.toThrow('undone');
          if (does === 'BOTH')
            await write(sql`select script_tracking.complete_operation(script_tracking.track_operation(${name}), ${ok}::boolean)`);
          if (does === 'COMPLETE') {
            await write(sql`select script_tracking.complete_operation(decode(${running.shift() ?? ''}, 'hex'), ${ok}::boolean)`);
          }
          if (does === 'IMPORT') {
            await write(sql`select script_tracking.import_operation(${`key ${place}`}, ${name}, 'BACKUP', ${ok ? 'COMPLETED' : 'FAILED'},
              now() - ${hoursAgo}::float8 * interval '1 hour', ${ms}::int, 'elsewhere')`);
          }
          if (does === 'RESTORE')
            await context.owner.run('insert into audit.epoch select max(epoch) + 1, max(last_entry_id_before) from audit.epoch');
          if (does === 'CLEAN') await context.owner.run(sql`select script_tracking.cleanup_old_data(3) from ${asTenant(tenant)}`);
          if (works) await work(context, works.share, works.most);
          const hours = [...new Set(bounds)].sort((a, b) => b - a);
          const { answered, counted } = await bothFigures(context, tenant, hours);
          expect(answered).toEqual(counted.map((row) => ({ ...row, percentiles: null })));
          if (place % 5 === 0) {
            const exact = await bothFigures(context, tenant, hours, [0, 0.5, 0.95]);
            expect(exact.answered).toEqual(exact.counted);
          }
        }
      }),
      { numRuns: 6, endOnFailure: true, seed: 5 },
    );
    const [left] = await context.owner.run<{ rows: string; counted: string }>(
      `select count(*) as rows, sum(operations) as counted from audit.execution_rollup where grain = 'DAY'`,
    );
    expect(Number(left?.counted)).toBeGreaterThan(20);
  },
  { timeoutMs: 240_000 },
);

const many = 6_500;

/** Operations of ten days, more than percentiles are exact for. */
const fill = (tenant: string) => sql`with made as (
    select script_tracking.hash_of(${tenant}, 'op ' || n) as hk, n, now() - n * interval '240 hours' / ${many}::int as at, 90 + n * 7919 % 4000 as ms
      from generate_series(1, ${many}::int) n
  ), hubs as (insert into script_tracking.script_execution_h select hk, 'op ' || n, script_tracking.tenant_key(${tenant}), at, 'test' from made)
  insert into script_tracking.script_execution_s (script_execution_hk, tenant_hk, load_date, hash_diff, version_number, script_name, script_type,
      execution_status, execution_timestamp, completed_at, execution_duration_ms, db_session_user, xid, affected_objects, metadata, record_source)
    select hk, script_tracking.tenant_key(${tenant}), at, hk, 1, 'part ' || n % 3, (array['ETL', 'Reindex'])[1 + n % 2],
      case when n % 40 = 0 then 'FAILED' else 'COMPLETED' end, at, at + ms * interval '1 ms', ms, 'test', pg_current_xact_id(), '{}', '{}', 'test' from made`;

onEachDatabase(
  'of many operations counts are exact and percentiles within one per cent, also where several workers count them and old ones are cleaned away',
  async (context) => {
    const tenant = 'many';
    await context.owner.run(fill(tenant));
    const step = () => context.database.read('', sql`select from audit.feed_step('{}', null, null, 100, '5 s')`);
    const agree = async () => {
      const { answered, counted } = await bothFigures(context, tenant, [400, 100.3, 24, -48], [0.5, 0.95, 0.99]);
      expect(answered.map(({ percentiles, ...counts }) => counts)).toEqual(counted.map(({ percentiles, ...counts }) => counts));
      for (const [nth, { percentiles }] of answered.entries()) {
        for (const [part, exact] of (counted[nth]?.percentiles ?? []).entries()) {
          expect(Math.abs((percentiles?.[part] ?? 0) / exact - 1)).toBeLessThan(0.01);
        }
      }
      // Whether any is rounded.
      return answered.some(({ percentiles }, nth) => percentiles?.[0] !== counted[nth]?.percentiles?.[0]);
    };
    expect(await agree()).toBe(false); // none is counted yet: all are read
    await step();
    await step();
    expect(await agree()).toBe(true);
    while ((await context.owner.run(`select from audit.execution_counted where sequence >= ${many - 2_000}`)).length === 0) {
      await Promise.all([step(), step(), step()]);
    }
    expect(await agree()).toBe(true);

    const { data } = await ask(
      context,
      tenant,
      `{ vault { dashboard(range: { from: "2020-01-01T00:00:00Z" }) { totalCount failedCount runningCount byType { label count } }
        performanceMetrics(range: { from: "2020-01-01T00:00:00Z" }) { scriptName count }
        executionTrend(interval: WEEK, range: { from: "${new Date(Date.now() - 20 * 86_400_000).toISOString()}" }) { count failedCount } } }`,
    );
    const { vault } = JSON.parse(JSON.stringify(data));
    const failed = Math.floor(many / 40);
    expect(vault.dashboard).toMatchObject({
      totalCount: many,
      failedCount: failed,
      runningCount: 0,
      byType: [{ label: 'ETL' }, { label: 'OTHER' }],
    });
    expect(vault.performanceMetrics.map(({ scriptName }: { scriptName: string }) => scriptName).sort()).toEqual([
      'part 0',
      'part 1',
      'part 2',
    ]);
    const sum = (field: string) =>
      vault.executionTrend.reduce((total: number, point: Record<string, number>) => total + (point[field] ?? 0), 0);
    expect([sum('count'), sum('failedCount')]).toEqual([many, failed]);
    const [metrics] =
      await context.owner.run(sql`select sum(executions)::int as executions, sum(failed)::int as failed, max(max_ms) as slowest
      from ${asTenant(tenant)}, script_tracking.get_performance_metrics(20)`);
    expect(metrics).toMatchObject({ executions: many, failed });

    await context.owner.run(sql`select script_tracking.cleanup_old_data(6) from ${asTenant(tenant)}`);
    await agree();
    const [left] = await context.owner.run(sql`select sum(operations)::int as operations from ${asTenant(tenant)},
      script_tracking.operation_figures(array['-infinity', 'infinity']::timestamptz[], false, false)`);
    expect(left?.['operations']).toBeLessThan(many * 0.7);
    expect(left?.['operations']).toBeGreaterThan(many * 0.5);
  },
  { timeoutMs: 120_000 },
);

onEachDatabase(
  'the only tenant need not be named, until another one has entries, also in the same transaction',
  async ({ owner }) => {
    await owner.run(`set app.tenant = 'first'; select script_tracking.track_operation('one'); reset app.tenant`);
    const whose = () => owner.run('select audit.session_tenant() as tenant, audit.session_tenant() as again');
    expect(await whose()).toEqual([{ tenant: 'first', again: 'first' }]);
    await owner
      .transaction(async (tx) => {
        expect(await tx.run('select audit.session_tenant() as tenant')).toEqual([{ tenant: 'first' }]);
        await tx.run(`set local app.tenant = 'second'; select script_tracking.track_operation('two'); set local app.tenant = ''`);
        await expect(tx.run('select audit.session_tenant()')).rejects.toThrow(/not said whose/);
        throw new Error('undone');
      })
      .catch((error: Error) => expect(error.message).toMatch(/undone|not said whose|aborted/));
    expect(await whose()).toEqual([{ tenant: 'first', again: 'first' }]);
  },
  { fresh: true },
);
