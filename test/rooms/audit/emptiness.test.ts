import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { type Asked, askedBy, whyEmpty } from '../../../src/rooms/audit/emptiness.ts';
import { openGraphql } from '../../../src/server/graphql.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { openLog } from '../../../src/shared/log.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { schemaFor } from '../../support/schema.ts';
import { change, openTrail } from './trail.ts';

describe('why an answer is empty', () => {
  const table = (tableName: string, trackedSince: string, isCapturing = true, entityType: 'RECORD' | 'ORDER' = 'RECORD') => ({
    tableName,
    trackedSince,
    isCapturing,
    entityType,
  });
  const tracked = [
    table('public.a', '2026-01-01 00:00:00+00'),
    table('public.b', '2026-02-01 00:00:00.5+00', false),
    table('shop.orders', '2026-03-01 00:00:00+00', true, 'ORDER'),
  ];
  const cases: readonly [asked: Asked, codes: string[]][] = [
    [{ tables: ['public.a'] }, []],
    [{ tables: ['public.nothing'] }, ['TABLE_NOT_TRACKED']],
    [{ tables: ['public.a', 'public.nothing'] }, ['TABLE_NOT_TRACKED']],
    [{ entityTypes: ['PRODUCT'] }, ['TABLE_NOT_TRACKED']],
    [{ entityTypes: ['ORDER'] }, []],
    [{ tables: ['public.b'] }, ['TRIGGER_DISABLED']],
    [{}, ['TRIGGER_DISABLED']],
    [{ tables: ['public.a'], range: { from: '2025-12-31T23:59:59.999999Z' } }, ['RANGE_BEFORE_TRACKING']],
    [{ tables: ['public.a'], range: { from: '2026-01-01T00:00:00.000000Z' } }, []],
    [{ tables: ['public.a'], range: { to: '2026-01-01T00:00:00.000000Z' } }, ['RANGE_BEFORE_TRACKING']],
    [{ tables: ['public.a'], range: { to: '2026-01-01T00:00:00.000001Z' } }, []],
    [{ entityTypes: ['RECORD'], range: { from: '2026-01-15T00:00:00.000000Z' } }, ['TRIGGER_DISABLED', 'RANGE_BEFORE_TRACKING']],
    [{ range: { from: '2026-01-15T00:00:00.000000Z' } }, ['TRIGGER_DISABLED']],
    [{ range: { from: '2025-01-15T00:00:00.000000Z' } }, ['TRIGGER_DISABLED', 'RANGE_BEFORE_TRACKING']],
  ];
  it.each(cases)('%j: %j', (asked, codes) => {
    expect(whyEmpty(asked, tracked)).toEqual(codes);
  });
  it('is that nothing is tracked, where nothing is', () => {
    expect(whyEmpty({}, [])).toEqual(['TABLE_NOT_TRACKED']);
  });
  it('is told by what a filter names for sure', () => {
    const day = (n: number) => `2026-01-0${n}T00:00:00.000000Z`;
    expect(
      askedBy({
        tableName: { eq: 'public.a' },
        entityId: encodeGlobalId('Order', '1'),
        occurredAt: { gte: day(1), lt: day(9) },
        and: [{ tableName: { in: ['public.b'] }, occurredAt: { gt: day(2) } }, { entityId: encodeGlobalId('Record', 'public.c:1') }],
        or: [{ tableName: { eq: 'public.d' } }],
        not: { entityType: 'USER' },
      }),
    ).toEqual({ tables: ['public.a', 'public.b', 'public.c'], entityTypes: ['ORDER'], range: { from: day(2), to: day(9) } });
  });
});

/** What `extensions` of an answer hold, and the names of its statements. */
async function noticesOf(context: TestDatabase, tenant: string, query: string, variables?: Record<string, unknown>) {
  const executor = await openGraphql(schemaFor(context), openLog('silent'));
  const statements: string[] = [];
  const stop = context.observe(({ asked }) => statements.push(/^\s*\/\* (\S+) \*\//.exec(asked.text)?.[1] ?? asked.text));
  const request = { method: 'POST', query, variables, operationName: undefined, extensions: undefined } as const;
  const { answer } = await executor.execute(request, requestContext({ ...fixedCaller, tenant }, 'notices'));
  stop();
  await executor.stop();
  expect(answer.errors).toBeUndefined();
  return { extensions: answer.extensions, statements };
}

onEachDatabase(
  'G19 an empty answer says why in extensions.notices: by path, once each, twenty at most; an answer with entries says nothing and costs nothing',
  async (context) => {
    await openTrail(context, 'demo');
    await context.owner.run(`create table public.crates (tenant text, id int primary key); grant insert on public.crates to whence_source;
      select audit.track('public.crates'); create table public.theirs (id int primary key); select audit.track('public.theirs', tenant => 'other')`);
    const entries = (filter: string) => `auditEntries(filter: { ${filter} }) { nodes { id } }`;
    const full = await noticesOf(context, 'demo', `{ ${entries('entityType: PRODUCT')} }`);
    expect(full.extensions).toBeUndefined();
    expect(full.statements).toEqual(['audit.tables', 'audit.entries']);
    const beyond = '{ auditEntries(first: 0, filter: { tableName: { eq: "public.nothing" } }) { nodes { id } } }';
    expect((await noticesOf(context, 'demo', beyond)).extensions).toBeUndefined();
    expect((await noticesOf(context, 'demo', `{ ${entries('tableName: { eq: "public.crates" }')} }`)).extensions).toBeUndefined();

    await context.owner.run('alter table public.crates disable trigger all');
    const range = '{ from: "2001-01-01T00:00:00Z", to: "2002-01-01T00:00:00Z" }';
    const { extensions, statements } = await noticesOf(
      context,
      'demo',
      `{ z: ${entries('tableName: { eq: "public.nothing" }')} theirs: ${entries('tableName: { eq: "public.theirs" }')} crates: ${entries('tableName: { in: ["public.crates"] }')}
         old: ${entries('entityType: ORDER, occurredAt: { lt: "2002-01-01T00:00:00Z" }')}
         products { nodes { history(filter: { range: ${range} }) { nodes { id } } timeline(range: ${range}) { nodes { id } } priceHistory(range: ${range}) { nodes { id } }
           all: timeline { nodes { id } } beyond: timeline(first: 0, range: ${range}) { nodes { id } } } }
         analytics { changeSummary(range: ${range}, groupBy: [DAY], filter: { entityType: PRODUCT }) { count } changeTrend(range: ${range}, interval: MONTH, filter: { entityType: PRODUCT }) { count }
           activityHeatMap(range: ${range}, filter: { tableName: { eq: "public.crates" } }) { count } unexplainedChanges(range: ${range}) { nodes { id } }
           statusTransitions(range: ${range}) { count } priceChangeDistribution(range: ${range}) { count } } }`,
    );
    const before = (...path: (string | number)[]) => ({ path, code: 'RANGE_BEFORE_TRACKING' });
    expect(extensions).toEqual({
      notices: [
        before('analytics', 'activityHeatMap'),
        { path: ['analytics', 'activityHeatMap'], code: 'TRIGGER_DISABLED' },
        before('analytics', 'changeSummary'),
        before('analytics', 'changeTrend'),
        before('analytics', 'priceChangeDistribution'),
        before('analytics', 'statusTransitions'),
        before('analytics', 'unexplainedChanges'),
        { path: ['crates'], code: 'TRIGGER_DISABLED' },
        before('old'),
        before('products', 'nodes', 0, 'history'),
        before('products', 'nodes', 0, 'priceHistory'),
        before('products', 'nodes', 0, 'timeline'),
        { path: ['theirs'], code: 'TABLE_NOT_TRACKED' },
        { path: ['z'], code: 'TABLE_NOT_TRACKED' },
      ],
    });
    expect(statements.filter((name) => name === 'audit.tables')).toHaveLength(1);

    const told = await noticesOf(context, 'demo', '{ products { nodes { timeline { nodes { id } } priceHistory { nodes { id } } } } }');
    expect(told.extensions).toBeUndefined();
    expect(told.statements).not.toContain('audit.tables');

    const many = Array.from(
      { length: 25 },
      (_, index) => `e${String(index).padStart(2, '0')}: ${entries('tableName: { eq: "public.nothing" }')}`,
    );
    const first = await noticesOf(context, 'demo', `{ ${many.toReversed().join(' ')} }`);
    expect(first.extensions).toEqual({
      notices: Array.from({ length: 20 }, (_, index) => ({ path: [`e${String(index).padStart(2, '0')}`], code: 'TABLE_NOT_TRACKED' })),
    });

    const runId = 'run_20260217_143022_a1b2c3d4';
    await change(
      context,
      { tenant: 'demo', actor: 'ann', occurredAt: '2026-02-03T09:00:00Z' },
      sql`select audit.start_run(name => 'Nightly', run_id => ${runId})`,
    );
    const ofRun = await noticesOf(
      context,
      'demo',
      `{ run(runId: "${runId}") { entries(filter: { tableName: { eq: "public.crates" } }) { nodes { id } } } }`,
    );
    expect(ofRun.extensions).toEqual({ notices: [{ path: ['run', 'entries'], code: 'TRIGGER_DISABLED' }] });

    await context.owner.run("alter table public.crates enable trigger all; select audit.untrack('public.crates')");
    await context.owner.run("insert into public.crates values ('demo', 1)");
    const untracked = 'record(tableName: "public.crates", key: { id: 1 }) { timeline { nodes { id } } }';
    expect((await noticesOf(context, 'demo', `{ ${untracked} }`)).extensions).toEqual({
      notices: [{ path: ['record', 'timeline'], code: 'TABLE_NOT_TRACKED' }],
    });
  },
  { fresh: true },
);
