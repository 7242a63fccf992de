// A process with some of the subscribers. It speaks WebSocket by itself, and most count messages without looking into them: their work must not be
// what is measured.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { clientFrame, walkFrames } from './frames.ts';

export interface Job {
  readonly port: number;
  readonly subscription: string;
  readonly subscribers: number;
  /** How many of them stop reading once they have subscribed. */
  readonly stalled: number;
  /** Whether they look into their messages. */
  readonly looks: boolean;
}

/** From the parent: forget what was seen so far; say what was seen since. */
export type Order = 'begin' | 'tell';

export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'count'; readonly entries: number }
  | { readonly kind: 'seen'; readonly delaysMs: readonly number[] };

const tellEveryMs = 10;
const opening = 100;
const keyStart = Buffer.from('"entityKey":"');

let entries = 0;
let delaysMs: number[] = [];

const tell = (report: Report) => process.send?.(report);
const text = (value: object) => clientFrame(1, Buffer.from(JSON.stringify(value)));

/** Resolves once it has asked for the feed and the server has had time to begin. */
function subscribe({ port, subscription, looks }: Job, isStalled: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let rest: Buffer = Buffer.alloc(0);
    let isOpen = false;
    const take = (chunk: Buffer, opcode: number, start: number, end: number) => {
      if (opcode === 9) socket.write(clientFrame(10, chunk.subarray(start, end)));
      else if (opcode === 8) reject(new Error(`closed: ${chunk.toString('utf8', start + 2, end)}`));
      else if (!isOpen) begin(chunk.toString('utf8', start, end));
      else {
        entries++;
        if (looks) look(chunk, start, end);
      }
    };
    const begin = (message: string) => {
      if (!message.includes('connection_ack')) return;
      isOpen = true;
      socket.write(text({ id: '1', type: 'subscribe', payload: { query: subscription } }), () => {
        if (isStalled) socket.pause();
        resolve();
      });
    };
    socket.setNoDelay(true);
    socket.on('error', reject);
    socket.write(
      `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
    );
    upgraded(socket, (after) => {
      socket.write(text({ type: 'connection_init' }));
      const read = (chunk: Buffer) => {
        const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
        const end = walkFrames(bytes, (opcode, from, to) => take(bytes, opcode, from, to));
        rest = end < bytes.length ? Buffer.from(bytes.subarray(end)) : Buffer.alloc(0);
      };
      socket.on('data', read);
      if (after.length > 0) read(after);
    });
  });
}

function upgraded(socket: Socket, then: (after: Buffer) => void): void {
  let head = Buffer.alloc(0);
  const read = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    socket.off('data', read);
    if (!head.toString('latin1').startsWith('HTTP/1.1 101')) fail(head.toString('latin1').slice(0, 300));
    then(head.subarray(end + 4));
  };
  socket.on('data', read);
}

/** The key of an event begins with the time at which it was written. */
function look(chunk: Buffer, start: number, end: number): void {
  const at = chunk.indexOf(keyStart, start);
  if (at < 0 || at > end) {
    fail(chunk.toString('utf8', start, end));
    return;
  }
  const writtenMs = Number(/\d+\.\d+/.exec(chunk.toString('latin1', at + keyStart.length, end))?.[0]);
  delaysMs.push(performance.timeOrigin + performance.now() - writtenMs);
}

function fail(why: string): void {
  tell({ kind: 'failed', why });
}

let told = 0;
setInterval(() => {
  if (entries !== told) tell({ kind: 'count', entries });
  told = entries;
}, tellEveryMs);

process.on('disconnect', () => process.exit());
process.on('message', async (message: Job | Order) => {
  if (message === 'begin') [entries, delaysMs] = [0, []];
  else if (message === 'tell') tell({ kind: 'seen', delaysMs });
  else {
    let next = 0;
    const some = async () => {
      while (next < message.subscribers) await subscribe(message, next++ < message.stalled);
    };
    await Promise.all(Array.from({ length: opening }, some)).catch((error: unknown) => fail(String(error)));
    tell({ kind: 'ready' });
  }
});
