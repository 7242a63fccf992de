import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';

/** A socket whose messages are written by hand. */
export interface RawSocket {
  readonly socket: WebSocket;
  /** An object as JSON, anything else as it is. */
  send(message: unknown): void;
  /** The next message that satisfies `wanted`; messages before it are passed over. Rejects when the socket closes. */
  until(wanted: (message: Message) => boolean): Promise<Message>;
  /** Code and reason of its end. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

interface Message {
  readonly type: string;
  readonly id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests compare it as a whole
  readonly payload?: any;
}

/** Opened; `connection_init` is up to the caller. */
export async function openRaw(url: string, options: ClientOptions = {}, protocols = ['graphql-transport-ws']): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocols, options);
  const unread: Message[] = [];
  let look = () => {};
  socket.on('message', (data) => {
    unread.push(JSON.parse(String(data)));
    look();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await once(socket, 'open');
  const until = (wanted: (message: Message) => boolean) =>
    new Promise<Message>((resolve, reject) => {
      look = () => {
        for (let next = unread.shift(); next; next = unread.shift()) {
          if (!wanted(next)) continue;
          look = () => {}; // what comes after it is for whom asks next
          return resolve(next);
        }
      };
      look();
      void closed.then(({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`)));
    });
  return {
    socket,
    until,
    closed,
    send: (message) =>
      socket.send(typeof message === 'object' && !Buffer.isBuffer(message) ? JSON.stringify(message) : (message as string)),
  };
}

/** Opened and acknowledged. */
export async function connectRaw(url: string, parameters?: Record<string, unknown>, options?: ClientOptions): Promise<RawSocket> {
  const raw = await openRaw(url, options);
  raw.send({ type: 'connection_init', payload: parameters });
  await raw.until(({ type }) => type === 'connection_ack');
  return raw;
}

/** Status and `extensions.code` of an upgrade that is refused. */
export function refusedUpgrade(url: string, options: ClientOptions = {}, path = '/graphql'): Promise<{ status: number; code: unknown }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, ['graphql-transport-ws'], options);
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      socket.terminate();
      reject(new Error('the upgrade was taken'));
    });
    socket.once('error', () => {});
    socket.once('unexpected-response', async (_request, response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      socket.terminate();
      resolve({ status: response.statusCode ?? 0, code: JSON.parse(text).errors?.[0]?.extensions?.code });
    });
  });
}
