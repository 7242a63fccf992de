// Several servers, servers that die, and endpoints that fail: nothing is lost, and no id is ever delivered with other entries.

import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterEach, expect } from 'vitest';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { startProgram } from '../../support/program.ts';
import { openToys, price } from './feed-scene.ts';
import {
  closeHooks,
  createDocument,
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

const killing: (() => void)[] = [];
afterEach(async () => {
  for (const kill of killing.splice(0)) kill();
  await closeHooks();
});

/** A server as a process of its own, whose callers are of the tenant `demo`. */
async function startProcess({ url }: TestDatabase) {
  const environment = { DATABASE_URL: url ?? '', WHENCE_WEBHOOK_ALLOW: '127.0.0.0/8', PORT: '0', WHENCE_LOG_LEVEL: 'error' };
  const { child, said } = startProgram(['serve'], environment);
  const kill = () => void child.kill('SIGKILL');
  killing.push(kill);
  const address = /GraphQL +(\S+)\/graphql/.exec(await said(/Ctrl-C stops it/))?.[1] ?? '';
  const text = async (path: string) => await (await fetch(address + path)).text();
  const ask = async (query: string, variables: object) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${address}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = (await answer.json()) as Parsed;
    expect(errors).toBeUndefined();
    return data;
  };
  return { kill, text, ask };
}
type Parsed = ReturnType<typeof JSON.parse>;

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
  'what a killed server had begun is sent by another when its lease ends, under the same id and with nothing added',
  async (context) => {
    const tenant = 'demo';
    await openToys(context, 'orphan_toys', tenant);
    const receiver = await startReceiver(() => 'hang');
    const first = await startProcess(context);
    const made = await first.ask(createDocument, { input: { url: receiver.url, events: ['AUDIT_ENTRY'], ...ofTable('orphan_toys') } });
    const { id } = made.createWebhook.webhook;
    await price(context, 'orphan_toys', tenant, { kite: 1 });
    await until(() => receiver.received.length === 1);
    first.kill();
    receiver.react = () => 200;

    const second = await startProcess(context);
    await price(context, 'orphan_toys', tenant, { ball: 1 });
    await until(async () => (await entriesOf(context, tenant, 'orphan_toys')).length === 2);
    expect(await second.text('/metrics')).toMatch(/^whence_webhooks_waiting 1$/m);
    expect(await second.text('/readyz')).toContain('webhooks');
    const ofHook = sql`from audit.webhook where id = ${keyOf(id)}::text::bigint`;
    expect(await context.owner.run(sql`select lease_until > clock_timestamp() as held ${ofHook}`)).toEqual([{ held: true }]);
    expect(receiver.taken).toEqual([]);
    await letTimePass(context, id);
    await until(() => idsOf(receiver.taken).length === 2);
    const [begun, again, next] = receiver.received;
    expect([again?.id, again?.entries]).toEqual([begun?.id, begun?.entries]);
    expect([...(begun?.entries ?? []), ...(next?.entries ?? [])]).toEqual(await entriesOf(context, tenant, 'orphan_toys'));
    await until(async () => /^whence_webhooks_waiting 0$/m.test(await second.text('/metrics')));
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
  'whatever an endpoint answers and when, in the end it has every entry in order, once if it takes each id once',
  async (context) => {
    await openToys(context, 'any_toys', 'nobody');
    const servers = [await startHooks(context, rules), await startHooks(context, rules)];
    let run = 0;
    const reaction = fc.constantFrom<Reaction>(200, 200, 200, 500, 302, 'cut', 'take and cut', 'take and cut');
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
