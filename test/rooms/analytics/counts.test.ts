import { expect } from 'vitest';
import { onEachDatabase, startFrom, type TestDatabase } from '../../support/databases.ts';
import { answer } from '../audit/trail.ts';
import { filled } from '../demo-shop/filled.ts';
import { actorOf, during, entitiesOf, groupedBy, type RawEntry, rawTrail, reasonedIn, shownIn } from './raw-trail.ts';

startFrom('shop');

const period = { from: '2025-12-10T22:00:00Z', to: '2026-02-20T03:30:00.5Z' };
const zones = ['UTC', 'Europe/Rome', 'Asia/Kolkata', 'America/St_Johns'];

async function trailOf(context: TestDatabase): Promise<{ all: RawEntry[]; inPeriod: RawEntry[] }> {
  await filled(context);
  const all = await rawTrail(context, 'demo');
  return { all, inPeriod: all.filter(during(period.from, period.to)) };
}

async function ask<T>(context: TestDatabase, field: string): Promise<T> {
  const { analytics } = await answer(context, 'demo', `query ($range: TimeRangeInput!) { analytics { asked: ${field} } }`, {
    range: period,
  });
  return analytics.asked;
}

type Value = string | number | null;
const keys: Readonly<Record<string, [field: string, (entry: RawEntry, zone: string, all: readonly RawEntry[]) => Value]>> = {
  ACTOR: ['actor', actorOf],
  DAY: ['day', ({ at }, zone) => shownIn(zone)(at).day],
  MONTH: ['month', ({ at }, zone) => shownIn(zone)(at).month],
  HOUR_OF_DAY: ['hourOfDay', ({ at }, zone) => shownIn(zone)(at).hour],
  ENTITY_TYPE: ['entityType', ({ entity_type }) => entity_type],
  TABLE_NAME: ['tableName', ({ table_name }) => table_name],
  ENTITY_KEY: ['entityKey', ({ entity_key, record_key }) => entity_key ?? record_key],
  OPERATION: ['operation', ({ operation }) => operation],
  OPERATION_NAME: ['operationName', ({ operation_name }) => operation_name],
  APPLICATION: ['application', ({ application }) => application],
  RUN_ID: ['runId', ({ run_id }) => run_id],
  REASON_CODE: [
    'reasonCode',
    (entry, _zone, all) => {
      const added = entry.reason === null && entry.reason_code === null ? all.filter(({ reason_for }) => reason_for === entry.id) : [];
      return entry.reason !== null || entry.reason_code !== null ? entry.reason_code : added[0] ? added[0].reason_code : entry.run_code;
    },
  ],
};

function summary(entries: readonly RawEntry[], groupBy: readonly string[], zone: string, all: readonly RawEntry[]) {
  const groups = [...groupedBy(entries, (entry) => groupBy.map((key) => keys[key]![1](entry, zone, all)))];
  const rows = groups.map(([values, of]) => {
    const times = of.map(({ at }) => at).toSorted();
    return {
      values: JSON.parse(values) as Value[],
      count: of.length,
      entityCount: entitiesOf(of),
      firstAt: times[0],
      lastAt: times.at(-1),
    };
  });
  const byValues = (a: Value[], b: Value[]): number => {
    const place = a.findIndex((value, index) => value !== b[index]);
    const [one, other] = [a[place] ?? null, b[place] ?? null];
    return one === null ? 1 : other === null ? -1 : String(one) < String(other) ? -1 : 1;
  };
  return rows
    .toSorted((a, b) => b.count - a.count || byValues(a.values, b.values))
    .map(({ values, ...counts }) => ({ ...Object.fromEntries(groupBy.map((key, index) => [keys[key]![0], values[index]])), ...counts }));
}

onEachDatabase(
  'changeSummary counts by every key, and by several at once, on the clock of any zone',
  async (context) => {
    const { all, inPeriod } = await trailOf(context);
    const asked = [...Object.keys(keys).map((key) => [key]), ['TABLE_NAME', 'OPERATION'], ['ACTOR', 'ENTITY_TYPE', 'DAY', 'REASON_CODE']];
    for (const [index, groupBy] of asked.entries()) {
      const zone = zones[index % zones.length]!;
      const fields = groupBy.map((key) => keys[key]![0]).join(' ');
      const got = await ask(
        context,
        `changeSummary(range: $range, groupBy: [${groupBy}], timeZone: "${zone}", limit: 10000) { ${fields} count entityCount firstAt lastAt }`,
      );
      expect(got, groupBy.join()).toEqual(summary(inPeriod, groupBy, zone, all));
    }
    const filter = '{ entityType: PRODUCT, not: { operation: { eq: INSERT } } }';
    const bounded = await ask(
      context,
      `changeSummary(range: $range, groupBy: [DAY], havingCountAtLeast: 15, limit: 3, filter: ${filter}) { day count entityCount firstAt lastAt }`,
    );
    const fits = inPeriod.filter(({ entity_type, operation }) => entity_type === 'PRODUCT' && operation !== 'INSERT');
    const wanted = summary(fits, ['DAY'], 'UTC', all).filter(({ count }) => count >= 15);
    expect(wanted.length).toBeGreaterThan(3);
    expect(bounded).toEqual(wanted.slice(0, 3));
  },
  { timeoutMs: 60_000 },
);

onEachDatabase(
  'changeTrend counts each bucket of each series, empty ones too, and its buckets begin when the clocks of the zone say so',
  async (context) => {
    const { all, inPeriod } = await trailOf(context);
    for (const zone of zones) {
      const shown = shownIn(zone);
      const points = await ask<{ bucketStart: string; series: string; count: number }[]>(
        context,
        `changeTrend(range: $range, seriesBy: TABLE_NAME, timeZone: "${zone}") { bucketStart series count }`,
      );
      const starts = [...new Set(points.map(({ bucketStart }) => bucketStart))];
      expect(starts.every((start) => shown(start).time === '00:00')).toBe(true);
      const days = starts.map((start) => shown(start).day);
      expect(days[0]).toBe(shown(period.from).day);
      expect(days.at(-1)).toBe(shown(period.to).day);
      for (const [index, day] of days.entries()) if (index > 0) expect(Date.parse(day) - Date.parse(days[index - 1]!)).toBe(86_400_000);
      const counted = groupedBy(inPeriod, ({ at, table_name }) => [shown(at).day, table_name ?? '']);
      const series = [...new Set(inPeriod.map(({ table_name }) => table_name ?? ''))].toSorted();
      const wanted = series.flatMap((name) =>
        days.map((day) => ({ series: name, day, count: counted.get(JSON.stringify([day, name]))?.length ?? 0 })),
      );
      expect(points.map(({ bucketStart, series: name, count }) => ({ series: name, day: shown(bucketStart).day, count }))).toEqual(wanted);
    }
    for (const [interval, seriesBy, label] of [
      ['HOUR', null, 13],
      ['MONTH', 'REASON_CODE', 7],
    ] as const) {
      const points = await ask<{ bucketStart: string; series: string; count: number }[]>(
        context,
        `changeTrend(range: $range, interval: ${interval}, seriesBy: ${seriesBy}) { bucketStart series count }`,
      );
      const counted = groupedBy(inPeriod, (entry) => [
        entry.at.slice(0, label),
        seriesBy ? (keys[seriesBy]![1](entry, 'UTC', all) ?? '') : '',
      ]);
      for (const { bucketStart, series, count } of points)
        expect(count).toBe(counted.get(JSON.stringify([bucketStart.slice(0, label), series]))?.length ?? 0);
      expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(inPeriod.length);
    }
  },
  { timeoutMs: 60_000 },
);

onEachDatabase('activityHeatMap and userActivity say who works when, by display name where it is known', async (context) => {
  const { all, inPeriod } = await trailOf(context);
  const users = new Map(
    (await context.owner.run<{ key: string; display_name: string }>('select key, display_name from commerce.users')).map((user) => [
      user.key,
      user.display_name,
    ]),
  );
  const nameOf = (entry: RawEntry) =>
    (entry.actor_kind === null || entry.actor_kind === 'USER' ? users.get(entry.actor ?? '') : undefined) ?? actorOf(entry);
  for (const [by, labelOf] of [
    ['USER', nameOf],
    ['TABLE_NAME', ({ table_name }: RawEntry) => table_name],
  ] as const) {
    const zone = 'Asia/Kolkata';
    const cells = await ask<object[]>(
      context,
      `activityHeatMap(range: $range, by: ${by}, timeZone: "${zone}") { label weekday hourOfDay count }`,
    );
    const shown = shownIn(zone);
    const groups = groupedBy(
      inPeriod.filter((entry) => labelOf(entry) !== null),
      (entry) => [labelOf(entry), shown(entry.at).weekday, shown(entry.at).hour],
    );
    const wanted = [...groups].map(([key, of]) => {
      const [label, weekday, hourOfDay] = JSON.parse(key);
      return { label, weekday, hourOfDay, count: of.length };
    });
    const inOrder = (list: readonly object[]) => list.map((cell) => JSON.stringify(cell)).toSorted();
    expect(cells.length).toBeGreaterThan(50);
    expect(inOrder(cells)).toEqual(inOrder(wanted));
  }
  const isReasoned = reasonedIn(all);
  const activity = await ask(
    context,
    'userActivity(range: $range) { userName changeCount entityCount firstAt lastAt reasonRate user { key } }',
  );
  const wanted = [...groupedBy(inPeriod, actorOf).values()].map((of) => {
    const times = of.map(({ at }) => at).toSorted();
    const isUser = of[0]!.actor_kind !== 'SERVICE' && users.has(of[0]!.actor ?? '');
    return {
      ...{ userName: nameOf(of[0]!), changeCount: of.length, entityCount: entitiesOf(of), firstAt: times[0], lastAt: times.at(-1) },
      ...{ reasonRate: of.filter(isReasoned).length / of.length, user: isUser ? { key: of[0]!.actor } : null },
    };
  });
  expect(activity).toEqual(wanted.toSorted((a, b) => b.changeCount - a.changeCount));
  expect(await ask(context, 'userActivity(range: $range, limit: 2) { userName }')).toEqual(
    (activity as { userName: string }[]).slice(0, 2).map(({ userName }) => ({ userName })),
  );
});
