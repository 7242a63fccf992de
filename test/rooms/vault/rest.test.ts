import { afterAll, expect } from 'vitest';
import { schemaOf } from '../../../src/app.ts';
import { trailRoutes } from '../../../src/rooms/audit/trail-rest.ts';
import { VaultService } from '../../../src/rooms/vault/vault.service.ts';
import { vaultRoutes } from '../../../src/rooms/vault/vault-rest.ts';
import { type Caller, fixedCaller } from '../../../src/shared/caller.ts';
import { CursorCodec } from '../../../src/shared/cursor.ts';
import { DomainError } from '../../../src/shared/errors.ts';
import type { ReadKeeper, RequestReads } from '../../../src/shared/read-notes.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { startTestServer } from '../../support/test-server.ts';

const closing: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

/** The product's own addresses over a real server, as one tenant. */
async function serving({ database }: TestDatabase, caller: Partial<Caller> & { tenant: string }, readLog: ReadKeeper | null = null) {
  const secret = 'a secret for tests only';
  const rest = [...trailRoutes(database), ...vaultRoutes(new VaultService(database, new CursorCodec(secret)))];
  const server = await startTestServer(
    { rest, readLog, callerOf: async () => ({ ...fixedCaller, ...caller }) },
    schemaOf(database, secret),
  );
  closing.push(() => server.close());
  const told = async (answer: Response) => ({ status: answer.status, body: JSON.parse(await answer.text()) });
  return {
    get: async (path: string) => told(await fetch(`${server.url}${path}`)),
    post: async (path: string, body: unknown, headers: Record<string, string> = {}) =>
      told(
        await fetch(`${server.url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
        }),
      ),
  };
}

onEachDatabase('A2 a hundred run ids in a row are distinct, of the documented form, and sort by time', async ({ owner }) => {
  const rows = await owner.run<{ id: string }>('select audit.generate_run_id() as id from generate_series(1, 100)');
  expect(new Set(rows.map(({ id }) => id)).size).toBe(100);
  expect(rows.every(({ id }) => /^run_\d{8}_\d{6}_[0-9a-f]{8}$/.test(id))).toBe(true);
});

onEachDatabase(
  'A3 an event is recorded once per idempotency key, with the time of the database and the caller as its actor',
  async (context) => {
    const { post, get } = await serving(context, { tenant: 'a3' });
    const body = { operation: 'STOCK_COUNTED', details: 'shelf 3', sku: 'SKU001' };
    const [first, again] = [
      await post('/api/v1/audit-events', body, { 'idempotency-key': 'a3-1' }),
      await post('/api/v1/audit-events', body, { 'idempotency-key': 'a3-1' }),
    ];
    expect(first).toEqual({ status: 200, body: { audit_id: expect.any(Number) } });
    expect(again).toEqual(first);
    const { body: log } = await get('/api/v1/audit-log');
    expect(log.events).toEqual([
      {
        audit_id: first.body.audit_id,
        timestamp: expect.stringMatching(/Z$/),
        operation: 'STOCK_COUNTED',
        sku: 'SKU001',
        details: 'shelf 3',
        user: 'developer',
        run_id: null,
      },
    ]);
  },
);

onEachDatabase('A3 what cannot be recorded is refused with its field, in the shape of an error', async (context) => {
  const { post } = await serving(context, { tenant: 'a3' });
  const refused = async (body: unknown) => {
    const { status, body: told } = await post('/api/v1/audit-events', body);
    return [status, told.error.code, told.error.argument];
  };
  expect(await refused({})).toEqual([400, 'BAD_USER_INPUT', 'operation']);
  expect(await refused({ operation: 'X', user: 'somebody else' })).toEqual([400, 'BAD_USER_INPUT', 'user']);
  expect(await refused({ operation: 'X', run_id: 'mine' })).toEqual([400, 'BAD_USER_INPUT', 'run_id']);
  expect(await refused([])).toEqual([400, 'BAD_USER_INPUT', 'body']);
});

onEachDatabase('A4 the log is read newest first by key, operation, run and day, the end day included, page by page', async (context) => {
  const { source } = context;
  const runId = 'run_20260217_143022_a1b2c3d4';
  for (const [day, operation, sku, run] of [
    ['15', 'COUNTED', 'SKU001', ''],
    ['16', 'COUNTED', 'SKU002', runId],
    ['17', 'MOVED', 'SKU001', runId],
  ]) {
    await source.write({ tenant: 'a4', actor: 'ann', occurredAt: `2026-02-${day}T23:30:00Z` }, async (tx) => {
      const { logEvent } = await import('../../../src/rooms/audit/trail-rest.queries.ts');
      await tx.run(logEvent(operation ?? '', '', sku ?? '', 'ann', run || null));
    });
  }
  const { get } = await serving(context, { tenant: 'a4' });
  const days = async (query: string) => {
    const { body } = await get(`/api/v1/audit-log${query}`);
    return body.events.map(({ timestamp }: { timestamp: string }) => timestamp.slice(8, 10));
  };
  expect(await days('')).toEqual(['17', '16', '15']);
  expect(await days('?sku=SKU001')).toEqual(['17', '15']);
  expect(await days('?operation=COUNTED')).toEqual(['16', '15']);
  expect(await days(`?run_id=${runId}`)).toEqual(['17', '16']);
  expect(await days('?from=2026-02-16&to=2026-02-17')).toEqual(['17', '16']);
  expect(await days('?to=2026-02-16')).toEqual(['16', '15']);
  expect(await days('?limit=1&offset=1')).toEqual(['16']);
  const { body } = await get('/api/v1/audit-log?limit=2');
  expect(await days(`?before=${body.next_before}`)).toEqual(['15']);
  expect((await get('/api/v1/audit-log?limit=0')).status).toBe(400);
  expect((await get('/api/v1/audit-log?from=yesterday')).body.error).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'from' });
});

onEachDatabase('A5 A6 a batch of 15 orders has 17 events, oldest first, with its duration', async (context) => {
  const { database } = context;
  const { sql } = await import('drizzle-orm');
  const { finishRun, startRun } = await import('../../../src/rooms/audit/writing.queries.ts');
  const runId = 'run_20260217_143022_a1b2c3d5';
  const who = { tenant: 'a5', actor: 'ann' };
  await database.write(who, (tx) => tx.run(startRun({ name: 'Confirm 15 orders', runId })));
  for (let n = 1; n <= 15; n++)
    await database.write({ ...who, runId }, (tx) => tx.run(sql`select audit.log_event('ORDER_CONFIRMED', ${`order ${n}`}) as id`));
  await database.write(who, (tx) => tx.run(finishRun(runId, 'SUCCEEDED', null)));
  const { get } = await serving(context, { tenant: 'a5' });
  const { body } = await get(`/api/v1/runs/${runId}`);
  expect([body.run_id, body.event_count, typeof body.duration_seconds]).toEqual([runId, 17, 'number']);
  const operations = body.events.map(({ operation }: { operation: string }) => operation);
  expect(operations).toEqual(['BATCH_START', ...Array.from({ length: 15 }, () => 'ORDER_CONFIRMED'), 'BATCH_END']);
  expect([body.start_time, body.end_time]).toEqual([body.events[0].timestamp, body.events[16].timestamp]);
});

onEachDatabase('A5 A7 an unknown run is empty and no error; one that nobody opened is known by its events', async (context) => {
  const { get, post } = await serving(context, { tenant: 'a7' });
  const nobody = 'run_20260101_000000_00000000';
  expect((await get(`/api/v1/runs/${nobody}`)).body).toEqual({
    run_id: nobody,
    event_count: 0,
    events: [],
    start_time: null,
    end_time: null,
    duration_seconds: 0,
  });
  await post('/api/v1/audit-events', { operation: 'SKU_UPDATED', run_id: nobody });
  expect((await get(`/api/v1/runs/${nobody}`)).body).toMatchObject({
    event_count: 1,
    events: [{ operation: 'SKU_UPDATED', run_id: nobody }],
  });
});

onEachDatabase('V23 dashboard and health of the vault are there for monitoring, and need their permission', async (context) => {
  const { get } = await serving(context, { tenant: 'v23' });
  expect((await get('/api/v1/vault/dashboard?from=2026-01-01')).body).toEqual({
    ...{ total: 0, failed: 0, running: 0, success_rate: 1, average_duration_ms: null, by_type: {} },
  });
  expect((await get('/api/v1/vault/health')).body).toMatchObject({
    status: 'OK',
    checks: expect.arrayContaining([expect.objectContaining({ name: 'failures' })]),
  });
  const few = await serving(context, { tenant: 'v23', scopes: new Set(['AUDIT_READ']) });
  expect(await few.get('/api/v1/vault/health')).toEqual({
    status: 403,
    body: { error: { code: 'FORBIDDEN', message: expect.any(String), scope: 'VAULT_READ' } },
  });
  expect((await few.get('/api/v1/audit-log')).status).toBe(200);
});

onEachDatabase('G15 the addresses answer strangers with 401, too many requests with 429, and say what is wrong', async ({ database }) => {
  const callerOf = async () => {
    throw new DomainError('UNAUTHENTICATED', 'There is no valid token.');
  };
  const rest = [...trailRoutes(database), ...vaultRoutes(new VaultService(database, new CursorCodec('a secret for tests only')))];
  const server = await startTestServer({ rest, requiresTokens: true, callerOf, requestsPerMinute: 4 });
  closing.push(() => server.close());
  const ask = async (path: string) => {
    const answer = await fetch(`${server.url}${path}`);
    return [answer.status, JSON.parse(await answer.text()).error?.code, answer.headers.get('retry-after') !== null];
  };
  for (const path of ['audit-log', 'runs/run_20260217_143022_a1b2c3d4', 'vault/dashboard', 'vault/health'])
    expect(await ask(`/api/v1/${path}`)).toEqual([401, 'UNAUTHENTICATED', false]);
  expect(await ask('/api/v1/audit-log')).toEqual([429, 'RATE_LIMITED', true]);
});

onEachDatabase('A4 without PII_READ nobody is named, and another tenant sees nothing', async (context) => {
  const mine = await serving(context, { tenant: 'pii', scopes: new Set(['AUDIT_READ', 'AUDIT_WRITE']) });
  await mine.post('/api/v1/audit-events', { operation: 'SEEN' });
  expect((await mine.get('/api/v1/audit-log')).body.events).toMatchObject([{ operation: 'SEEN', user: '***' }]);
  const theirs = await serving(context, { tenant: 'pii-other' });
  expect((await theirs.get('/api/v1/audit-log')).body).toEqual({ events: [], next_before: null });
});

onEachDatabase('V18 what is read over REST is told to the log of reads, refusals too', async (context) => {
  const kept: RequestReads[] = [];
  const keeper: ReadKeeper = { keep: async (reads) => void kept.push(reads) };
  const { get, post } = await serving(context, { tenant: 'v18' }, keeper);
  await post('/api/v1/audit-events', { operation: 'SEEN', sku: 'SKU001' });
  await get('/api/v1/audit-log');
  const few = await serving(context, { tenant: 'v18', scopes: new Set(['VAULT_READ']) }, keeper);
  expect((await few.get('/api/v1/audit-log')).status).toBe(403);
  expect(kept.map(({ operationName, kinds }) => [operationName, kinds.map(({ isAllowed, rowCount }) => [isAllowed, rowCount])])).toEqual([
    ['GET /api/v1/audit-log', [[true, 1]]],
    ['GET /api/v1/audit-log', [[false, 0]]],
  ]);
  expect(kept[0]?.kinds[0]?.fields).toContain('AuditEntry.details');
});
