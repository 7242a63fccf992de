import { expect } from 'vitest';
import type { Owner } from '../../../src/database/database.ts';
import { refreshStatistics } from '../../../src/rooms/audit/upkeep.queries.ts';
import { catchUp } from '../../../src/rooms/feed/catch-up.ts';
import { onEachDatabase } from '../../support/databases.ts';

const trail = 5_000;
const fillTrail = `select set_config('app.tenant', 'demo', false);
  select count(audit.log_event('TEST', i::text, 'NOTED')) from generate_series(1, ${trail}) i`;

const rowsRead = 'pg_stat_get_xact_tuples_fetched(oid) + pg_stat_get_xact_tuples_returned(oid)';
/** Also of what an index is searched for in vain. */
const pagesRead = 'pg_stat_get_xact_blocks_fetched(oid)';

/** Gives how much of the trail and its indexes `work` reads. */
async function counter(owner: Owner, counted: string): Promise<(work: string) => Promise<number>> {
  await owner.run(`create function public.entries_read() returns bigint language sql as
      $$ select sum(${counted}) from (
        select relid as oid from pg_partition_tree('audit.entry')
        union all select i.indexrelid from pg_partition_tree('audit.entry') t join pg_index i on i.indrelid = t.relid) trail $$;
    create function public.read_by(work text) returns bigint language plpgsql as $$
      declare before bigint := public.entries_read();
      begin
        execute work;
        return public.entries_read() - before;
      end $$`);
  return async (work) => {
    const [row] = await owner.run<{ read: string }>(`select public.read_by($$ ${work} $$) as read`);
    return Number(row?.read);
  };
}

const look = `select from audit.feed_step('{}', null, null, 100000, '10 s')`;

onEachDatabase(
  'a look for new entries reads those alone, also in a long trail of which no statistics exist',
  async ({ owner }) => {
    const readBy = await counter(owner, rowsRead);
    await owner.run(fillTrail);
    await readBy(look);
    for (let round = 0; round < 8; round++) {
      await owner.run(`select audit.log_event('TEST', 'one', 'NOTED')`);
      expect(await owner.run(`select count(*) as entries from audit.uncounted('demo', 100)`)).toEqual([{ entries: '1' }]);
      expect(await readBy(`select audit.uncounted('demo', 100)`)).toBeLessThan(20);
      expect(await readBy(look)).toBeLessThan(50);
    }
  },
  { fresh: true },
);

onEachDatabase(
  'a look for new entries finds each at once, also by plans that were made while the trail had two',
  async ({ owner }) => {
    const readBy = await counter(owner, pagesRead);
    for (let round = 0; round < 2; round++) {
      await owner.run(`select set_config('app.tenant', 'demo', false), audit.log_event('TEST', 'early', 'NOTED')`);
      await readBy(look);
    }
    await owner.run(fillTrail);
    expect(await readBy(look)).toBeLessThan(25 * trail);
  },
  { fresh: true },
);

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
