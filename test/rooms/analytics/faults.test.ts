import { expect } from 'vitest';
import type { Caller } from '../../../src/shared/caller.ts';
import { answered } from '../../support/answered.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { eventsAt, ordersOf, pricesOf } from './own-trail.ts';

const january = '{ from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z" }';

interface Panels {
  readonly analytics: Record<string, unknown> | null;
}

const served = (context: TestDatabase, query: string, caller: Partial<Caller> = {}, variables?: Record<string, unknown>) =>
  answered<Panels>(context, query, { tenant: 'faults', ...caller }, variables);

onEachDatabase('what cannot be answered is refused with a code and the name of the argument', async (context) => {
  await pricesOf(context, 'faults', ['0.01', '999999999', '1']);
  await ordersOf(context, 'faults', [[1, 'PENDING', '2026-01-03T00:00:00Z']]);
  const wide = '{ from: "0001-01-01T00:00:00Z", to: "9999-12-31T23:59:59Z" }';
  const refusals: readonly [field: string, argument: string, says?: RegExp][] = [
    [`changeSummary(range: ${january}, groupBy: []) { count }`, 'groupBy'],
    [`changeSummary(range: ${january}, groupBy: [DAY, ACTOR, MONTH, RUN_ID, OPERATION]) { count }`, 'groupBy', /1 to 4/],
    [`changeSummary(range: ${january}, groupBy: [DAY, DAY]) { count }`, 'groupBy'],
    [`changeSummary(range: ${january}, groupBy: [DAY], limit: 0) { count }`, 'limit', /1 to 10000/],
    [`changeSummary(range: ${january}, groupBy: [DAY], limit: 10001) { count }`, 'limit'],
    [`changeSummary(range: ${january}, groupBy: [DAY], havingCountAtLeast: 0) { count }`, 'havingCountAtLeast'],
    [`changeSummary(range: ${january}, groupBy: [DAY], filter: { actorName: null }) { count }`, 'filter.actorName'],
    [`changeSummary(range: { from: "2026-01-02T00:00:00Z", to: "2026-01-02T00:00:00Z" }, groupBy: [DAY]) { count }`, 'range', /later/],
    [`changeSummary(range: { from: "2226-01-02T00:00:00Z" }, groupBy: [DAY]) { count }`, 'range', /future/],
    [`changeTrend(range: ${wide}) { count }`, 'range', /wider interval or a shorter range/],
    [`changeTrend(range: { from: "2026-01-01T00:00:00Z", to: "2026-01-08T00:00:00Z" }, interval: MINUTE) { count }`, 'range', /10000/],
    [
      `changeTrend(range: ${january}, interval: HOUR, seriesBy: ACTOR) { count } other: changeTrend(range: { from: "2026-01-01T00:00:00Z", to: "2026-01-05T00:00:00Z" }, interval: MINUTE, seriesBy: OPERATION) { count }`,
      'seriesBy',
      /filter/,
    ],
    [`activityHeatMap(range: { from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" }) { count }`, 'range'],
    [`userActivity(range: ${january}, limit: 1001) { changeCount }`, 'limit', /1 to 1000/],
    [`unexplainedChanges(range: ${january}, first: -1) { totalCount }`, 'first'],
    [`unexplainedChanges(range: { from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" }) { totalCount }`, 'range'],
    [`priceChangeDistribution(range: ${january}, bucketPercent: 0) { count }`, 'bucketPercent'],
    [`priceChangeDistribution(range: ${january}, bucketPercent: 1) { count }`, 'bucketPercent', /wider/],
    [`statusTransitions(range: ${january}, entityType: PRODUCT) { count }`, 'entityType', /ORDER, ORDER_ITEM, PAYMENT/],
    [`statusTransitions(range: ${january}, entityType: RECORD) { count }`, 'entityType'],
  ];
  for (const [field, argument, says = /./] of refusals) {
    const { data, errors } = await served(context, `{ analytics { ${field} } }`);
    expect(
      errors.map(({ extensions }) => extensions),
      field,
    ).toEqual([{ code: 'BAD_USER_INPUT', argument }]);
    expect(errors[0]!.message).toMatch(says);
    expect(data?.analytics).not.toBeNull();
  }
});

onEachDatabase(
  'a zone is an IANA name with a slash, or UTC; every such name that this machine knows is understood',
  async (context) => {
    await eventsAt(context, 'faults', '2026-01-15T12:00:00Z');
    const query = `query ($zone: TimeZone) { analytics { changeSummary(range: ${january}, groupBy: [DAY, HOUR_OF_DAY], timeZone: $zone) { hourOfDay count } changeTrend(range: ${january}, timeZone: $zone) { count } } }`;
    for (const zone of ['CET', 'IST', '+05:30', 'UTC+5', 'Mars/Olympus', 'Europe/Rome\u0000', '', 'Europe/../../etc/passwd', 5]) {
      const { errors } = await served(context, query, {}, { zone });
      expect(
        errors.map(({ extensions }) => extensions?.['code']),
        String(zone),
      ).toEqual(['BAD_USER_INPUT']);
    }
    const zones = ['UTC', 'europe/rome', 'Etc/GMT+5', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone.includes('/'))];
    expect(zones.length).toBeGreaterThan(400);
    const field = (zone: string, index: number) =>
      `z${index}: changeSummary(range: ${january}, groupBy: [HOUR_OF_DAY], filter: { operation: { eq: EVENT } }, timeZone: ${JSON.stringify(zone)}) { hourOfDay }`;
    for (let start = 0; start < zones.length; start += 100) {
      const part = zones.slice(start, start + 100);
      const { data, errors } = await served(context, `{ analytics { ${part.map(field).join(' ')} } }`);
      expect(errors).toEqual([]);
      for (const [index, timeZone] of part.entries()) {
        const hour = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' }).format(
          new Date('2026-01-15T12:00:00Z'),
        );
        expect(data?.analytics?.[`z${index}`], timeZone).toEqual([{ hourOfDay: Number(hour) }]);
      }
    }
  },
  { timeoutMs: 60_000 },
);

onEachDatabase('one panel that fails leaves the others their answers, and without the permission there is none', async (context) => {
  await eventsAt(context, 'panels', '2026-01-15T12:00:00Z');
  const query = `{ analytics { broken: changeSummary(range: ${january}, groupBy: []) { count } changeSummary(range: ${january}, groupBy: [OPERATION]) { operation count } } }`;
  const { data, errors } = await served(context, query, { tenant: 'panels' });
  expect(data).toEqual({ analytics: { broken: null, changeSummary: [{ operation: 'EVENT', count: 1 }] } });
  expect(errors).toMatchObject([{ path: ['analytics', 'broken'] }]);
  const refused = await served(context, query, { tenant: 'panels', scopes: new Set(['AUDIT_READ']) });
  expect(refused.data).toEqual({ analytics: null });
  expect(refused.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', scope: 'ANALYTICS_READ' } }]);
});

onEachDatabase('each panel costs one statement, and counts its own tenant only', async (context) => {
  await ordersOf(context, 'one', [
    [1, 'PENDING', '2026-01-03T00:00:00Z'],
    [1, 'CONFIRMED', '2026-01-04T00:00:00Z'],
  ]);
  await pricesOf(context, 'another', ['1', '2']);
  const sent: string[] = [];
  const stop = context.observe(({ asked }) => sent.push(/^\s*\/\* (\S+) \*\//.exec(asked.text)?.[1] ?? asked.text));
  const { data, errors } = await served(
    context,
    `{ analytics { changeSummary(range: ${january}, groupBy: [TABLE_NAME]) { tableName count } changeTrend(range: ${january}, interval: MONTH) { count }
    activityHeatMap(range: ${january}) { label count } userActivity(range: ${january}) { userName changeCount } unexplainedChanges(range: ${january}) { nodes { id } }
    priceChangeDistribution(range: ${january}) { count } statusTransitions(range: ${january}) { statusAfter count } } }`,
    { tenant: 'one' },
  );
  stop();
  expect(errors).toEqual([]);
  expect(data).toEqual({
    analytics: {
      changeSummary: [{ tableName: 'commerce.orders', count: 2 }],
      changeTrend: [{ count: 2 }],
      activityHeatMap: [
        { label: 'ann', count: 1 },
        { label: 'ann', count: 1 },
      ],
      userActivity: [{ userName: 'ann', changeCount: 2 }],
      unexplainedChanges: { nodes: [] },
      priceChangeDistribution: [],
      statusTransitions: [
        { statusAfter: 'PENDING', count: 1 },
        { statusAfter: 'CONFIRMED', count: 1 },
      ],
    },
  });
  const explaining = ['audit.tables.isCapturing', 'audit.tables', 'commerce.users.by_key'];
  expect(sent.filter((name) => !explaining.includes(name)).toSorted()).toEqual(
    [
      'activityHeatMap',
      'changeSummary.byDay',
      'changeTrend.byDay',
      'priceChanges',
      'statusTransitions',
      'unexplainedChanges',
      'userActivity',
    ].map((name) => `analytics.${name}`),
  );
});
