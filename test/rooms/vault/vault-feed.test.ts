import { sql } from 'drizzle-orm';
import { expect, vi } from 'vitest';
import { fixedCaller, type Scope } from '../../../src/shared/caller.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { clientOf, collect, sent, startLive } from '../feed/live-scene.ts';

const soon = { timeout: 10_000, interval: 20 };
const document = `subscription ($filter: VaultExecutionFilterInput) {
  vaultFeed(filter: $filter) { id scriptName scriptType status errorMessage durationMs completedAt history { versionNumber } origin { clientIp } }
}`;

interface Execution {
  readonly id: string;
  readonly scriptName: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

const told = (events: readonly Execution[]) => events.map(({ scriptName, status }) => `${scriptName} ${status}`);

/** An operation that begins in one transaction and ends in another. */
async function run({ database }: TestDatabase, tenant: string, name: string, success = true): Promise<void> {
  const key = await database.write({ tenant, actor: 'ann', clientIp: '203.0.113.9' }, async (tx) => {
    const [row] = await tx.run(sql`select encode(script_tracking.track_operation(${name}, 'ETL'), 'hex') as key`);
    return String(row?.['key']);
  });
  await database.write({ tenant, actor: 'ann' }, (tx) =>
    tx.run(sql`select script_tracking.complete_operation(decode(${key}, 'hex'), ${success}::boolean, ${success ? null : 'no file'}::text)`),
  );
}

onEachDatabase('operations come as they start, end and fail, each as it was then, to their own tenant alone', async (context) => {
  const server = await startLive(context);
  const begun = sent(context, 'feed.log', 3);
  const [own, failures, others] = [
    collect<Execution>(clientOf(server, 'vf'), document),
    collect<Execution>(clientOf(server, 'vf'), document, { filter: { status: { eq: 'FAILED' }, scriptName: { startsWith: 'load' } } }),
    collect<Execution>(clientOf(server, 'vf-other'), document),
  ];
  await begun;
  await run(context, 'vf', 'load-1');
  await run(context, 'vf', 'load-2', false);
  await run(context, 'vf-other', 'theirs', false);
  await vi.waitFor(() => expect(told(own.events)).toHaveLength(4), soon);
  expect(told(own.events)).toEqual(['load-1 RUNNING', 'load-1 COMPLETED', 'load-2 RUNNING', 'load-2 FAILED']);
  expect(own.events[0]).toMatchObject({ completedAt: null, durationMs: null, errorMessage: null, scriptType: 'ETL' });
  expect(own.events[3]).toMatchObject({ errorMessage: 'no file', id: own.events[2]?.id });
  await vi.waitFor(() => expect(told(others.events)).toEqual(['theirs RUNNING', 'theirs FAILED']), soon);
  expect(told(failures.events)).toEqual(['load-2 FAILED']);
  for (const { close, errors } of [own, failures, others]) {
    close();
    expect(errors).toEqual([]);
  }
});

onEachDatabase('DDL is told too, and what is imported', async (context) => {
  await context.owner.run(`update audit.setting set value = 'vf-ddl' where name = 'default_tenant'`);
  const server = await startLive(context);
  const begun = sent(context, 'feed.log');
  const feed = collect<Execution>(clientOf(server, 'vf-ddl'), document);
  await begun;
  await context.owner.run(`set app.tenant = 'vf-ddl'; create table public.told_by_feed (a int); reset app.tenant`);
  await context.source.write({ tenant: 'vf-ddl', actor: 'importer' }, (tx) =>
    tx.run(sql`select script_tracking.import_operation('old-1', 'old load', 'ETL', 'FAILED', '2020-01-01', 5, 'elsewhere')`),
  );
  await vi.waitFor(() => expect(told(feed.events)).toEqual(['CREATE TABLE public.told_by_feed COMPLETED', 'old load FAILED']), soon);
  feed.close();
});

onEachDatabase(
  'a caller needs VAULT_READ; addresses are masked without PII_READ, and a wrong filter is refused at once',
  async (context) => {
    const callerOf = async ({ authorization }: { readonly authorization?: string | undefined }) => ({
      ...fixedCaller,
      tenant: 'vf-scopes',
      scopes: new Set((authorization ?? '').split(' ') as Scope[]),
    });
    const server = await startLive(context, 200, { callerOf });
    const refused = collect<Execution>(clientOf(server, 'AUDIT_READ'), document);
    await vi.waitFor(() => expect(refused.errors[0]?.extensions.code).toBe('FORBIDDEN'), soon);
    const wrong = collect<Execution>(clientOf(server, 'VAULT_READ'), document, {
      filter: { scriptName: { contains: 'x'.repeat(100_000) } },
    });
    await vi.waitFor(() => expect(wrong.errors[0]?.extensions.code).toBe('BAD_USER_INPUT'), soon);
    const begun = sent(context, 'feed.log', 2);
    const [plain, full] = [
      collect<Execution>(clientOf(server, 'VAULT_READ'), document),
      collect<Execution>(clientOf(server, 'VAULT_READ PII_READ'), document),
    ];
    await begun;
    await run(context, 'vf-scopes', 'job');
    await vi.waitFor(() => expect([plain.events.length, full.events.length]).toEqual([2, 2]), soon);
    expect([plain.events[0]?.['origin'], full.events[0]?.['origin']]).toEqual([{ clientIp: null }, { clientIp: '203.0.113.9' }]);
    plain.close();
    full.close();
  },
);

onEachDatabase(
  'what commits late is not lost and none comes twice, whoever ticks',
  async (context) => {
    const tenant = 'vf-late';
    const servers = [await startLive(context), await startLive(context)];
    const begun = sent(context, 'feed.log', 2);
    const feeds = servers.map((server) => collect<Execution>(clientOf(server, tenant), document));
    await begun;
    await context.source.write({ tenant, actor: 'slow' }, async (tx) => {
      await tx.run(sql`select script_tracking.track_operation('slow', 'ETL')`);
      await Promise.all(Array.from({ length: 8 }, (_, n) => run(context, tenant, `quick-${n}`)));
      await vi.waitFor(() => expect(feeds.map(({ events }) => events.length)).toEqual([16, 16]), soon);
    });
    await vi.waitFor(() => expect(feeds.map(({ events }) => events.length)).toEqual([17, 17]), soon);
    const [one, other] = feeds.map(({ events }) => told(events));
    expect(one).toEqual(other);
    expect(one?.at(-1)).toBe('slow RUNNING');
    expect(new Set(one).size).toBe(17);
    for (const { close } of feeds) close();
    const rows = await context.owner.run<{ dense: boolean }>(
      `select max(sequence) = count(*) and count(distinct (script_execution_hk, load_date)) = count(*) as dense from audit.execution_position group by tenant_hk`,
    );
    expect(rows.every(({ dense }) => dense)).toBe(true);
  },
  { only: 'postgresql' },
);

onEachDatabase('a version keeps its place when the database was restored, and cleaning takes the place away', async (context) => {
  const step = () => context.owner.run(`select newest_tick from audit.feed_step('{}', null, null, 2000, '1 s')`);
  const places = () =>
    context.owner.run(`select sequence from audit.execution_position where tenant_hk = script_tracking.tenant_key('vf-kept') order by 1`);
  await run(context, 'vf-kept', 'before');
  await step();
  // As after a restore: transaction ids and ticks of another cluster say nothing here.
  await context.owner.run(`insert into audit.epoch select max(epoch) + 1, max(last_entry_id_before) from audit.epoch`);
  await run(context, 'vf-kept', 'after');
  await context.owner.run('update audit.execution_placed set tick = tick + 1000000');
  await vi.waitFor(async () => {
    await step();
    expect(await places()).toEqual(['1', '2', '3', '4'].map((sequence) => ({ sequence })));
  }, soon);
  await context.owner.run(`set session_replication_role = replica; update script_tracking.script_execution_s set completed_at = '2020-01-01'
    where tenant_hk = script_tracking.tenant_key('vf-kept') and script_name = 'before'; set session_replication_role = origin; select script_tracking.cleanup_old_data(30)`);
  expect(await places()).toEqual(['3', '4'].map((sequence) => ({ sequence })));
});
