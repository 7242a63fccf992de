import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { onEachDatabase, startFrom, type TestDatabase } from '../../support/databases.ts';
import { answer, change } from '../audit/trail.ts';
import { filled } from '../demo-shop/filled.ts';
import { eventsAt, ordersOf, pricesOf } from './own-trail.ts';
import { during, groupedBy, msBetween, percentile, type RawEntry, rawTrail, reasonedIn } from './raw-trail.ts';

startFrom('shop');

const period = { from: '2026-01-05T00:00:00Z', to: '2026-02-20T00:00:00Z' };

async function ask<T>(context: TestDatabase, tenant: string, field: string, range: object = period): Promise<T> {
  const { analytics } = await answer(context, tenant, `query ($range: TimeRangeInput!) { analytics { asked: ${field} } }`, { range });
  return analytics.asked;
}

onEachDatabase(
  'a day in Rome counts its 23 hours in March and its 25 in October, and hours and weekdays are those of its clocks',
  async (context) => {
    await eventsAt(
      context,
      'rome',
      '2026-03-28T22:59:59.999999Z',
      '2026-03-28T23:00:00Z',
      '2026-03-29T00:59:59Z',
      '2026-03-29T01:00:00Z',
      '2026-03-29T21:59:59Z',
      '2026-03-29T22:00:00Z',
    );
    await eventsAt(context, 'rome', '2025-10-26T00:30:00Z', '2025-10-26T01:30:00Z', '2025-10-26T22:59:59Z', '2025-10-26T23:00:00Z');
    const march = { from: '2026-03-28T00:00:00Z', to: '2026-03-31T00:00:00Z' };
    expect(await ask(context, 'rome', 'changeTrend(range: $range, timeZone: "Europe/Rome") { bucketStart count series }', march)).toEqual([
      { bucketStart: '2026-03-27T23:00:00.000000Z', count: 1, series: '' },
      { bucketStart: '2026-03-28T23:00:00.000000Z', count: 4, series: '' },
      { bucketStart: '2026-03-29T22:00:00.000000Z', count: 1, series: '' },
      { bucketStart: '2026-03-30T22:00:00.000000Z', count: 0, series: '' },
    ]);
    const october = { from: '2025-10-25T22:00:00Z', to: '2025-10-26T23:00:00Z' };
    const hours = await ask<{ bucketStart: string; count: number }[]>(
      context,
      'rome',
      'changeTrend(range: $range, interval: HOUR, timeZone: "Europe/Rome") { bucketStart count }',
      october,
    );
    expect(hours).toHaveLength(25);
    expect(hours.filter(({ count }) => count > 0).map(({ bucketStart }) => bucketStart)).toEqual([
      '2025-10-26T00:00:00.000000Z',
      '2025-10-26T01:00:00.000000Z',
      '2025-10-26T22:00:00.000000Z',
    ]);
    // Half past two comes twice that night.
    expect(
      await ask(context, 'rome', 'activityHeatMap(range: $range, timeZone: "Europe/Rome") { label weekday hourOfDay count }', october),
    ).toEqual([
      { label: 'clock', weekday: 7, hourOfDay: 2, count: 2 },
      { label: 'clock', weekday: 7, hourOfDay: 23, count: 1 },
    ]);
    expect(
      await ask(
        context,
        'rome',
        'changeSummary(range: $range, groupBy: [DAY, HOUR_OF_DAY], timeZone: "America/St_Johns") { day hourOfDay count }',
        march,
      ),
    ).toEqual([
      { day: '2026-03-28', hourOfDay: 20, count: 2 },
      { day: '2026-03-28', hourOfDay: 22, count: 2 },
      { day: '2026-03-29', hourOfDay: 19, count: 2 },
    ]);
  },
);

onEachDatabase(
  'unexplainedChanges lists exactly the updates of columns that need a reason and have none of any kind, page by page',
  async (context) => {
    await filled(context);
    const all = await rawTrail(context, 'demo');
    const isReasoned = reasonedIn(all);
    const wide = { from: '2025-12-01T00:00:00Z', to: '2026-03-01T00:00:00Z' };
    const changed = ({ needs_reason, before, after }: RawEntry) =>
      (needs_reason ?? []).some((column) => before?.[column] !== undefined && before[column] !== after?.[column]);
    const wanted = all
      .filter((entry) => entry.operation === 'UPDATE' && changed(entry) && !isReasoned(entry))
      .filter(during(wide.from, wide.to));
    const keys = wanted.map(({ entity_key }) => entity_key).toReversed();
    expect(keys).toEqual(['SSD-1T', 'MONITOR-27', 'WEBCAM-HD']);
    const fields = '{ totalCount nodes { entityKey } pageInfo { hasNextPage endCursor } }';
    const first = await ask<{ pageInfo: { endCursor: string } }>(
      context,
      'demo',
      `unexplainedChanges(range: $range, first: 2) ${fields}`,
      wide,
    );
    expect(first).toMatchObject({
      totalCount: 3,
      nodes: [{ entityKey: keys[0] }, { entityKey: keys[1] }],
      pageInfo: { hasNextPage: true },
    });
    const rest = `unexplainedChanges(range: $range, first: 2, after: ${JSON.stringify(first.pageInfo.endCursor)}) ${fields}`;
    expect(await ask(context, 'demo', rest, wide)).toMatchObject({
      totalCount: 3,
      nodes: [{ entityKey: keys[2] }],
      pageInfo: { hasNextPage: false },
    });
    const until = wanted.at(-1)!.at;
    expect(await ask(context, 'demo', `unexplainedChanges(range: $range) ${fields}`, { ...wide, to: until })).toMatchObject({
      totalCount: 2,
    });

    await pricesOf(context, 'unexplained', ['10', '11', '12']);
    const mine = 'unexplainedChanges(range: $range) { nodes { after } }';
    const january = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };
    expect(await ask(context, 'unexplained', mine, january)).toMatchObject({
      nodes: [{ after: { price: '12.0000' } }, { after: { price: '11.0000' } }],
    });
    await change(
      context,
      { tenant: 'unexplained', actor: 'bob' },
      sql`select audit.add_reason(max(id), 'asked for') from audit.entry where tenant = 'unexplained'`,
    );
    await change(
      context,
      { tenant: 'unexplained', actor: 'bob', occurredAt: '2026-01-20T08:00:00Z' },
      sql`update commerce.products set stock_quantity = 1, currency = 'EUR' where tenant = 'unexplained'`,
    );
    expect(await ask(context, 'unexplained', mine, january)).toMatchObject({ nodes: [{ after: { price: '11.0000' } }] });
  },
);

onEachDatabase(
  'priceChangeDistribution counts changes in per cent of the old price, with exact edges, and fills the bars between',
  async (context) => {
    // -5 %, +5.26 %, -0.0025 %, +200 %; then to zero, and from zero; another currency; -5.2 %
    await pricesOf(context, 'prices', ['100', '95', '100', '99.9975', '299.9925', '0', '7', null, '0.9480']);
    const january = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };
    const bars = await ask<{ from: string; to: string; count: number }[]>(
      context,
      'prices',
      'priceChangeDistribution(range: $range) { from to count }',
      january,
    );
    expect(bars).toHaveLength(61);
    expect(bars.filter(({ count }) => count > 0)).toEqual([
      { from: '-100', to: '-95', count: 1 },
      { from: '-10', to: '-5', count: 1 },
      { from: '-5', to: '0', count: 2 },
      { from: '5', to: '10', count: 1 },
      { from: '200', to: '205', count: 1 },
    ]);
    expect(await ask(context, 'prices', 'priceChangeDistribution(range: $range, bucketPercent: 100) { from to count }', january)).toEqual([
      { from: '-100', to: '0', count: 4 },
      { from: '0', to: '100', count: 1 },
      { from: '100', to: '200', count: 0 },
      { from: '200', to: '300', count: 1 },
    ]);

    await filled(context);
    const changes = (await rawTrail(context, 'demo'))
      .filter(during(period.from, period.to))
      .filter(
        ({ entity_type, operation, before, after }) =>
          entity_type === 'PRODUCT' && operation === 'UPDATE' && before?.['price'] !== after?.['price'],
      );
    const scaled = (price: unknown) => BigInt(String(price).replace('.', ''));
    const wanted = new Map<number, number>();
    for (const { before, after } of changes) {
      const [old, now] = [scaled(before?.['price']), scaled(after?.['price'])];
      const bar = Number(((now - old) * 100n + old * 3000n) / (old * 3n)) - 1000;
      wanted.set(bar * 3, (wanted.get(bar * 3) ?? 0) + 1);
    }
    expect(changes.length).toBeGreaterThan(50);
    const demo = await ask<{ from: string; count: number }[]>(
      context,
      'demo',
      'priceChangeDistribution(range: $range, bucketPercent: 3) { from count }',
    );
    expect(new Map(demo.filter(({ count }) => count > 0).map(({ from, count }) => [Number(from), count]))).toEqual(
      new Map([...wanted].toSorted(([a], [b]) => a - b)),
    );
  },
);

onEachDatabase(
  'statusTransitions counts every step with the time in the old status, also where that began before the period',
  async (context) => {
    await filled(context);
    const all = await rawTrail(context, 'demo');
    const declared: Record<string, string[]> = {
      ORDER: [
        'PENDING>CONFIRMED',
        'PENDING>CANCELLED',
        'CONFIRMED>PROCESSING',
        'CONFIRMED>CANCELLED',
        'PROCESSING>SHIPPED',
        'PROCESSING>CANCELLED',
        'SHIPPED>DELIVERED',
        'DELIVERED>REFUNDED',
      ],
      ORDER_ITEM: ['ORDERED>CANCELLED', 'ORDERED>REFUNDED'],
      PAYMENT: ['PENDING>AUTHORIZED', 'PENDING>FAILED', 'AUTHORIZED>SETTLED', 'AUTHORIZED>FAILED', 'PENDING>SETTLED', 'SETTLED>REFUNDED'],
    };
    for (const [entityType, allowed] of Object.entries(declared)) {
      const steps: { entry: RawEntry; before: string | null; after: string; ms: number | null }[] = [];
      const since = new Map<string, string>();
      for (const entry of all.filter((one) => one.entity_type === entityType && one.operation !== 'EVENT')) {
        const [before, after] = [entry.before?.['status'] ?? null, entry.after?.['status']] as [string | null, string | undefined];
        if (after === undefined || after === before) continue;
        const began = since.get(entry.record_key!);
        steps.push({ entry, before, after, ms: began === undefined ? null : msBetween(began, entry.at) });
        since.set(entry.record_key!, entry.at);
      }
      const groups = groupedBy(
        steps.filter(({ entry }) => during(period.from, period.to)(entry)),
        ({ before, after }) => [before, after],
      );
      const wanted = [...groups.values()].map((of) => {
        const { before, after } = of[0]!;
        const times = of.map(({ ms }) => ms).filter((ms) => ms !== null);
        const isExpected = before === null || allowed.includes(`${before}>${after}`);
        return {
          statusBefore: before,
          statusAfter: after,
          count: of.length,
          isExpected,
          medianMs: percentile(times, 0.5),
          p95Ms: percentile(times, 0.95),
        };
      });
      const byName = (a: string | null, b: string | null) => (a === b ? 0 : (a ?? '') < (b ?? '') ? -1 : 1);
      wanted.sort((a, b) => b.count - a.count || byName(a.statusBefore, b.statusBefore) || byName(a.statusAfter, b.statusAfter));
      const got = await ask<typeof wanted>(
        context,
        'demo',
        `statusTransitions(range: $range, entityType: ${entityType}) { statusBefore statusAfter count isExpected medianMs p95Ms }`,
      );
      expect(wanted.length).toBeGreaterThan(1);
      expect(got.map(({ medianMs: _, p95Ms: __, ...step }) => step)).toEqual(wanted.map(({ medianMs: _, p95Ms: __, ...step }) => step));
      for (const [index, { medianMs, p95Ms }] of wanted.entries()) {
        for (const [ms, mine] of [
          [got[index]!.medianMs, medianMs],
          [got[index]!.p95Ms, p95Ms],
        ] as const) {
          if (mine === null) expect(ms).toBeNull();
          else expect(ms).toBeCloseTo(mine, 2);
        }
      }
    }
  },
);

onEachDatabase(
  'a step that the state machine lacks is not expected, and rows of any table with a status are told together as records',
  async (context) => {
    await ordersOf(context, 'steps', [
      [1, 'PENDING', '2026-01-01T00:00:00Z'],
      [2, 'PENDING', '2026-01-01T00:00:00Z'],
      [1, 'SHIPPED', '2026-01-06T00:00:00Z'],
      [2, 'confirmed', '2026-01-07T00:00:00.5Z'],
      [1, 'PENDING', '2026-01-06T00:00:01.25Z'],
    ]);
    const fields = '{ statusBefore statusAfter count isExpected medianMs }';
    const day = 86_400_000;
    expect(await ask(context, 'steps', `statusTransitions(range: $range) ${fields}`)).toEqual([
      { statusBefore: 'PENDING', statusAfter: 'SHIPPED', count: 1, isExpected: false, medianMs: 5 * day },
      { statusBefore: 'PENDING', statusAfter: 'confirmed', count: 1, isExpected: true, medianMs: 6 * day + 500 },
      { statusBefore: 'SHIPPED', statusAfter: 'PENDING', count: 1, isExpected: false, medianMs: 1250 },
    ]);
    await context.owner.run(`create table public.tasks (tenant text, id int primary key, state text); create table public.jobs (tenant text, id int primary key, stage text);
    grant select, insert, update on public.tasks, public.jobs to whence_source; select audit.track('public.tasks', status_column => 'state');
    select audit.track('public.jobs', status_column => 'stage', transitions => '[{"from": "open", "to": "closed"}]')`);
    const at = (hour: number) => ({ tenant: 'steps', actor: 'ann', occurredAt: `2026-01-10T0${hour}:00:00Z` });
    await change(
      context,
      at(1),
      sql`insert into public.tasks values ('steps', 1, 'open')`,
      sql`insert into public.jobs values ('steps', 1, 'open'), ('steps', 2, null)`,
    );
    await change(
      context,
      at(2),
      sql`update public.tasks set state = 'done'`,
      sql`update public.jobs set stage = 'done' where id = 1`,
      sql`update public.jobs set stage = 'open' where id = 2`,
    );
    expect(await ask(context, 'steps', `statusTransitions(range: $range, entityType: RECORD) ${fields}`)).toEqual([
      { statusBefore: null, statusAfter: 'open', count: 3, isExpected: true, medianMs: null },
      { statusBefore: 'open', statusAfter: 'done', count: 2, isExpected: false, medianMs: 3_600_000 },
    ]);
  },
);

onEachDatabase('V22 the changes of the coming days are forecast from those of the past, the day under way first', async (context) => {
  const dayMs = 86_400_000;
  const today = Math.floor(Date.now() / dayMs) * dayMs;
  await context.source.write({ tenant: 'v22', actor: 'ann' }, async (tx) => {
    for (let back = 28; back >= 1; back--) {
      const at = new Date(today - back * dayMs + 3_600_000);
      await tx.run(sql`select set_config('audit.occurred_at', ${at.toISOString()}, true)`);
      await tx.run(sql`select count(audit.log_event('TICK')) from generate_series(1, ${at.getUTCDay() === 1 ? 9 : 3}::int)`);
    }
  });
  const { analytics } = await answer(
    context,
    'v22',
    `{ analytics { changeForecast(horizon: 7) { bucketStart expected lower upper }
         none: changeForecast(filter: { operationName: { eq: "NEVER" } }) { expected } } }`,
  );
  const points: { bucketStart: string; expected: number; lower: number; upper: number }[] = analytics.changeForecast;
  expect(points.map(({ bucketStart }) => Date.parse(bucketStart))).toEqual(Array.from({ length: 7 }, (_, n) => today + n * dayMs));
  for (const { bucketStart, expected } of points) expect(expected).toBeCloseTo(new Date(bucketStart).getUTCDay() === 1 ? 9 : 3, 6);
  expect(analytics.none).toEqual([]);
});
