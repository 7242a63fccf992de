import { sql } from 'drizzle-orm';
import { expect, vi } from 'vitest';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { openToys, priceOf } from './feed-scene.ts';
import { clientOf, collect, startLive } from './live-scene.ts';

const soon = { timeout: 10_000, interval: 20 };
const document = 'subscription ($runId: RunId!) { runProgress(runId: $runId) { key name status entryCount finishedAt } }';

interface Progress {
  readonly key: string;
  readonly status: string;
  readonly entryCount: number;
}

function watch(server: Awaited<ReturnType<typeof startLive>>, tenant: string, runId: string) {
  return collect<Progress>(clientOf(server, tenant), document, { runId });
}

async function startRun({ database }: TestDatabase, tenant: string): Promise<string> {
  const [row] = await database.write({ tenant, actor: 'ann' }, (tx) => tx.run(sql`select audit.start_run('Load') as id`));
  return String(row?.['id']);
}

const finishRun = ({ database }: TestDatabase, tenant: string, runId: string, status = 'SUCCEEDED') =>
  database.write({ tenant, actor: 'ann' }, (tx) => tx.run(sql`select audit.finish_run(${runId}, ${status})`));

onEachDatabase('a run is told as it is, then as its entries are committed, and the stream ends with it', async (context) => {
  await openToys(context, 'run_toys', 'rp');
  const server = await startLive(context);
  const runId = await startRun(context, 'rp');
  const add = (n: number, ofRun: string | null = runId) =>
    context.source.write({ tenant: 'rp', actor: 'ann', ...(ofRun ? { runId: ofRun } : {}) }, (tx) =>
      tx.run(priceOf('run_toys', 'rp', `toy-${n}`, n)),
    );
  const [one, other] = [watch(server, 'rp', runId), watch(server, 'rp', runId)];
  await vi.waitFor(() => expect([one.events.length, other.events.length]).toEqual([1, 1]), soon);
  expect(one.events).toEqual([{ key: runId, name: 'Load', status: 'RUNNING', entryCount: 1, finishedAt: null }]);

  await add(0, null); // of no run: nothing to tell
  for (let n = 1; n <= 40; n++) await add(n);
  await vi.waitFor(() => expect(one.events.at(-1)?.entryCount).toBe(41), soon);
  const counts = one.events.map(({ entryCount }) => entryCount);
  expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
  expect(counts.length).toBeLessThan(30); // many ticks, few events
  expect(one.state.isOver).toBe(false);

  await finishRun(context, 'rp', runId, 'FAILED');
  await vi.waitFor(() => expect([one.state.isOver, other.state.isOver]).toEqual([true, true]), soon);
  for (const { events, errors } of [one, other]) {
    expect(events.at(-1)).toMatchObject({ status: 'FAILED', entryCount: 42 });
    expect(events.filter(({ status }) => status !== 'RUNNING')).toHaveLength(1);
    expect(errors).toEqual([]);
  }

  const late = watch(server, 'rp', runId);
  await vi.waitFor(() => expect(late.state.isOver).toBe(true), soon);
  expect(late.events).toMatchObject([{ status: 'FAILED', entryCount: 42 }]);
});

onEachDatabase('entries of a run that commit late are told, and nobody reads for each subscriber', async (context) => {
  await openToys(context, 'late_run_toys', 'rp-late');
  const server = await startLive(context);
  const runId = await startRun(context, 'rp-late');
  const watching = Array.from({ length: 5 }, () => watch(server, 'rp-late', runId));
  await vi.waitFor(() => expect(watching.map(({ events }) => events.length)).toEqual([1, 1, 1, 1, 1]), soon);
  let reads = 0;
  const stop = context.observe(({ asked }) => {
    if (/feed\.entries|audit\.runs/.test(asked.text)) reads++;
  });
  const slow = context.source.write({ tenant: 'rp-late', actor: 'slow', runId }, async (tx) => {
    await tx.run(priceOf('late_run_toys', 'rp-late', 'slow', 1));
    if (context.kind === 'pglite') return; // one writer at a time
    await context.database
      .as('whence_source', { connections: 1 })
      .write({ tenant: 'rp-late', actor: 'quick', runId }, (other) => other.run(priceOf('late_run_toys', 'rp-late', 'quick', 1)));
    await vi.waitFor(() => expect(watching[0]?.events.at(-1)?.entryCount).toBe(2), soon);
  });
  await slow;
  const all = context.kind === 'pglite' ? 2 : 3;
  await vi.waitFor(() => expect(watching.map(({ events }) => events.at(-1)?.entryCount)).toEqual([all, all, all, all, all]), soon);
  stop();
  expect(reads).toBeLessThanOrEqual(4 * (all - 1));
  await finishRun(context, 'rp-late', runId);
  await vi.waitFor(() => expect(watching.every(({ state }) => state.isOver)).toBe(true), soon);
});

onEachDatabase('a run that there is not, or of another tenant, is refused', async (context) => {
  const server = await startLive(context);
  const runId = await startRun(context, 'rp-mine');
  for (const [tenant, asked, code] of [
    ['rp-theirs', runId, 'NOT_FOUND'],
    ['rp-mine', 'run_20260101_000000_00000000', 'NOT_FOUND'],
    ['rp-mine', 'nonsense', 'BAD_USER_INPUT'],
  ] as const) {
    const refused = watch(server, tenant, asked);
    await vi.waitFor(() => expect(refused.errors[0]?.extensions.code).toBe(code), soon);
    expect(refused.events).toEqual([]);
  }
});
