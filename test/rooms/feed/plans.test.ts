import { expect } from 'vitest';
import { refreshStatistics } from '../../../src/rooms/audit/upkeep.queries.ts';
import { catchUp } from '../../../src/rooms/feed/catch-up.ts';
import { onEachDatabase } from '../../support/databases.ts';

const trail = 5_000;
const fillTrail = `select set_config('app.tenant', 'demo', false);
  select count(audit.log_event('TEST', i::text, 'NOTED')) from generate_series(1, ${trail}) i`;

onEachDatabase('a look for new entries reads those alone, also in a long trail of which no statistics exist', async ({ owner }) => {
  await owner.run(`create function public.entries_read() returns bigint language sql as
      $$ select sum(pg_stat_get_xact_tuples_fetched(oid) + pg_stat_get_xact_tuples_returned(oid)) from (
        select relid as oid from pg_partition_tree('audit.entry')
        union all select i.indexrelid from pg_partition_tree('audit.entry') t join pg_index i on i.indrelid = t.relid) trail $$;
    create function public.read_by(work text) returns bigint language plpgsql as $$
      declare before bigint := public.entries_read();
      begin
        execute work;
        return public.entries_read() - before;
      end $$;
    ${fillTrail}`);
  const look = async () => {
    const [row] = await owner.run<{ read: string }>(
      `select public.read_by($$ select from audit.feed_step('{}', null, null, 100000, '10 s') $$) as read`,
    );
    return Number(row?.read);
  };
  await look();
  for (let round = 0; round < 8; round++) {
    await owner.run(`select audit.log_event('TEST', 'one', 'NOTED')`);
    const [tail] = await owner.run<{ read: string; entries: string }>(
      `select public.read_by($$ select audit.uncounted('demo', 100) $$) as read, (select count(*) from audit.uncounted('demo', 100)) as entries`,
    );
    expect(tail?.entries).toBe('1');
    expect(Number(tail?.read)).toBeLessThan(20);
    expect(await look()).toBeLessThan(50);
  }
});

onEachDatabase(
  'who writes without a server leaves positions and statistics, which are made anew only for what has grown',
  async (context) => {
    const { owner, database } = context;
    if (context.kind === 'postgresql') await owner.run('alter table audit.entry_00000 set (autovacuum_enabled = off)');
    await owner.run(fillTrail);
    const believed = async () => {
      const [row] = await owner.run<{ rows: number }>(
        `select reltuples::int as rows from pg_class where oid = 'audit.entry_00000'::regclass`,
      );
      return row?.rows;
    };
    const before = await believed();
    await catchUp(database);
    const [left] = await owner.run<{ entries: number }>('select count(*)::int as entries from audit.feed_batch');
    expect(left?.entries).toBe(0);
    expect(await believed()).toBeGreaterThanOrEqual((before ?? 0) + trail);
    expect(await refreshStatistics(database)).toBe(0);
  },
);
