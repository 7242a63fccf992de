import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Scope } from '../../../src/shared/caller.ts';
import type { DomainError } from '../../../src/shared/errors.ts';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { ask, codeOf } from '../audit/trail.ts';

const track = `mutation ($input: TrackOperationInput!) { trackOperation(input: $input) { execution { id hashKey businessKey status scriptType scriptTypeName
  completedAt metadata actor { key } run { key } origin { requestId statement } history { versionNumber } } userErrors { code field } } }`;
const complete = `mutation ($input: CompleteOperationInput!) { completeOperation(input: $input) { execution { id status durationMs errorMessage metadata completedAt
  history { versionNumber loadDate loadEndDate hashDiff attributes } } userErrors { code field } } }`;

interface Execution {
  readonly id: string;
  readonly [field: string]: unknown;
}

async function trackOperation(context: TestDatabase, tenant: string, input: object): Promise<Execution> {
  const { data, errors } = await ask(context, tenant, track, { input });
  expect(errors).toBeUndefined();
  return (data as { trackOperation: { execution: Execution } }).trackOperation.execution;
}

async function completeOperation(context: TestDatabase, tenant: string, input: object) {
  const { data, errors } = await ask(context, tenant, complete, { input });
  expect(errors).toBeUndefined();
  return (data as { completeOperation: { execution: Execution | null; userErrors: object[] } }).completeOperation;
}

onEachDatabase('V5 an operation is tracked and completed through the API, with who, why and every version', async (context) => {
  const runId = 'run_20260301_120000_0000aaaa';
  const input = { scriptName: 'Nightly load', scriptType: 'OTHER', scriptTypeName: 'Reconcile', metadata: { rows: 3 }, runId };
  const begun = await trackOperation(context, 'five', input);
  expect(begun).toMatchObject({
    ...{ status: 'RUNNING', scriptType: 'OTHER', scriptTypeName: 'Reconcile', completedAt: null, metadata: { rows: 3 } },
    ...{
      actor: { key: 'developer' },
      run: { key: runId },
      origin: { requestId: 'request-five', statement: null },
      history: [{ versionNumber: '1' }],
    },
  });
  expect(begun['businessKey']).toMatch(/^Nightly load_\d{8}_\d{6}_\d{6}_[0-9a-f]{8}$/);
  const ended = await completeOperation(context, 'five', {
    executionId: begun.id,
    isSuccess: false,
    errorMessage: 'no file',
    metadata: { tries: 2 },
  });
  expect(ended.execution).toMatchObject({ id: begun.id, status: 'FAILED', errorMessage: 'no file', metadata: { rows: 3, tries: 2 } });
  const [now, before] = (ended.execution as Execution)['history'] as Record<string, unknown>[];
  expect([now?.['versionNumber'], now?.['loadEndDate'], before?.['versionNumber']]).toEqual(['2', null, '1']);
  expect(before?.['loadEndDate']).toEqual(now?.['loadDate']);
  expect(before?.['hashDiff']).not.toEqual(now?.['hashDiff']);
  expect(now?.['attributes']).toMatchObject({ execution_status: 'FAILED', script_type: 'Reconcile' });
});

onEachDatabase('V5 a call repeated with its idempotency key does nothing twice; an operation ends once', async (context) => {
  const input = { scriptName: 'Once', scriptType: 'ETL', idempotencyKey: 'once-1' };
  const [first, again] = [await trackOperation(context, 'once', input), await trackOperation(context, 'once', input)];
  expect(again.id).toBe(first.id);
  const end = { executionId: first.id, isSuccess: true, idempotencyKey: 'once-2' };
  expect((await completeOperation(context, 'once', end)).userErrors).toEqual([]);
  expect((await completeOperation(context, 'once', end)).userErrors).toEqual([]);
  const late = await completeOperation(context, 'once', { executionId: first.id, isSuccess: true });
  expect(late).toEqual({ execution: null, userErrors: [{ code: 'CONFLICT', field: ['input', 'executionId'] }] });
  const unknown = await completeOperation(context, 'once', {
    executionId: encodeGlobalId('VaultExecution', 'ab'.repeat(32)),
    isSuccess: true,
  });
  expect(unknown.userErrors).toEqual([{ code: 'NOT_FOUND', field: ['input', 'executionId'] }]);
  const foreign = await completeOperation(context, 'elsewhere', {
    executionId: (await trackOperation(context, 'once', { scriptName: 'Open', scriptType: 'ETL' })).id,
    isSuccess: true,
  });
  expect(foreign.userErrors).toEqual([{ code: 'NOT_FOUND', field: ['input', 'executionId'] }]);
});

onEachDatabase('V5 an empty name and a wrong id are told with their field', async (context) => {
  const { data } = await ask(context, 'wrong', track, { input: { scriptName: ' ', scriptType: 'ETL' } });
  expect(data).toMatchObject({ trackOperation: { execution: null, userErrors: [{ code: 'INVALID', field: ['input', 'scriptName'] }] } });
  const executionId = encodeGlobalId('VaultExecution', 'x');
  expect(await codeOf(context, 'wrong', complete, { input: { executionId, isSuccess: true } })).toBe('BAD_USER_INPUT');
});

/** Finished operations of a tenant, as an importer brings them. */
async function imported(
  { source }: TestDatabase,
  tenant: string,
  rows: readonly (readonly [name: string, type: string, status: string, at: string, ms: number])[],
): Promise<void> {
  await source.write({ tenant, actor: 'importer' }, async (tx) => {
    for (const [index, [name, type, status, at, ms]] of rows.entries()) {
      await tx.run(sql`select script_tracking.import_operation(${`${name}_${index}`}, ${name}, ${type}, ${status}, ${at}::text::timestamptz, ${ms}, 'cron',
        array[${`public.${name}`}], ${status === 'FAILED' ? 'broken' : null}::text)`);
    }
  });
}

const morning = [
  ['load', 'ETL', 'COMPLETED', '2026-03-01T01:00:00Z', 100],
  ['dump', 'BACKUP', 'FAILED', '2026-03-01T02:00:00Z', 900],
  ['load', 'etl', 'COMPLETED', '2026-03-01T03:00:00Z', 300],
  ['sort', 'Reindex', 'CANCELLED', '2026-03-02T04:00:00Z', 50],
  ['load', 'ETL', 'FAILED', '2026-03-02T05:00:00Z', 200],
] as const;

onEachDatabase('V9 executions are filtered by name, kind, state, time, duration and object, and ordered, page by page', async (context) => {
  await imported(context, 'nine', morning);
  const names = async (args: string) => {
    const { data, errors } = await ask(context, 'nine', `{ vault { executions${args} { nodes { scriptName durationMs } totalCount } } }`);
    expect(errors).toBeUndefined();
    return (data as { vault: { executions: { nodes: { scriptName: string; durationMs: number }[] } } }).vault.executions.nodes.map(
      (node) => `${node.scriptName} ${node.durationMs}`,
    );
  };
  expect(await names('')).toEqual(['load 200', 'sort 50', 'load 300', 'dump 900', 'load 100']);
  expect(await names('(filter: { scriptType: ETL })')).toEqual(['load 200', 'load 300', 'load 100']);
  expect(await names('(filter: { scriptType: OTHER })')).toEqual(['sort 50']);
  expect(
    await names(
      '(filter: { status: { in: [FAILED, CANCELLED] } }, orderBy: [{ field: SCRIPT_NAME }, { field: DURATION_MS, direction: DESC }])',
    ),
  ).toEqual(['dump 900', 'load 200', 'sort 50']);
  expect(
    await names('(filter: { durationMs: { gte: 200, lt: 900 }, scriptName: { startsWith: "lo" } }, orderBy: [{ field: DURATION_MS }])'),
  ).toEqual(['load 200', 'load 300']);
  expect(await names('(filter: { affectedObject: { eq: "public.sort" } })')).toEqual(['sort 50']);
  expect(await names('(filter: { executedAt: { lt: "2026-03-01T03:00:00Z" }, not: { scriptName: { eq: "dump" } } })')).toEqual([
    'load 100',
  ]);
  const walked: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const { data, errors } = await ask(
      context,
      'nine',
      `query ($after: String) { vault { executions(first: 2, after: $after, orderBy: [{ field: DURATION_MS, direction: DESC }]) { nodes { durationMs } pageInfo { endCursor hasNextPage } } } }`,
      { after },
    );
    expect(errors).toBeUndefined();
    const { nodes, pageInfo } = (
      data as { vault: { executions: { nodes: { durationMs: number }[]; pageInfo: { endCursor: string; hasNextPage: boolean } } } }
    ).vault.executions;
    walked.push(...nodes.map((node) => String(node.durationMs)));
    [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
  }
  expect(walked).toEqual(['900', '300', '200', '100', '50']);
});

onEachDatabase('V8 V10 V12 V21 dashboard, metrics, errors and trend are counted for a period', async (context) => {
  await imported(context, 'eight', [...morning, ['load', 'ETL', 'COMPLETED', '2026-02-27T01:00:00Z', 160]]);
  const { data, errors } = await ask(
    context,
    'eight',
    `query ($range: TimeRangeInput!) { vault {
    dashboard(range: $range) { totalCount failedCount runningCount successRate averageDurationMs byType { label count } }
    performanceMetrics(range: $range) { scriptName count medianMs p95Ms p99Ms trendPercent }
    recentErrors(range: $range) { nodes { scriptName errorMessage } }
    executionTrend(range: $range, interval: DAY) { bucketStart count failedCount medianMs } } }`,
    {
      range: { from: '2026-03-01T00:00:00Z', to: '2026-03-04T00:00:00Z' },
    },
  );
  expect(errors).toBeUndefined();
  expect(data?.['vault']).toEqual({
    dashboard: {
      ...{ totalCount: 5, failedCount: 2, runningCount: 0, successRate: 0.5, averageDurationMs: 310 },
      byType: [
        { label: 'ETL', count: 3 },
        { label: 'BACKUP', count: 1 },
        { label: 'OTHER', count: 1 },
      ],
    },
    performanceMetrics: [
      { scriptName: 'load', count: 3, medianMs: 200, p95Ms: 290, p99Ms: 298, trendPercent: 25 },
      { scriptName: 'dump', count: 1, medianMs: 900, p95Ms: 900, p99Ms: 900, trendPercent: null },
      { scriptName: 'sort', count: 1, medianMs: 50, p95Ms: 50, p99Ms: 50, trendPercent: null },
    ],
    recentErrors: {
      nodes: [
        { scriptName: 'load', errorMessage: 'broken' },
        { scriptName: 'dump', errorMessage: 'broken' },
      ],
    },
    executionTrend: [
      { bucketStart: '2026-03-01T00:00:00.000000Z', count: 3, failedCount: 1, medianMs: 300 },
      { bucketStart: '2026-03-02T00:00:00.000000Z', count: 2, failedCount: 1, medianMs: 125 },
      { bucketStart: '2026-03-03T00:00:00.000000Z', count: 0, failedCount: 0, medianMs: null },
    ],
  });
});

onEachDatabase('V19 without PII_READ neither the address nor the name of who ran it is told', async (context) => {
  await context.database.write({ tenant: 'masked', actor: 'ann', clientIp: '192.0.2.7' }, (tx) =>
    tx.run(sql`select script_tracking.track_operation('Seen', 'ETL') as key`),
  );
  const question = '{ vault { executions { nodes { scriptName origin { clientIp } actor { key } } } } }';
  const told = async (scopes: Scope[]) => (await ask(context, 'masked', question, {}, { scopes: new Set(scopes) })).data?.['vault'];
  const shown = (clientIp: string | null, key: string) => ({
    executions: { nodes: [{ scriptName: 'Seen', origin: { clientIp }, actor: { key } }] },
  });
  expect(await told(['VAULT_READ', 'PII_READ'])).toEqual(shown('192.0.2.7', 'ann'));
  expect(await told(['VAULT_READ'])).toEqual(shown(null, '***'));
});

onEachDatabase('V16 V18 another tenant finds nothing, and without the permissions nothing is told or written', async (context) => {
  const { id } = await trackOperation(context, 'mine', { scriptName: 'Mine', scriptType: 'ETL' });
  const find = 'query ($id: ID!) { node(id: $id) { id } vault { executions { totalCount } } }';
  expect((await ask(context, 'mine', find, { id })).data).toEqual({ node: { id }, vault: { executions: { totalCount: 1 } } });
  expect((await ask(context, 'theirs', find, { id })).data).toEqual({ node: null, vault: { executions: { totalCount: 0 } } });
  const refused = await ask(context, 'mine', find, { id }, { scopes: new Set(['AUDIT_READ']) });
  expect([refused.data?.['vault'], refused.data?.['node']]).toEqual([null, null]);
  expect(refused.errors?.map(({ originalError }) => (originalError as DomainError).code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  const input = { scriptName: 'No', scriptType: 'ETL' };
  expect(await codeOf(context, 'mine', track, { input }, { scopes: new Set(['VAULT_READ']) })).toBe('FORBIDDEN');
});

onEachDatabase('WHY of a value ends at the migration that wrote it', async (context) => {
  const { owner } = context;
  await owner.run(`create table public.tariff (id int primary key, rate int); select audit.track('public.tariff', tenant => 'why');
    begin; select set_config('app.tenant', 'why', true), set_config('audit.actor', 'ann', true); insert into public.tariff values (1, 5); commit`);
  await owner.transaction(async (tx) => {
    await tx.run(`select set_config('app.tenant', 'why', true), audit.begin(actor => 'ann')`);
    await tx.run(`select script_tracking.complete_operation(script_tracking.track_operation('rates-2026', 'MIGRATION'), true)`);
    await tx.run('alter table public.tariff add column zone text');
    await tx.run(`update public.tariff set zone = 'EU'`);
  });
  const { data, errors } = await ask(
    context,
    'why',
    `{ auditEntries(filter: { tableName: { eq: "public.tariff" }, operation: { eq: UPDATE } }) {
    nodes { causes { operation operationName summary } } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    auditEntries: {
      nodes: [
        {
          causes: [
            { operation: 'EVENT', operationName: 'OPERATION_TRACKED', summary: 'ann began operation "rates-2026" (MIGRATION).' },
            { operation: 'DDL', operationName: 'ALTER TABLE', summary: 'ann changed the columns of public.tariff.' },
          ],
        },
      ],
    },
  });
});
