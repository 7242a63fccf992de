import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Database } from '../../../src/database/database.ts';
import { FeedWorker } from '../../../src/rooms/feed/feed-worker.ts';
import { DomainError } from '../../../src/shared/errors.ts';
import { openLog } from '../../../src/shared/log.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { openToys, price } from './feed-scene.ts';

const options = { polls: true, cursorAgeMs: 60_000, alertsKept: 1_000 };

async function placed({ owner }: TestDatabase, tenant: string): Promise<number> {
  const rows = await owner.run<{ tenant: string; sequence: string }>('select tenant, sequence from audit.feed_head');
  return Number(rows.find((row) => row.tenant === tenant)?.sequence ?? 0);
}

onEachDatabase(
  'the worker goes on when the database is back, and says how long it has failed',
  async (context) => {
    await openToys(context, 'away_toys', 'away');
    let isAway = true;
    const own = context.database.as('whence_app', { connections: 1 });
    const sometimes: Database = {
      ...own,
      kind: own.kind,
      write: (written, work) => own.write(written, work),
      close: () => own.close(),
      read: (tenant, statement) =>
        isAway ? Promise.reject(new DomainError('UNAVAILABLE', 'The database is not available.')) : own.read(tenant, statement),
    };
    const worker = new FeedWorker(sometimes, openLog('silent'), { ...options, polls: context.kind === 'postgresql' });
    await worker.start();
    await price(context, 'away_toys', 'away', { kite: 1 });
    await sleep(60);
    const { failingSeconds } = worker.lag();
    expect(failingSeconds).toBeGreaterThan(0.05);
    expect(worker.lag().seconds).toBeGreaterThanOrEqual(failingSeconds);
    isAway = false;
    for (let i = 0; i < 100 && (await placed(context, 'away')) === 0; i++) await sleep(30);
    expect(await placed(context, 'away')).toBe(1);
    await sleep(50);
    expect(worker.lag().failingSeconds).toBe(0);
    await worker.stop();
  },
  { fresh: true },
);

onEachDatabase(
  'a server at rest asks seldom, and no more than that on the embedded database',
  async (context) => {
    let steps = 0;
    const stop = context.observe(({ asked }) => {
      if (asked.text.includes('feed.step')) steps++;
    });
    const own = context.database.as('whence_app', { connections: 1 });
    const worker = new FeedWorker(own, openLog('silent'), { ...options, polls: context.kind === 'postgresql' });
    await worker.start();
    await sleep(1_000); // backs off
    steps = 0;
    await sleep(1_000);
    await worker.stop();
    stop();
    expect(steps).toBeLessThanOrEqual(context.kind === 'postgresql' ? 6 : 0);
  },
  { fresh: true },
);

onEachDatabase(
  'of a transaction that wrote much and commits late nobody looks at the entries before, and they come when it commits',
  async (context) => {
    await openToys(context, 'bulky_toys', 'bulky');
    const step = () =>
      context.owner.run(`select newest_tick from audit.feed_step('{}', (select max(tick) from audit.feed_tick), null, 2000, '1 s')`);
    await context.source.write({ tenant: 'bulky', actor: 'bulk' }, async (tx) => {
      await tx.run(sql`insert into bulky_toys select 'bulky', g::text, g from generate_series(1, 1500) g`);
      await price({ source: context.database.as('whence_source', { connections: 1 }) }, 'bulky_toys', 'bulky', { quick: 1 });
      await step();
      expect(await placed(context, 'bulky')).toBe(1);
    });
    await price(context, 'bulky_toys', 'bulky', { last: 1 });
    await step();
    expect(await placed(context, 'bulky')).toBe(1_502);
  },
  { fresh: true, only: 'postgresql' },
);
