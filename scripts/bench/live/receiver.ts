// An endpoint of webhooks as a process of its own. The key of an entry begins with the time at which it was written.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Asked by any message; then it counts anew. */
export interface Received {
  readonly entries: number;
  readonly deliveries: number;
  /** From the writing of an entry to its arrival, milliseconds. */
  readonly delaysMs: readonly number[];
}

let deliveries = 0;
let delaysMs: number[] = [];

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  response.writeHead(204).end();
  const now = performance.timeOrigin + performance.now();
  const { entries } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { entries: { entry: { entityKey: string } }[] };
  deliveries++;
  for (const { entry } of entries) delaysMs.push(now - Number.parseFloat(entry.entityKey));
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
process.on('message', () => {
  process.send?.({ entries: delaysMs.length, deliveries, delaysMs } satisfies Received);
  [deliveries, delaysMs] = [0, []];
});
