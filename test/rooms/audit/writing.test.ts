import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { encodeGlobalId } from '../../../src/shared/global-id.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { openBusyTrail } from './busy-trail.ts';
import { answer, codeOf, openTrail } from './trail.ts';

const errors = 'userErrors { code field message }';
type Input = Record<string, unknown>;

async function mutate(context: TestDatabase, tenant: string, name: string, input: Input, selection: string) {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const data = await answer(context, tenant, `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} ${errors} } }`, {
    input,
  });
  return data[name];
}

async function entryCount({ owner }: TestDatabase, tenant: string): Promise<number> {
  const [row] = await owner.run(sql`select count(*)::int as count from audit.entry where tenant = ${tenant}`);
  return Number(row?.['count']);
}

onEachDatabase('a batch is opened, written into and closed, with two entries of its own and the caller as actor', async (context) => {
  const tenant = 'batches';
  const runId = 'run_20260301_120000_0000aaaa';
  const reason = { text: 'month end', code: 'CLOSE', reference: 'T-1' };
  const run =
    'run { key name status startedAt finishedAt durationMs entryCount actor { key kind } reason { text code reference source } entries { nodes { operationName details run { name } actor { key } origin { requestId } } } }';
  const opened = await mutate(
    context,
    tenant,
    'startRun',
    { name: 'Nightly', runId, reason, eventPrefix: 'RECEIPT', details: { orders: 3 } },
    run,
  );
  expect(opened).toMatchObject({
    run: {
      ...{
        key: runId,
        name: 'Nightly',
        status: 'RUNNING',
        finishedAt: null,
        durationMs: null,
        entryCount: 1,
        actor: { key: 'developer', kind: 'UNKNOWN' },
      },
      reason: { ...reason, source: 'RUN' },
      entries: {
        nodes: [
          {
            operationName: 'RECEIPT_START',
            details: { name: 'Nightly', orders: 3 },
            run: { name: 'Nightly' },
            actor: { key: 'developer' },
            origin: { requestId: 'request-batches' },
          },
        ],
      },
    },
    userErrors: [],
  });
  const event = await mutate(
    context,
    tenant,
    'recordAuditEvent',
    { operationName: 'RECEIPT_CLOSED', runId, details: { item: 1 } },
    'auditEntry { operation summary reason { text source } run { key } }',
  );
  expect(event.auditEntry).toEqual({
    operation: 'EVENT',
    summary: 'developer recorded RECEIPT_CLOSED: month end.',
    reason: { text: 'month end', source: 'RUN' },
    run: { key: runId },
  });
  const closed = await mutate(context, tenant, 'finishRun', { runId, status: 'FAILED', details: { why: 'late' } }, run);
  expect(closed).toMatchObject({
    run: { status: 'FAILED', entryCount: 3, finishedAt: expect.any(String), durationMs: expect.any(Number) },
    userErrors: [],
  });
  expect(closed.run.entries.nodes[2]).toMatchObject({ operationName: 'RECEIPT_END', details: { status: 'FAILED', why: 'late' } });
  const made = await mutate(context, tenant, 'startRun', { name: 'No id given' }, 'run { key entries { nodes { operationName } } }');
  expect(made.run).toMatchObject({
    key: expect.stringMatching(/^run_\d{8}_\d{6}_[0-9a-f]{8}$/),
    entries: { nodes: [{ operationName: 'BATCH_START' }] },
  });
});

onEachDatabase('runs: newest first in pages, opened or merely named, with filters', async (context) => {
  const tenant = 'runs';
  await openBusyTrail(context, tenant);
  const all = await answer(
    context,
    tenant,
    `{ runs { totalCount nodes { key name status startedAt finishedAt durationMs entryCount actor { displayName kind } reason { text } } pageInfo { hasNextPage hasPreviousPage } } }`,
  );
  expect(all.runs).toMatchObject({
    totalCount: 3,
    nodes: [
      {
        key: 'run_20260218_090000_00000002',
        name: null,
        status: 'SUCCEEDED',
        startedAt: '2026-02-18T10:00:00.000001Z',
        durationMs: 0,
        entryCount: 3,
        reason: null,
      },
      {
        key: 'run_20260218_090000_00000001',
        name: null,
        status: 'SUCCEEDED',
        entryCount: 1,
        actor: { displayName: 'Ann Price', kind: 'USER' },
      },
      {
        ...{
          key: 'run_20260217_143022_a1b2c3d4',
          name: 'Nightly',
          status: 'SUCCEEDED',
          startedAt: '2026-02-17T14:00:00.000001Z',
          durationMs: 10_800_000,
        },
        ...{ entryCount: 5, actor: { displayName: 'Bob Ray' }, reason: { text: 'month end' } },
      },
    ],
    pageInfo: { hasNextPage: false, hasPreviousPage: false },
  });
  const keys = all.runs.nodes.map(({ key }: { key: string }) => key);
  const page = async (args: string) =>
    (
      await answer(
        context,
        tenant,
        `{ runs(${args}) { totalCount nodes { key } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`,
      )
    ).runs;
  const first = await page('first: 1');
  expect(first).toMatchObject({ nodes: [{ key: keys[0] }], pageInfo: { hasNextPage: true, hasPreviousPage: false } });
  const second = await page(`first: 1, after: "${first.pageInfo.endCursor}"`);
  expect(second).toMatchObject({ nodes: [{ key: keys[1] }], pageInfo: { hasNextPage: true, hasPreviousPage: true } });
  const last = await page(`last: 2`);
  expect(last).toMatchObject({ nodes: [{ key: keys[1] }, { key: keys[2] }], pageInfo: { hasNextPage: false, hasPreviousPage: true } });
  expect(await page(`last: 5, before: "${last.pageInfo.startCursor}"`)).toMatchObject({
    nodes: [{ key: keys[0] }],
    pageInfo: { hasNextPage: true, hasPreviousPage: false },
  });
  expect(await page(`after: "${last.pageInfo.endCursor}"`)).toMatchObject({
    nodes: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: true },
  });
  const found = async (filter: string) => (await page(`filter: ${filter}`)).nodes.map(({ key }: { key: string }) => keys.indexOf(key));
  expect(await found('{ name: { contains: "night" } }')).toEqual([2]);
  expect(await found('{ name: { isNull: true } }')).toEqual([0, 1]);
  expect(await found('{ status: RUNNING }')).toEqual([]);
  expect(await found('{ status: SUCCEEDED, startedAt: { gte: "2026-02-18T00:00:00Z", lt: "2026-02-18T09:30:00Z" } }')).toEqual([1]);
  expect(await found('{ runId: { startsWith: "run_20260218" } }')).toEqual([0, 1]);
  expect(await found('{ not: { or: [{ runId: { eq: "run_20260218_090000_00000001" } }, { name: { eq: "Nightly" } }] } }')).toEqual([0]);
  const open = 'run_20260219_000000_00000000';
  await context.source.write({ tenant, actor: 'ann', runId: open }, (tx) => tx.run(sql`select audit.log_event('BATCH_START')`));
  expect(
    await answer(
      context,
      tenant,
      `{ run(runId: "${open}") { status finishedAt durationMs entryCount } none: run(runId: "run_20260219_000000_00000009") { key } }`,
    ),
  ).toEqual({
    run: { status: 'RUNNING', finishedAt: null, durationMs: null, entryCount: 1 },
    none: null,
  });
});

onEachDatabase('an event names its entity by id or by key, present or gone; an unknown one is refused', async (context) => {
  const tenant = 'events';
  await openBusyTrail(context, tenant);
  const record = (input: Input) =>
    mutate(
      context,
      tenant,
      'recordAuditEvent',
      { operationName: 'SERVICE_CALL', ...input },
      'auditEntry { entityType entityKey tableName actor { key role } reason { text code } details }',
    );
  expect(
    (await record({ entityType: 'ORDER', entityKey: '123', reason: { text: 'asked', code: 'CALL' }, details: { minutes: 3 } })).auditEntry,
  ).toEqual({
    ...{ entityType: 'ORDER', entityKey: '123', tableName: 'commerce.orders', actor: { key: 'developer', role: 'ADMIN' } },
    ...{ reason: { text: 'asked', code: 'CALL' }, details: { minutes: 3 } },
  });
  expect((await record({ entityId: encodeGlobalId('Product', '2') })).auditEntry).toMatchObject({
    entityType: 'PRODUCT',
    entityKey: 'SKU001',
  });
  expect((await record({ entityId: encodeGlobalId('Record', 'public.things:["shelf", "1"]') })).auditEntry).toMatchObject({
    entityType: 'RECORD',
    entityKey: '["shelf", "1"]',
    tableName: 'public.things',
  });
  expect((await record({ entityId: encodeGlobalId('Record', 'public.things:["shelf", "5"]') })).auditEntry).toMatchObject({
    entityKey: '["shelf", "5"]',
  }); // deleted, but the trail knows it
  expect((await record({})).auditEntry).toMatchObject({ entityType: null, entityKey: null, tableName: null });
  const before = await entryCount(context, tenant);
  const refused = async (input: Input) => {
    const { auditEntry, userErrors } = await record(input);
    expect(auditEntry).toBeNull();
    return `${userErrors[0].code} ${userErrors[0].field?.join('.')}`;
  };
  expect(await refused({ entityType: 'ORDER', entityKey: '999' })).toBe('NOT_FOUND input.entityKey');
  expect(await refused({ entityId: encodeGlobalId('Product', '999') })).toBe('NOT_FOUND input.entityId');
  expect(await refused({ entityId: encodeGlobalId('Record', 'public.things:["shelf", "77"]') })).toBe('NOT_FOUND input.entityId');
  expect(await refused({ entityId: encodeGlobalId('Record', 'public.nothing:1') })).toBe('NOT_FOUND input.entityId');
  expect(await refused({ entityType: 'RECORD', entityKey: '1' })).toBe('INVALID input.entityType');
  expect(await refused({ entityKey: 'SKU001' })).toBe('INVALID input.entityType');
  expect(await refused({ entityType: 'PRODUCT' })).toBe('INVALID input.entityKey');
  expect(await refused({ entityType: 'PRODUCT', entityKey: 'SKU001', entityId: encodeGlobalId('Product', '2') })).toBe(
    'INVALID input.entityId',
  );
  expect(await refused({ operationName: ' ' })).toBe('INVALID input.operationName');
  expect(await refused({ operationName: 'x'.repeat(1_000_000) })).toBe('TOO_LARGE input.operationName');
  expect(await refused({ details: { text: 'x'.repeat(1_000_000) } })).toBe('TOO_LARGE input.details');
  expect(await refused({ reason: { text: '' } })).toBe('INVALID input.reason.text');
  const code = (input: Input) =>
    codeOf(context, tenant, 'mutation ($input: RecordAuditEventInput!) { recordAuditEvent(input: $input) { auditEntry { id } } }', {
      input: { operationName: 'X', ...input },
    });
  expect(await code({ entityId: 'nonsense' })).toBe('BAD_USER_INPUT');
  expect(await code({ entityId: encodeGlobalId('Product', '99999999999999999999') })).toBe('BAD_USER_INPUT');
  expect(await code({ operationName: 'a\0b' })).toBe('BAD_TEXT');
  expect(await code({ details: { text: 'a\0b' } })).toBe('BAD_TEXT');
  expect(await code({ details: { text: '\ud800' } })).toBe('BAD_TEXT');
  expect(await entryCount(context, tenant)).toBe(before);
});

onEachDatabase('a reason is added to an entry of this tenant; both are kept', async (context) => {
  await openTrail(context, 'adding');
  await openTrail(context, 'adding elsewhere');
  const [entry] = (await answer(context, 'adding', `{ auditEntries(first: 1) { nodes { id reason { text } } } }`)).auditEntries.nodes;
  expect(entry.reason).toBeNull();
  const add = (tenant: string, input: Input) =>
    mutate(context, tenant, 'addReason', { auditEntryId: entry.id, ...input }, 'auditEntry { id reason { text code } reasons { text } }');
  await add('adding', { reason: { text: 'counted', code: 'COUNT' } });
  expect(await add('adding', { reason: { text: 'counted again' } })).toEqual({
    auditEntry: { id: entry.id, reason: { text: 'counted', code: 'COUNT' }, reasons: [{ text: 'counted' }, { text: 'counted again' }] },
    userErrors: [],
  });
  expect(await add('adding elsewhere', { reason: { text: 'not yours' } })).toMatchObject({
    auditEntry: null,
    userErrors: [{ code: 'NOT_FOUND', field: ['input', 'auditEntryId'] }],
  });
  expect(await add('adding', { reason: { text: '' } })).toMatchObject({
    auditEntry: null,
    userErrors: [{ code: 'INVALID', field: ['input', 'reason', 'text'] }],
  });
});

onEachDatabase('what cannot be done to a run is said with code and field, and leaves nothing behind', async (context) => {
  const tenant = 'run errors';
  const runId = 'run_20260301_120000_0000bbbb';
  const failed = async (name: string, input: Input) => {
    const { userErrors, run } = await mutate(context, tenant, name, input, 'run { key }');
    expect(run).toBeNull();
    return `${userErrors[0].code} ${userErrors[0].field?.join('.')}: ${userErrors[0].message}`;
  };
  await mutate(context, tenant, 'startRun', { name: 'One', runId }, 'run { key }');
  expect(await failed('startRun', { name: 'Two', runId })).toBe(`ALREADY_EXISTS input.runId: The run ${runId} exists already.`);
  expect(await failed('startRun', { name: '' })).toBe('INVALID input.name: "name" is empty.');
  expect(await failed('startRun', { name: 'x', eventPrefix: '' })).toBe('INVALID input.eventPrefix: "eventPrefix" is empty.');
  expect(await failed('finishRun', { runId, status: 'RUNNING' })).toContain('INVALID input.status');
  expect(await failed('finishRun', { runId: 'run_20260301_120000_0000cccc', status: 'FAILED' })).toContain('NOT_FOUND input.runId');
  await mutate(context, tenant, 'finishRun', { runId, status: 'SUCCEEDED' }, 'run { key }');
  expect(await failed('finishRun', { runId, status: 'FAILED' })).toBe(`CONFLICT input.runId: The run ${runId} has ended already.`);
  expect(await entryCount(context, tenant)).toBe(2);
  expect(await codeOf(context, tenant, `mutation { finishRun(input: { runId: "nonsense", status: FAILED }) { run { key } } }`)).toContain(
    'RunId',
  );
});
