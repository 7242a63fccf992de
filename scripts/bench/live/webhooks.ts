// What webhooks take: endpoints in one process of their own, which answers at once.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchDatabase } from './database.ts';
import type { Received } from './receiver.ts';
import type { Server } from './servers.ts';
import { Writer } from './writer.ts';

export interface Webhooks {
  readonly endpoints: number;
  /** Entries, each counted once for every endpoint. */
  readonly perSecond: number;
  readonly entriesPerDelivery: number;
  /** Microseconds of processor time of the server for one entry to one endpoint. */
  readonly cpuPerEntry: number;
  /** At 100 entries a second. */
  readonly p50: number;
  readonly p99: number;
  readonly isComplete: boolean;
}

const perTransaction = 100;
const evenly = 100;

/** As many entries as are there already, then an even rate. */
export async function webhooks(database: BenchDatabase, server: Server, endpoints: number, seconds: number): Promise<Webhooks> {
  const receiver = fork(join(import.meta.dirname, 'receiver.js'));
  const [port] = (await once(receiver, 'message')) as [number];
  const made = await Promise.all(Array.from({ length: endpoints }, (_, n) => hook(server, `http://127.0.0.1:${port}/${n}`)));
  const writer = new Writer(database, server.table);
  try {
    const entries = Math.ceil((seconds * 4_000) / endpoints / perTransaction) * perTransaction;
    const [from, cpu] = [performance.now(), server.cpuSeconds()];
    for (let n = 0; n < entries; n += perTransaction) await writer.write(perTransaction);
    const fast = await received(receiver, entries * endpoints);
    const elapsed = (performance.now() - from) / 1_000;
    const cpuPerEntry = ((server.cpuSeconds() - cpu) / fast.entries) * 1e6;
    await writer.writeEvenly(evenly, seconds);
    const even = await received(receiver, evenly * seconds * endpoints);
    const delays = even.delaysMs.toSorted((a, b) => a - b);
    const at = (share: number) => delays[Math.floor(delays.length * share)] ?? Number.NaN;
    return {
      ...{ endpoints, perSecond: fast.entries / elapsed, entriesPerDelivery: fast.entries / fast.deliveries, cpuPerEntry },
      ...{ p50: at(0.5), p99: at(0.99) },
      isComplete: fast.entries === entries * endpoints && even.entries === evenly * seconds * endpoints,
    };
  } finally {
    receiver.kill('SIGKILL');
    await writer.close();
    for (const id of made)
      await ask(server, 'mutation ($input: DeleteWebhookInput!) { deleteWebhook(input: $input) { deletedId } }', { webhookId: id });
  }
}

/** What has come when so many entries have, or after a minute. */
async function received(receiver: ChildProcess, entries: number): Promise<Received> {
  const all = { entries: 0, deliveries: 0, delaysMs: [] as number[] };
  for (const until = performance.now() + 60_000; all.entries < entries && performance.now() < until; await sleep(10)) {
    receiver.send('tell');
    const [some] = (await once(receiver, 'message')) as [Received];
    all.entries += some.entries;
    all.deliveries += some.deliveries;
    all.delaysMs.push(...some.delaysMs);
  }
  return all;
}

async function hook(server: Server, url: string): Promise<string> {
  const input = { url, events: ['AUDIT_ENTRY'], filter: { tableName: { eq: server.table } } };
  const { createWebhook } = await ask(
    server,
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } userErrors { message } } }',
    input,
  );
  if (!createWebhook.webhook) throw new Error(JSON.stringify(createWebhook.userErrors));
  return createWebhook.webhook.id;
}

// biome-ignore lint/suspicious/noExplicitAny: any answer
async function ask({ port }: Server, query: string, input: object): Promise<any> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
