import { sql } from 'drizzle-orm';
import { afterEach, expect, vi } from 'vitest';
import { FeedWorker } from '../../../src/rooms/feed/feed-worker.ts';
import { LogFeed } from '../../../src/rooms/feed/log-feed.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { CursorCodec } from '../../../src/shared/cursor.ts';
import { openLog } from '../../../src/shared/log.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer, change, insert, laptop } from '../audit/trail.ts';
import { history, hoursAgo, raised, setPrice, startAlerting, stopAlerting, usualPrices } from './alert-scene.ts';

afterEach(stopAlerting);
const soon = { timeout: 10_000, interval: 20 };
const jumpsOf = async (context: TestDatabase, tenant: string) => (await raised(context, tenant)).filter(({ of }) => of === 'PRICE_JUMP');

onEachDatabase('however long a look took, what comes after it is looked at when the longest pause is over', async (context) => {
  await usualPrices(context, 'al-pause');
  await startAlerting(context, { restFactor: 1e9, longestPauseMs: 300 });
  for (const [nth, price] of ['100.00', '2000.00'].entries()) {
    await setPrice(context, 'al-pause', price);
    const since = performance.now();
    await vi.waitFor(async () => expect(await jumpsOf(context, 'al-pause')).toHaveLength(nth + 1), soon);
    expect(performance.now() - since).toBeLessThan(5_000);
  }
});

onEachDatabase(
  'the newest entries alone make the pattern of a long trail, and one that tells of an earlier time is judged too',
  async (context) => {
    const tenant = 'al-long';
    const who = { tenant, actor: 'pricing', actorKind: 'SERVICE' };
    await change(context, { ...who, occurredAt: hoursAgo(400) }, insert('products', tenant, { ...laptop, price: '1000.00' }));
    for (let n = 0; n < 6; n++) await setPrice(context, tenant, n % 2 ? '1000.00' : '1010.00', hoursAgo(390));
    for (let n = 0; n < 12; n++) await setPrice(context, tenant, n % 2 ? '1000.00' : '1010.00', hoursAgo(5));
    await startAlerting(context, { mostEntries: 10 });
    await vi.waitFor(async () => {
      const [row] = await context.owner.run(sql`select judged from audit.alert_head where tenant = ${tenant}`);
      expect(Number(row?.['judged'])).toBe(19);
    }, soon);
    const patternOf = async (nth: number) => {
      await vi.waitFor(async () => expect(await jumpsOf(context, tenant)).toHaveLength(nth), soon);
      const [row] =
        await context.owner.run(sql`select extract(epoch from raised_at - (facts -> 'period' ->> 'from')::timestamptz) / 3600 as hours
      from audit.alert where tenant = ${tenant} and facts ->> 'kind' = 'PRICE_JUMP' order by sequence desc limit 1`);
      return Number(row?.['hours']);
    };
    await setPrice(context, tenant, '100.00');
    const usual = await patternOf(1);
    expect(usual).toBeGreaterThan(4);
    expect(usual).toBeLessThan(8);
    await setPrice(context, tenant, '2.00', hoursAgo(300));
    const late = await patternOf(2);
    expect(late).toBeGreaterThan(298);
    expect(late).toBeLessThan(303);
  },
);

onEachDatabase('the newest alerts are kept, and a cursor behind which some are gone has expired', async (context) => {
  const tenant = 'al-kept';
  const findings = Array.from({ length: 5 }, (_, n) => ({ finding: `kept ${n}`, facts: { name: `${n}`, status: 'DEGRADED', detail: '' } }));
  await context.owner.run(sql`select audit.raise_alerts(${tenant}, 'HEALTH', ${JSON.stringify(findings)}::text::jsonb)`);
  const own = context.database.as('whence_app', { connections: 1 });
  const logs = new LogFeed(own, new CursorCodec('a secret for tests only'), { watch: () => () => {} });
  const ctx = requestContext({ ...fixedCaller, tenant }, 'request of a test');
  const [gone, oldest] = [await logs.cursorAt(ctx, 'alerts', 1), await logs.cursorAt(ctx, 'alerts', 2)];
  expect(await logs.placeBehind(tenant, 'alerts', gone)).toBe(1);

  const worker = new FeedWorker(own, openLog('silent'), { polls: false, cursorAgeMs: 3_600_000, alertsKept: 3 });
  await worker.start();
  await worker.stop();
  expect((await raised(context, tenant)).map(({ sequence }) => sequence)).toEqual(['3', '4', '5']);
  expect((await answer(context, tenant, history)).alertHistory.nodes.map(({ name }: { name: string }) => name)).toEqual(['4', '3', '2']);
  await expect(logs.placeBehind(tenant, 'alerts', gone)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
  expect(await logs.placeBehind(tenant, 'alerts', oldest)).toBe(2);
});
