import { sql } from 'drizzle-orm';
import { afterEach, expect } from 'vitest';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { openToys, price } from './feed-scene.ts';
import {
  ask,
  closeHooks,
  createDocument,
  entriesOf,
  hook,
  ofTable,
  redeliver,
  startHooks,
  startReceiver,
  until,
  webhooksOf,
} from './webhook-scene.ts';

afterEach(closeHooks);

/** Alerts of one tenant, told by a check each; the worker looks by itself. */
async function raise({ owner }: TestDatabase, tenant: string, ...names: readonly string[]): Promise<void> {
  const findings = names.map((name) => ({ finding: `${tenant} ${name}`, facts: { name, status: 'DEGRADED', detail: 'for a test' } }));
  await owner.run(sql`select audit.raise_alerts(${tenant}, 'HEALTH', ${JSON.stringify(findings)}::text::jsonb)`);
}

const namesOf = (deliveries: readonly { readonly alerts: readonly { readonly [field: string]: unknown }[] }[]) =>
  deliveries.flatMap(({ alerts }) => alerts.map(({ name }) => name));

onEachDatabase('an endpoint that takes alerts gets them in order, each once, beside the entries that fit', async (context) => {
  const tenant = 'alarmed';
  await openToys(context, 'alarm_toys', tenant);
  await price(context, 'alarm_toys', tenant, { before: 1 });
  await raise(context, tenant, 'before');
  const [server, both, alone] = [await startHooks(context), await startReceiver(), await startReceiver()];
  await hook(server, tenant, both.url, { events: ['AUDIT_ENTRY', 'ALERT'], ...ofTable('alarm_toys') });
  await hook(server, tenant, alone.url, { events: ['ALERT'] });
  for (let i = 0; i < 3; i++) {
    await raise(context, tenant, `check ${i}`);
    await price(context, 'alarm_toys', tenant, { kite: i });
  }
  await until(() => namesOf(both.received).length >= 3 && namesOf(alone.received).length >= 3, 'three alerts');
  await until(() => both.received.flatMap(({ entries }) => entries).length >= 3, 'three entries');
  for (const { received } of [both, alone]) expect(namesOf(received)).toEqual(['check 0', 'check 1', 'check 2']);
  const [, ...since] = await entriesOf(context, tenant, 'alarm_toys');
  expect(both.received.flatMap(({ entries }) => entries)).toEqual(since);
  expect(alone.received.flatMap(({ entries }) => entries)).toEqual([]);
  const { type, cursor, alerts } = JSON.parse(alone.received.at(-1)?.body ?? '');
  expect([type, cursor]).toEqual(['ALERT', alerts.at(-1).cursor]);
  expect(alerts.at(-1).alert).toEqual({ __typename: 'HealthCheck', name: 'check 2', status: 'DEGRADED', detail: 'for a test' });
  await until(
    async () => (await webhooksOf(server, tenant)).every(({ lagMs }: { lagMs: number | null }) => lagMs === null),
    'the end of lag',
  );
});

onEachDatabase('alerts that failed come again under the same id, are given up, and come when they are asked for', async (context) => {
  const tenant = 'deaf';
  let isUp = false;
  const receiver = await startReceiver(() => (isUp ? 200 : 503));
  await openToys(context, 'deaf_toys', tenant);
  await price(context, 'deaf_toys', tenant, { kite: 1 });
  const server = await startHooks(context, { rules: { tries: 2, firstWaitMs: 10, givenUpInARow: 2, entries: 1 } });
  const { id } = await hook(server, tenant, receiver.url, { events: ['ALERT'] });
  await raise(context, tenant, 'a', 'b', 'c');
  server.worker.poke();
  await until(async () => !(await webhooksOf(server, tenant))[0].isActive, 'the end of patience');
  expect(namesOf(receiver.received)).toEqual(['a', 'a', 'b', 'b']);
  expect(new Set(receiver.received.map((delivery) => delivery.id)).size).toBe(2);
  const [given] = await webhooksOf(server, tenant);
  expect(given).toMatchObject({
    deadLetterCount: 2,
    lagMs: expect.any(Number),
    deliveries: [{ event: 'ALERT', entryCount: 1 }, {}, {}, {}],
  });

  isUp = true;
  const dead = given.deliveries.filter(({ outcome }: { outcome: string }) => outcome === 'GIVEN_UP');
  const { webhook, userErrors } = await redeliver(server, tenant, id, dead.at(-1).after);
  expect([userErrors, webhook.isActive, webhook.deadLetterCount]).toEqual([[], true, 0]);
  server.worker.poke();
  await until(() => receiver.taken.length === 3, 'all of them');
  expect(namesOf(receiver.taken)).toEqual(['a', 'b', 'c']);
});

onEachDatabase(
  'alerts are for who may read the vault, and a cursor of entries says nothing to an endpoint that takes none',
  async (context) => {
    const tenant = 'barred';
    await openToys(context, 'barred_toys', tenant);
    await price(context, 'barred_toys', tenant, { kite: 1 });
    const [server, receiver] = [await startHooks(context), await startReceiver()];
    const input = { url: receiver.url, events: ['ALERT'] };
    await expect(ask(server, { tenant, scopes: new Set(['ADMIN']) }, createDocument, { input })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    const { id } = await hook(server, tenant, receiver.url, { events: ['ALERT'] });
    const { auditEntries } = await ask(server, { tenant }, '{ auditEntries(first: 1) { edges { cursor } } }');
    const { webhook, userErrors } = await redeliver(server, tenant, id, auditEntries.edges[0].cursor);
    expect([webhook, userErrors]).toEqual([null, [{ code: 'INVALID', field: ['input', 'after'] }]]);
  },
);
