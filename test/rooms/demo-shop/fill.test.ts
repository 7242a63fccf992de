import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Compiled, compileSources, startChild } from '../../support/child.ts';
import { onEachDatabase, startFrom } from '../../support/databases.ts';
import { contentHash, filled, fillTenant, trailHash } from './filled.ts';

startFrom('shop');

let compiled: Compiled;
beforeAll(() => {
  compiled = compileSources('database', 'shared', 'rooms/sources');
});
afterAll(() => compiled.remove());

const hashes = new Set<unknown>();

onEachDatabase('both databases hold the same bytes, ids and order', async (context) => {
  const read = await filled(context);
  const [trail] = await read(trailHash('demo'));
  hashes.add(trail?.['hash']);
  expect(trail?.['entries']).toBe(3417);
  expect(hashes.size).toBe(1);
});

onEachDatabase('a second fill does nothing, and tells so', async (context) => {
  const read = await filled(context);
  const [before] = await read(sql`select max(id) as newest from audit.entry`);
  const days: number[] = [];
  expect(await fillTenant(context, 'demo', { progress: ({ day }) => days.push(day) })).toBe('already');
  expect(await read(sql`select max(id) as newest from audit.entry`)).toEqual([before]);
  expect(days).toEqual([]);
});

onEachDatabase('a tenant with rows of its own is left alone', async (context) => {
  const { source } = context;
  await source.write({ tenant: 'own', actor: 'ann' }, (tx) =>
    tx.run(sql`insert into commerce.customers (tenant, key, name) values ('own', 'C1', 'Cara')`),
  );
  expect(await fillTenant(context, 'own')).toBe('occupied');
  expect(await source.read('own', sql`select count(*)::int as entries from audit.entry`)).toEqual([{ entries: 1 }]);
});

onEachDatabase('a fill that was stopped goes on where it was and ends with the same history', async (context) => {
  const read = await filled(context);
  const stop = new AbortController();
  const progress = ({ day }: { day: number }) => {
    if (day === 30) stop.abort();
  };
  expect(await fillTenant(context, 'stopped', { progress, stop: stop.signal })).toBe('stopped');
  const days: number[] = [];
  expect(await fillTenant(context, 'stopped', { progress: ({ day }) => days.push(day) })).toBe('filled');
  expect(days[0]).toBe(30);
  expect(days.at(-1)).toBe(90);
  expect(await context.database.read('stopped', contentHash('stopped'))).toEqual(await read(contentHash('demo')));
});

const script = `
  import { openDatabase } from '@/database/open.js';
  import { fillDemoShop } from '@/rooms/sources/demo-shop/demo-shop.service.js';
  const database = await openDatabase({ url: process.argv[2], role: 'whence_source' });
  console.log(await fillDemoShop(database, process.argv[3], { progress: ({ day }) => console.log('day ' + day) }));
  await database.close();
`;

onEachDatabase(
  'a fill that was killed goes on where it was, and two servers that go on at once fill it once',
  async (context) => {
    const read = await filled(context);
    const killed = startChild(compiled, script, [context.url ?? '', 'killed']);
    await killed.until((line) => line === 'day 40');
    killed.process.kill('SIGKILL');
    expect(await killed.ended).toBe('SIGKILL');
    const other = startChild(compiled, script, [context.url ?? '', 'killed']);
    await other.until((line) => line === 'day 45');
    expect(await fillTenant(context, 'killed')).toBe('filled');
    expect(await other.ended).toBe(0);
    expect(other.lines[0]).toBe('day 40');
    expect(other.lines.at(-1)).toBe('filled');
    expect(await context.database.read('killed', contentHash('killed'))).toEqual(await read(contentHash('demo')));
  },
  { only: 'postgresql' },
);
