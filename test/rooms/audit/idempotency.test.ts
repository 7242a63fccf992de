import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer } from './trail.ts';

const start = `mutation ($input: StartRunInput!) { startRun(input: $input) { run { key name status } userErrors { code field } } }`;
const startRun = async (context: TestDatabase, tenant: string, input: Record<string, unknown>) =>
  (await answer(context, tenant, start, { input })).startRun;

async function runsOf(context: TestDatabase, tenant: string): Promise<number> {
  return (await answer(context, tenant, '{ runs { totalCount } }')).runs.totalCount;
}

onEachDatabase('the same key and input give the first outcome, as its object is now; another input is a mismatch', async (context) => {
  const input = { name: 'Nightly', idempotencyKey: 'k-1', details: { a: 1, b: { c: 2, d: 3 } } };
  const first = await startRun(context, 'once', input);
  await answer(context, 'once', `mutation { finishRun(input: { runId: "${first.run.key}", status: SUCCEEDED }) { run { key } } }`);
  expect(await startRun(context, 'once', { details: { b: { d: 3, c: 2 }, a: 1 }, idempotencyKey: 'k-1', name: 'Nightly' })).toEqual({
    run: { ...first.run, status: 'SUCCEEDED' },
    userErrors: [],
  });
  expect(await startRun(context, 'once', { ...input, name: 'Other' })).toEqual({
    run: null,
    userErrors: [{ code: 'IDEMPOTENCY_MISMATCH', field: ['input', 'idempotencyKey'] }],
  });
  const event = await answer(
    context,
    'once',
    `mutation { recordAuditEvent(input: { operationName: "X", idempotencyKey: "k-1" }) { auditEntry { id } userErrors { code } } }`,
  );
  expect(event.recordAuditEvent).toEqual({ auditEntry: null, userErrors: [{ code: 'IDEMPOTENCY_MISMATCH' }] });
  expect(await runsOf(context, 'once')).toBe(1);
  expect((await startRun(context, 'once more', input)).run.key).not.toBe(first.run.key); // another tenant's keys are its own
  for (const idempotencyKey of ['', 'x'.repeat(256)])
    expect((await startRun(context, 'once', { name: 'x', idempotencyKey })).userErrors[0].code).toBe('INVALID');
});

onEachDatabase('a field that is null is as good as left out; inside a JSON value it is a value', async (context) => {
  const input = { name: 'Nightly', idempotencyKey: 'k-7', reason: { text: 'Why' }, details: { a: null } };
  const first = await startRun(context, 'null', input);
  expect(await startRun(context, 'null', { ...input, runId: null, reason: { text: 'Why', code: null } })).toEqual(first);
  expect((await startRun(context, 'null', { ...input, details: {} })).userErrors[0].code).toBe('IDEMPOTENCY_MISMATCH');
  expect(await runsOf(context, 'null')).toBe(1);
});

onEachDatabase('a refusal is an outcome, too: its repeat is refused alike', async (context) => {
  const runId = 'run_20260301_120000_0000dddd';
  const finish = `mutation ($k: String) { finishRun(input: { runId: "${runId}", status: FAILED, idempotencyKey: $k }) { run { key } userErrors { code message } } }`;
  const first = await answer(context, 'refusal', finish, { k: 'k-2' });
  expect(first.finishRun.userErrors[0].code).toBe('NOT_FOUND');
  await startRun(context, 'refusal', { name: 'Now it is there', runId });
  expect(await answer(context, 'refusal', finish, { k: 'k-2' })).toEqual(first);
  expect((await answer(context, 'refusal', finish, { k: 'k-3' })).finishRun.run).toEqual({ key: runId });
});

onEachDatabase('calls at the same time do the work once', async (context) => {
  const input = { name: 'Together', idempotencyKey: 'k-4' };
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => startRun(context, 'together', input)));
  expect(new Set(outcomes.map(({ run }) => run.key)).size).toBe(1);
  expect(await runsOf(context, 'together')).toBe(1);
});

onEachDatabase('after 24 hours a key is free again, and keys that old are removed', async (context) => {
  const input = { name: 'Daily', idempotencyKey: 'k-5' };
  const first = await startRun(context, 'daily', input);
  await startRun(context, 'daily', { name: 'Other', idempotencyKey: 'k-6' });
  await context.owner.run(`update access.idempotency_key set created_at = now() - interval '24 hours 1 second' where tenant = 'daily'`);
  const second = await startRun(context, 'daily', { ...input, name: 'Daily 2' });
  expect(second).toMatchObject({ run: { name: 'Daily 2' }, userErrors: [] });
  expect(second.run.key).not.toBe(first.run.key);
  const kept = await context.owner.run(sql`select key from access.idempotency_key where tenant = 'daily'`);
  expect(kept).toEqual([{ key: 'k-5' }]);
});
