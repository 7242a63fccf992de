import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect } from 'vitest';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { ask } from '../audit/trail.ts';

interface Group {
  readonly count: number;
  readonly entityCount?: number;
}

const range = { from: '2026-01-03T10:00:00Z', to: '2026-01-12T07:30:00Z' };
const questions = [
  { groupBy: '[DAY]' },
  { groupBy: '[ACTOR, OPERATION]' },
  { groupBy: '[TABLE_NAME, ENTITY_TYPE, MONTH]' },
  { groupBy: '[OPERATION, DAY]', filter: '{ actorName: { in: ["ann", "bob"] }, not: { operation: { eq: DELETE } } }' },
  { groupBy: '[ACTOR]', filter: '{ or: [{ tableName: { eq: "public.goods_0" } }, { operation: { eq: EVENT } }] }' },
];

/** The groups, and the statements that counted them. */
async function groups(context: TestDatabase, tenant: string, { groupBy, filter }: (typeof questions)[number], more = '') {
  const keys = { DAY: 'day', ACTOR: 'actor', OPERATION: 'operation', TABLE_NAME: 'tableName', ENTITY_TYPE: 'entityType', MONTH: 'month' };
  const fields = Object.entries(keys).flatMap(([key, field]) => (groupBy.includes(key) ? [field] : []));
  const args = `groupBy: ${groupBy}, limit: 1000${filter ? `, filter: ${filter}` : ''}`;
  const { data, errors, statements } = await ask(
    context,
    tenant,
    `query ($range: TimeRangeInput!) { analytics {
      changeSummary(range: $range, ${args}) { ${fields.join(' ')} count firstAt lastAt ${more} }
      changeTrend(range: $range, interval: DAY, seriesBy: OPERATION) { series bucketStart count } } }`,
    { range },
  );
  if (errors?.[0]) throw errors[0];
  const { changeSummary, changeTrend } = JSON.parse(JSON.stringify(data)).analytics as { changeSummary: Group[]; changeTrend: object[] };
  return { summary: changeSummary, trend: changeTrend, statements };
}

const withoutEntities = (found: readonly Group[]) => found.map(({ entityCount, ...group }) => group);

interface Batch {
  readonly actor: string;
  readonly day: number;
  readonly rows: number;
  readonly ends: 'COMMIT' | 'ROLLBACK';
  /** What the worker does afterwards: nothing, or a step that places so many entries. */
  readonly places: number;
}
const batches = fc.array(
  fc.record<Batch>({
    actor: fc.constantFrom('ann', 'bob', 'eve'),
    day: fc.integer({ min: 0, max: 14 }),
    rows: fc.integer({ min: 1, max: 6 }),
    ends: fc.constantFrom('COMMIT', 'COMMIT', 'COMMIT', 'ROLLBACK'),
    places: fc.constantFrom(0, 0, 1, 2, 3, 5, 100),
  }),
  { minLength: 5, maxLength: 14 },
);

let histories = 0;

onEachDatabase(
  'counts by day agree with the entries at every moment, however far the rollup is',
  async (context) => {
    await context.owner.run(`create table public.goods_0 (tenant text, id int primary key, n int); create table public.goods_1 (tenant text, id int primary key, n int);
      grant select, insert, update, delete on public.goods_0, public.goods_1 to whence_source; select audit.track('public.goods_0'); select audit.track('public.goods_1')`);
    let byDay = 0;
    await fc.assert(
      fc.asyncProperty(batches, async (history) => {
        const tenant = `goods ${++histories}`;
        for (const [place, { actor, day, rows, ends, places }] of history.entries()) {
          const occurredAt = `2026-01-${String(day + 1).padStart(2, '0')}T${String((place * 5) % 24).padStart(2, '0')}:00:00Z`;
          const first = histories * 10_000 + place * 10;
          const written = context.source.write({ tenant, actor, occurredAt }, async (tx) => {
            const table = sql.identifier(`goods_${place % 2}`);
            await tx.run(sql`insert into ${table} select ${tenant}, g, 0 from generate_series(${first}::int, ${first + rows - 1}::int) g`);
            await tx.run(sql`delete from ${table} where id = ${first}::int`);
            await tx.run(sql`select audit.log_event('COUNTED')`);
            if (ends === 'ROLLBACK') throw new Error('undone');
          });
          await written.catch((error: Error) => expect(error.message).toBe('undone'));
          if (places > 0) await context.owner.run(sql`select from audit.feed_step('{}', null, null, ${places}::int, '5 s')`);
          const question = questions[place % questions.length] ?? { groupBy: '[DAY]' };
          const counted = await groups(context, tenant, question);
          const raw = await groups(context, tenant, question, 'entityCount');
          expect(counted.summary).toEqual(withoutEntities(raw.summary));
          expect(counted.trend.map((point) => JSON.stringify(point)).sort()).toEqual(await trendByHand(context, tenant));
          if (counted.summary.length > 0) {
            expect(counted.statements).toContain('analytics.changeSummary.byDay');
            expect(counted.statements).not.toContain('analytics.changeSummary');
            expect(raw.statements).not.toContain('analytics.changeSummary.byDay');
            byDay++;
          }
        }
      }),
      { numRuns: 6, endOnFailure: true, seed: 11 },
    );
    expect(byDay).toBeGreaterThan(20);
    const [left] = await context.owner.run('select count(*) from audit.rollup');
    expect(Number(left?.['count'])).toBeGreaterThan(5);
  },
  { timeoutMs: 240_000 },
);

/** Every point of the trend by day and operation, counted from the entries. */
async function trendByHand({ owner }: TestDatabase, tenant: string): Promise<string[]> {
  const rows = await owner.run<{ day: string; operation: string; count: string }>(sql`
    select to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD') as day, operation::text, count(*) from audit.entry
     where tenant = ${tenant} and occurred_at >= ${range.from}::text::timestamptz and occurred_at < ${range.to}::text::timestamptz group by 1, 2`);
  const series = [...new Set(rows.map(({ operation }) => operation))];
  const days = Array.from({ length: 10 }, (_, index) => `2026-01-${String(index + 3).padStart(2, '0')}`);
  const points = (series.length > 0 ? series : ['']).flatMap((name) =>
    days.map((day) => ({
      series: name,
      bucketStart: `${day}T00:00:00.000000Z`,
      count: Number(rows.find((row) => row.day === day && row.operation === name)?.count ?? 0),
    })),
  );
  return points.map((point) => JSON.stringify(point)).sort();
}
