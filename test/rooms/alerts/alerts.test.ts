import { sql } from 'drizzle-orm';
import { afterEach, expect, vi } from 'vitest';
import { compile, type Database } from '../../../src/database/database.ts';
import { fixedCaller, type Scope } from '../../../src/shared/caller.ts';
import { DomainError } from '../../../src/shared/errors.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { answer, change } from '../audit/trail.ts';
import { openToys, priceOf as toy } from '../feed/feed-scene.ts';
import {
  history,
  hoursAgo,
  listen,
  priceOf,
  raised,
  setPrice,
  startAlerting,
  stopAlerting,
  type Told,
  usualPrices,
} from './alert-scene.ts';

afterEach(stopAlerting);
const soon = { timeout: 15_000, interval: 30 };
const jumps = (events: readonly Told[]) => events.filter(({ kind }) => kind === 'PRICE_JUMP');
const judgedAll = async ({ owner }: TestDatabase, tenant: string) => {
  const [row] = await owner.run<{ done: boolean }>(
    sql`select a.judged = h.sequence and h.sequence > 0 as done from audit.alert_head a join audit.feed_head h using (tenant) where tenant = ${tenant}`,
  );
  expect(row?.done).toBe(true);
};

onEachDatabase('V30 V31 an anomaly is told when its entry is committed, once among several servers, and kept', async (context) => {
  await usualPrices(context, 'al');
  const servers = [await startAlerting(context)];
  if (context.kind === 'postgresql') servers.push(await startAlerting(context)); // the embedded database has one process
  const listeners: Awaited<ReturnType<typeof listen>>[] = [];
  for (const server of servers) listeners.push(await listen(context, server, 'al'));
  const [strong, other] = [await listen(context, servers[0]!, 'al', { minScore: 1e6 }), await listen(context, servers[0]!, 'al-other')];
  await setPrice(context, 'al', '100.00');
  await vi.waitFor(() => expect(listeners.map(({ events }) => jumps(events).length)).toEqual(servers.map(() => 1)), soon);
  await setPrice(context, 'al', '101.00'); // as usual
  await vi.waitFor(() => judgedAll(context, 'al'), soon);
  const [jump] = jumps(listeners[0]?.events ?? []);
  expect(jump).toMatchObject({ observed: 10, evidence: [{ entityKey: 'LAPTOP-15', operation: 'UPDATE' }] });
  expect(jump?.['summary']).toMatch(
    /^pricing changed price of product LAPTOP-15 from 1000\.00 USD to 100\.00 USD, by a factor of 10 where 1\.01 is usual\.$/,
  );
  for (const { events, errors } of listeners) expect([jumps(events).length, errors]).toEqual([1, []]);
  expect([strong.events, other.events]).toEqual([[], []]);

  const { nodes } = (await answer(context, 'al', history)).alertHistory;
  expect(jumps(nodes)).toEqual([jump]);
  expect((await raised(context, 'al')).map(({ sequence }) => sequence)).toEqual((await raised(context, 'al')).map((_, i) => String(i + 1)));
  expect((await answer(context, 'al-other', history)).alertHistory.nodes).toEqual([]);
  // It is also a node: what was found then, and not what the same time looks like now.
  const byId = 'query ($id: ID!) { node(id: $id) { ... on Anomaly { id kind score summary } } }';
  const { id, kind, score, summary } = jump as Told;
  expect((await answer(context, 'al', byId, { id })).node).toEqual({ id, kind, score, summary });
  expect((await answer(context, 'al-other', byId, { id })).node).toBeNull();
  for (const { close } of [...listeners, strong, other]) close();
});

onEachDatabase(
  'an entry that commits late is judged, also when later ones were judged before',
  async (context) => {
    await usualPrices(context, 'al-late');
    await openToys(context, 'al_toys', 'al-late');
    const server = await startAlerting(context);
    const listener = await listen(context, server, 'al-late');
    await context.source.write({ tenant: 'al-late', actor: 'slow' }, async (tx) => {
      await tx.run(priceOf('al-late', '1.00'));
      const own = context.database.as('whence_source', { connections: 1 });
      await own.write({ tenant: 'al-late', actor: 'quick' }, (quick) => quick.run(toy('al_toys', 'al-late', 'kite', 1)));
      await vi.waitFor(() => judgedAll(context, 'al-late'), soon);
      expect(jumps(listener.events)).toEqual([]);
    });
    await vi.waitFor(() => expect(jumps(listener.events)).toHaveLength(1), soon);
    listener.close();
  },
  { only: 'postgresql' },
);

onEachDatabase('a server that fails while it looks leaves the entries to the next one: no gap, and nothing twice', async (context) => {
  await usualPrices(context, 'al-cut');
  const own = context.database.as('whence_app', { connections: 1 });
  let failures = 0;
  // Fails once before what was found is kept, and once after, as a lost connection does.
  const failing: Database = {
    ...own,
    kind: own.kind,
    write: (written, work) => own.write(written, work),
    close: () => own.close(),
    async read<R extends Record<string, unknown>>(
      reader: Parameters<Database['read']>[0],
      statement: Parameters<Database['read']>[1],
    ): Promise<R[]> {
      const isLast = compile(statement).text.includes('alerts.judged') && reader === 'al-cut';
      const lost = () => new DomainError('UNAVAILABLE', 'The connection was lost.', { retryable: true });
      if (isLast && failures === 0 && ++failures) throw lost();
      const rows = await own.read<R>(reader, statement);
      if (isLast && failures === 1 && ++failures) throw lost();
      return rows;
    },
  };
  const server = await startAlerting(context, { database: failing, leaseMs: 100 });
  await setPrice(context, 'al-cut', '100.00');
  await vi.waitFor(async () => {
    await judgedAll(context, 'al-cut');
    expect(failures).toBe(2);
  }, soon);
  await server.alerts.stop();
  expect((await raised(context, 'al-cut')).filter(({ of }) => of === 'PRICE_JUMP')).toHaveLength(1);
});

onEachDatabase('who may not see personal data is not told from where; who may not read the vault, no operations', async (context) => {
  const tenant = 'al-masks';
  for (let n = 0; n < 60; n++) {
    await change(
      context,
      { tenant, actor: 'carla', actorKind: 'SERVICE', application: 'desk', clientIp: '192.0.2.1', occurredAt: hoursAgo(100 - n) },
      ...(n === 0
        ? [
            sql`insert into commerce.users (tenant, id, key, email, display_name, roles, is_active, created_at)
        values (${tenant}, 1, 'carla', 'carla@x.example', 'Carla', '{}', true, now())`,
          ]
        : [sql`update commerce.users set roles = array[${`r${n}`}] where tenant = ${tenant} and id = 1`]),
    );
  }
  const callerOf = async ({ authorization }: { readonly authorization?: string | undefined }) => ({
    ...fixedCaller,
    tenant,
    scopes: new Set((authorization ?? '').split(' ') as Scope[]),
  });
  const server = await startAlerting(context, {}, { callerOf });
  const plain = await listen(context, server, 'AUDIT_READ');
  const full = await listen(context, server, 'AUDIT_READ PII_READ VAULT_READ');
  const failed = async (name: string) => {
    await context.database.write({ tenant, actor: 'carla' }, (tx) =>
      tx.run(sql`select script_tracking.complete_operation(script_tracking.track_operation(${name}, 'ETL'), false, 'no file')`),
    );
  };
  await failed('load');
  await change(
    context,
    { tenant, actor: 'carla', actorKind: 'SERVICE', application: 'desk', clientIp: '203.0.113.77' },
    sql`update commerce.users set roles = '{thief}' where tenant = ${tenant} and id = 1`,
  );
  const origins = (events: readonly Told[]) => events.filter(({ kind }) => kind === 'UNUSUAL_ORIGIN').map(({ summary }) => summary);
  await vi.waitFor(() => expect([origins(plain.events).length, origins(full.events).length]).toEqual([1, 1]), soon);
  expect(origins(full.events)[0]).toContain('203.0.113.77');
  expect(JSON.stringify(plain.events)).not.toContain('203.0.113');
  const executions = (events: readonly Told[]) => events.filter(({ __typename }) => __typename === 'VaultExecution');
  expect(executions(full.events)).toEqual([
    { __typename: 'VaultExecution', scriptName: 'load', status: 'FAILED', errorMessage: 'no file' },
  ]);
  expect(executions(plain.events)).toEqual([]);

  const nobody = await listenRefused(server, 'VAULT_READ');
  expect(nobody).toBe('FORBIDDEN');
  plain.close();
  full.close();
  // An operation that is cleaned up needs no attention any more.
  const kept = async () => executions((await answer(context, tenant, history)).alertHistory.nodes).length;
  expect(await kept()).toBe(1);
  await context.owner.run(`set session_replication_role = replica; update script_tracking.script_execution_s set completed_at = '2020-01-01'
    where script_name = 'load'; set session_replication_role = origin; select script_tracking.cleanup_old_data(30)`);
  expect(await kept()).toBe(0);
});

async function listenRefused(
  server: { readonly url: string },
  authorization: string,
  variables: object = {},
  more: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const body = JSON.stringify({ query: 'subscription ($minScore: Float = 3) { alerts(minScore: $minScore) { __typename } }', variables });
  const headers = { 'content-type': 'application/json', authorization, ...more };
  const response = await fetch(`${server.url}/graphql/stream`, { method: 'POST', headers, body });
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  return errors[0]?.extensions.code;
}

onEachDatabase('the history is paged by keyset within a period, newest first, and wrong input has its code', async (context) => {
  const check = (n: number) => ({ finding: `n${n}`, facts: { name: `n${n}`, status: 'DEGRADED', detail: `fault ${n}` } });
  const raise = (...ns: number[]) =>
    context.owner.run(sql`select audit.raise_alerts('al-pages', 'HEALTH', ${JSON.stringify(ns.map(check))}::text::jsonb) as raised`);
  expect(await raise(1, 2, 3)).toEqual([{ raised: 3 }]);
  const [{ between } = { between: '' }] = await context.owner.run<{ between: string }>(
    `select audit.instant(clock_timestamp()) as between`,
  );
  expect(await raise(3, 4, 4, 5, 6, 7)).toEqual([{ raised: 4 }]); // the same finding is one alert
  const page = async (variables: object) => (await answer(context, 'al-pages', history, { ...variables })).alertHistory;
  const names = ({ nodes }: { readonly nodes: readonly Told[] }) => nodes.map(({ name }) => name);
  const first = await page({ first: 3 });
  expect([names(first), first.pageInfo.hasNextPage, first.edges.length]).toEqual([['n7', 'n6', 'n5'], true, 3]);
  await raise(8);
  const second = await page({ first: 3, after: first.pageInfo.endCursor });
  expect(names(second)).toEqual(['n4', 'n3', 'n2']);
  const last = await page({ first: 3, after: second.pageInfo.endCursor });
  expect([names(last), last.pageInfo.hasNextPage]).toEqual([['n1'], false]);
  expect(names(await page({ range: { from: '2020-01-01T00:00:00Z', to: between } }))).toEqual(['n3', 'n2', 'n1']);
  const codes = [];
  for (const variables of [
    { after: 'nonsense' },
    { first: -1 },
    { first: 501 },
    { range: { from: between, to: '2020-01-01T00:00:00Z' } },
  ]) {
    codes.push(await answer(context, 'al-pages', history, variables).catch(({ code }) => code));
  }
  codes.push(await answer(context, 'al-others', history, { after: first.pageInfo.endCursor }).catch(({ code }) => code));
  expect(codes).toEqual(['CURSOR_INVALID', 'BAD_USER_INPUT', 'BAD_USER_INPUT', 'BAD_USER_INPUT', 'CURSOR_INVALID']);
});

onEachDatabase('alerts are server-sent events too, and Last-Event-ID misses none', async (context) => {
  const server = await startAlerting(context);
  const raise = (name: string) =>
    context.owner.run(
      sql`select audit.raise_alerts('al-sse', 'HEALTH', ${JSON.stringify([{ finding: name, facts: { name, status: 'DEGRADED', detail: '' } }])}::text::jsonb)`,
    );
  const read = async (many: number, lastEventId?: string, act: () => Promise<unknown> = async () => {}) => {
    const abort = new AbortController();
    const headers = {
      'content-type': 'application/json',
      authorization: 'al-sse',
      ...(lastEventId ? { 'last-event-id': lastEventId } : {}),
    };
    const body = JSON.stringify({ query: 'subscription { alerts { ... on HealthCheck { name } } }' });
    const response = await fetch(`${server.url}/graphql/stream`, { method: 'POST', headers, body, signal: abort.signal });
    await act();
    let text = '';
    const events = () =>
      [...text.matchAll(/id: (\S+)\ndata: (.*)\n\n/g)].map(([, id, data]) => ({ id, name: JSON.parse(data ?? '').data.alerts.name }));
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (events().length >= many) break;
    }
    abort.abort();
    return events();
  };
  const [one] = await read(1, undefined, () => raise('first'));
  expect(one?.name).toBe('first');
  await raise('second');
  await raise('third');
  expect((await read(2, one?.id)).map(({ name }) => name)).toEqual(['second', 'third']);
  expect(await listenRefused(server, 'al-sse', { minScore: -1 })).toBe('BAD_USER_INPUT');
  expect(await listenRefused(server, 'al-sse-other', {}, { 'last-event-id': one?.id ?? '' })).toBe('CURSOR_INVALID');
  expect(await listenRefused(server, 'al-sse', {}, { 'last-event-id': 'nonsense' })).toBe('CURSOR_INVALID');
  await context.owner.run(`update audit.alert_head set sequence = 0 where tenant = 'al-sse'`); // as if restored to an earlier time
  expect(await listenRefused(server, 'al-sse', {}, { 'last-event-id': one?.id ?? '' })).toBe('CURSOR_AHEAD');
});

onEachDatabase(
  'a check that goes wrong is told to every tenant once, however many servers see it, and again when it goes wrong anew',
  async (context) => {
    await usualPrices(context, 'al-well');
    let isWell = true;
    const checks = async () => [
      isWell ? { name: 'capture', isWell } : { name: 'capture', isWell, detail: '1 tracked tables are not captured.' },
    ];
    const servers = [await startAlerting(context, { checks })];
    if (context.kind === 'postgresql') servers.push(await startAlerting(context, { checks }));
    const listener = await listen(context, servers[0]!, 'al-well');
    const look = async (now: boolean) => {
      isWell = now;
      for (const { alerts } of [...servers, ...servers]) await alerts.check();
    };
    const told = () => listener.events.filter(({ __typename }) => __typename === 'HealthCheck');
    await look(false);
    await vi.waitFor(() => expect(told()).toHaveLength(1), soon);
    expect(told()).toEqual([
      { __typename: 'HealthCheck', name: 'capture', healthStatus: 'DEGRADED', detail: '1 tracked tables are not captured.' },
    ]);
    await look(true);
    await look(false);
    await vi.waitFor(() => expect(told()).toHaveLength(2), soon);
    listener.close();
  },
);
