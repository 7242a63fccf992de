// Several servers, servers that die, and endpoints that fail: nothing is lost, and no id is ever delivered with other entries.

import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Database } from '../../../src/database/database.ts';
import { DomainError } from '../../../src/shared/errors.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { openToys, price } from './feed-scene.ts';
import {
  entriesOf,
  hook,
  keyOf,
  letTimePass,
  ofTable,
  type Reaction,
  type Received,
  startHooks,
  startReceiver,
  until,
  webhooksOf,
} from './webhook-scene.ts';

/** The embedded database has one server. */
const onServers = (name: string, test: (context: TestDatabase) => unknown) => onEachDatabase(name, test, { only: 'postgresql' });

const idsOf = (deliveries: readonly Received[]) => deliveries.flatMap(({ entries }) => entries);

onServers('two servers deliver each entry once, in order', async (context) => {
  const tenant = 'shared';
  await openToys(context, 'shared_toys', tenant);
  const [server] = [await startHooks(context, { rules: { entries: 3 } }), await startHooks(context, { rules: { entries: 3 } })];
  const receivers = [await startReceiver(), await startReceiver(), await startReceiver()];
  for (const { url } of receivers) await hook(server, tenant, url, ofTable('shared_toys'));
  for (let i = 0; i < 20; i++) await price(context, 'shared_toys', tenant, { kite: i, [`toy${i}`]: i });
  await until(() => receivers.every(({ received }) => idsOf(received).length >= 40));
  const all = await entriesOf(context, tenant, 'shared_toys');
  for (const { received } of receivers) expect(idsOf(received)).toEqual(all);
});

onServers(
  'what a server had begun when it died is sent by another when its lease ends, under the same id and with nothing added',
  async (context) => {
    const tenant = 'taken-over';
    await openToys(context, 'orphan_toys', tenant);
    let isDead = false;
    // Nothing it says reaches the database any more.
    const dying: Database = {
      kind: context.kind,
      read: (reader, statement) =>
        isDead ? Promise.reject(new DomainError('UNAVAILABLE', 'The server is dead.')) : context.database.read(reader, statement),
      write: (written, work) => context.database.write(written, work),
      close: () => Promise.resolve(),
    };
    const receiver = await startReceiver(() => {
      if (isDead) return 200;
      isDead = true;
      return 'hang';
    });
    const first = await startHooks(context, { database: dying });
    const { id } = await hook(first, tenant, receiver.url, ofTable('orphan_toys'));
    await price(context, 'orphan_toys', tenant, { kite: 1 });
    await until(() => receiver.received.length === 1);
    const second = await startHooks(context);
    await price(context, 'orphan_toys', tenant, { ball: 1 });
    await until(async () => (await entriesOf(context, tenant, 'orphan_toys')).length === 2);
    second.worker.poke();
    const [held] = await context.owner.run(
      sql`select lease_until > clock_timestamp() as held from audit.webhook where id = ${keyOf(id)}::text::bigint`,
    );
    expect([held?.['held'], receiver.taken]).toEqual([true, []]);
    await letTimePass(context, id, second);
    await until(() => idsOf(receiver.taken).length === 2);
    const [begun, again, next] = receiver.received;
    expect([again?.id, again?.entries]).toEqual([begun?.id, begun?.entries]);
    expect([...(begun?.entries ?? []), ...(next?.entries ?? [])]).toEqual(await entriesOf(context, tenant, 'orphan_toys'));
  },
);

onServers('a server that stops cuts off what hangs and gives it back at once', async (context) => {
  const tenant = 'stopped';
  await openToys(context, 'stop_toys', tenant);
  let hangs = true;
  const receiver = await startReceiver(() => (hangs ? 'hang' : 200));
  const first = await startHooks(context, { graceMs: 20 });
  await hook(first, tenant, receiver.url, ofTable('stop_toys'));
  await price(context, 'stop_toys', tenant, { kite: 1 });
  await until(() => receiver.received.length === 1);
  await first.worker.stop();
  hangs = false;
  const second = await startHooks(context);
  await until(async () => receiver.taken.length === 1 && (await webhooksOf(second, tenant))[0].lagMs === null);
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
  const [webhook] = await webhooksOf(second, tenant);
  expect(webhook.deliveries.map(({ outcome, attempt }: { outcome: string; attempt: number }) => [outcome, attempt])).toEqual([
    ['DELIVERED', 1],
  ]);
});

onServers(
  'whatever an endpoint answers and when, in the end it has taken every entry in order, and each id stands for the same entries',
  async (context) => {
    await openToys(context, 'any_toys', 'nobody');
    const servers = [await startHooks(context, rules), await startHooks(context, rules)];
    let run = 0;
    const reaction = fc.constantFrom<Reaction>(200, 200, 200, 500, 429, 302, 'cut');
    const scenario = fc.record({
      reactions: fc.array(reaction, { maxLength: 25 }),
      batches: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ reactions, batches }) => {
        const tenant = `any-${run++}`;
        let seen = 0;
        const receiver = await startReceiver(() => reactions[seen++] ?? 200);
        await hook(servers[run % 2]!, tenant, receiver.url, ofTable('any_toys'));
        for (const [nth, size] of batches.entries()) {
          await price(context, 'any_toys', tenant, Object.fromEntries(Array.from({ length: size }, (_, i) => [`toy${nth}-${i}`, i])));
        }
        const total = batches.reduce((sum, size) => sum + size, 0);
        await until(() => new Set(idsOf(receiver.taken)).size === total);
        const byId = new Map(receiver.received.map(({ id, entries }) => [id, entries]));
        for (const { id, entries } of receiver.received) expect(entries).toEqual(byId.get(id));
        const once = [...new Map(receiver.taken.map((delivery) => [delivery.id, delivery])).values()];
        expect(idsOf(once)).toEqual(await entriesOf(context, tenant, 'any_toys'));
      }),
      { numRuns: 8 },
    );
  },
);

const rules = { rules: { entries: 3, tries: 1_000, firstWaitMs: 1, longestWaitMs: 8 } };
