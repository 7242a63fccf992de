import { expect, it } from 'vitest';
import { noDatabase } from '../../../src/database/no-database.ts';
import { feedHealth, healthOf, sharedHealth, trailFigures } from '../../../src/rooms/access/health.ts';
import { DomainError } from '../../../src/shared/errors.ts';
import { onEachDatabase } from '../../support/databases.ts';

const unwell = async (checks: ReturnType<typeof healthOf>) =>
  (await checks).filter(({ isWell }) => !isWell).map(({ name, detail }) => `${name}: ${detail}`);

onEachDatabase(
  'a database is ready when it is as new as the program and every tracked table is captured',
  async ({ database, owner }) => {
    const [newest] = await owner.run<{ number: number }>('select max(number) as number from whence.migration');
    const number = newest?.number ?? 0;
    expect(await unwell(healthOf(database, number))).toEqual([]);
    expect(await unwell(healthOf(database, number + 1))).toEqual([
      `migrations: Migration ${number} of ${number + 1} is applied: run whence migrate.`,
    ]);
    await owner.run(
      `create table public.toy (tenant text, id int primary key); select audit.track('public.toy'); insert into public.toy values ('a', 1)`,
    );
    expect(await unwell(healthOf(database, number))).toEqual([]);
    expect(await trailFigures(database)).toEqual({ newestEntry: 1, notCapturing: 0 });
    const well = { entries: 0, seconds: 0, failingSeconds: 0 };
    expect(await unwell(sharedHealth(database, well))).toEqual([]);
    await owner.run('alter table public.toy disable trigger all');
    expect(await unwell(healthOf(database, number))).toEqual([expect.stringMatching(/^capture: 1 tracked tables are not captured/)]);
    const late = { entries: 7, seconds: 61.2, failingSeconds: 0 };
    expect(await unwell(sharedHealth(database, late))).toEqual([
      expect.stringMatching(/^capture: 1 tracked tables/),
      'feed: 7 entries wait for their position, the oldest for 61 s.',
    ]);
    // A server whose own worker fails does not know how far the others are.
    expect(await unwell(sharedHealth(database, { ...late, failingSeconds: 5 }))).toHaveLength(1);
    await owner.run(`select audit.untrack('public.toy')`);
    expect(await unwell(healthOf(database, number))).toEqual([]);
  },
  { fresh: true },
);

onEachDatabase('a database that is away makes the server unready, and says nothing of where it is', async () => {
  const away = { ...noDatabase, read: () => Promise.reject(new DomainError('UNAVAILABLE', 'connect ECONNREFUSED 10.0.0.1')) };
  expect(await healthOf(away, 1)).toEqual([{ name: 'database', isWell: false, detail: 'The database does not answer.' }]);
});

it('a background worker that has failed for a minute makes the server unready; one that has much to do does not', () => {
  expect(feedHealth({ entries: 0, failingSeconds: 0 })).toEqual({ name: 'feed', isWell: true });
  const busy = { name: 'feed', isWell: true, detail: '1200 entries wait for their position.' };
  expect(feedHealth({ entries: 1_200, failingSeconds: 59 })).toEqual(busy);
  const failing = { name: 'feed', isWell: false, detail: 'The background worker has failed for 75 s: the log says why.' };
  expect(feedHealth({ entries: 1_200, failingSeconds: 75.4 })).toEqual(failing);
});
