import { expect } from 'vitest';
import { onEachDatabase } from '../../support/databases.ts';

onEachDatabase('nothing that a row holds or a writer says is too long for the feed, and what follows is still noted', async ({ owner }) => {
  const long = (words: number, between: string) => `(select string_agg(md5(i::text), '${between}') from generate_series(1, ${words}) i)`;
  await owner.run(`create table public.kept_by_key ("key" text, number text, n int primary key); select audit.track('public.kept_by_key', tenant => 'demo');
    insert into public.kept_by_key values (${long(1000, '')}, ${long(1000, '')}, 1)`);
  await owner.run(`update public.kept_by_key set "key" = 'short', number = 'short'`);
  await owner.run(`begin; select audit.begin(reason => ${long(60_000, ' ')}, details => jsonb_build_object('said', ${long(60_000, ' ')}), tenant => 'demo');
    update public.kept_by_key set "key" = 'other', number = 'other'; commit`);
  await owner.run(`begin; select audit.begin(reason => 'Zebra crossing', tenant => 'demo'); delete from public.kept_by_key; commit`);
  for (let steps = 0; steps < 2; steps++) await owner.run(`select from audit.feed_step('{}', null, null, 1000, '5 s')`);

  expect(
    await owner.run(
      'select count(*)::int as unplaced from audit.entry e where not exists (select from audit.position p where p.entry_id = e.id)',
    ),
  ).toEqual([{ unplaced: 0 }]);
  expect(await owner.run(`select value from audit.entry_value where kind = 'FORMER' and column_name = 'key'`)).toEqual([
    { value: 'short' },
  ]);
  const found = await owner.run(
    `begin; select set_config('app.tenant', 'demo', true); select said from audit.search_entries('zebra', '', 10)`,
  );
  await owner.run('rollback');
  expect(found.at(-1)).toEqual({ said: 'Zebra crossing' });
});
