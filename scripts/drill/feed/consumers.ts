// Who follows the feed, over WebSocket as a program does (whence/resumable-feed) and over server-sent events; and a reader who does not use it.
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { resumableFeed } from '../../../src/client/resumable-feed.ts';
import type { FeedScene } from './scene.ts';
import { tenant } from './scene.ts';

export interface Consumer {
  readonly name: string;
  /** Ids of the entries it was given, in that order. */
  readonly ids: readonly string[];
  /** How often it had to come again. */
  readonly interruptions: number;
  /** What ended it before its time. */
  readonly refusal: string | null;
  cut(): void;
  stop(): void;
}

const query = `subscription Feed($after: String) {
  auditFeed(after: $after) { ... on AuditFeedEntry { cursor entry { id } } ... on AuditFeedHeartbeat { cursor } }
}`;

interface Event {
  readonly cursor: string;
  readonly entry?: { readonly id: string };
}

type Scene = Pick<FeedScene, 'urls' | 'token' | 'asAdmin'>;
const anyOf = (urls: readonly string[]) => urls[Math.floor(Math.random() * urls.length)] ?? '';

/** Where the feed is now. */
export async function cursorNow(scene: Scene): Promise<string> {
  const { connection } = socketsOf(scene);
  const feed = resumableFeed<Event>({ connection, query });
  for await (const { cursor } of feed) return cursor;
  throw new Error('the feed said nothing');
}

export function followBySocket(scene: Scene, name: string, after: string): Consumer {
  const { connection, cut } = socketsOf(scene);
  const ending = new AbortController();
  const state = { name, ids: [] as string[], interruptions: 0, refusal: null as string | null, cut, stop: () => ending.abort() };
  const follow = async () => {
    const onTrouble = () => state.interruptions++;
    const feed = resumableFeed<Event>({ connection, query, after, signal: ending.signal, waitMs: [10, 500], onTrouble });
    for await (const { entry } of feed) if (entry) state.ids.push(entry.id);
  };
  void follow().catch((error: unknown) => {
    state.refusal = String(error);
  });
  return state;
}

/** Sockets to either server, of which those that are open can be cut. */
function socketsOf({ urls, token }: Scene) {
  const open = new Set<WebSocket>();
  class CutSocket extends WebSocket {
    constructor(...words: ConstructorParameters<typeof WebSocket>) {
      super(...words);
      open.add(this);
      this.on('close', () => open.delete(this));
    }
  }
  const connection = {
    url: () => `${anyOf(urls).replace('http', 'ws')}/graphql`,
    webSocketImpl: CutSocket,
    connectionParams: { authorization: `Bearer ${token}` },
  };
  const cut = () => {
    for (const socket of open) socket.terminate();
  };
  return { connection, cut };
}

export function followByStream(scene: Scene, name: string, after: string): Consumer {
  let connection = new AbortController();
  let isOver = false;
  const state = {
    ...{ name, ids: [] as string[], interruptions: 0, refusal: null as string | null },
    cut: () => connection.abort(),
    stop: () => {
      isOver = true;
      connection.abort();
    },
  };
  const follow = async () => {
    for (let last = after; !isOver; state.interruptions++) {
      connection = new AbortController();
      try {
        for await (const { id, data } of eventsFrom(scene, last, connection.signal)) {
          const { auditFeed } = (JSON.parse(data) as { data?: { auditFeed?: Event | null } | null }).data ?? {};
          if (!auditFeed || id === null) throw new Error(data);
          if (auditFeed.entry) state.ids.push(auditFeed.entry.id);
          last = id;
        }
      } catch (error) {
        const code = /"code":"(CURSOR_\w+|FORBIDDEN|UNAUTHENTICATED|BAD_USER_INPUT)"/.exec(String(error))?.[1];
        if (code) {
          state.refusal = code;
          return;
        }
      }
      await sleep(10 + Math.random() * 200);
    }
  };
  void follow();
  return state;
}

async function* eventsFrom({ urls, token }: Scene, lastEventId: string, signal: AbortSignal) {
  const response = await fetch(`${anyOf(urls)}/graphql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'last-event-id': lastEventId },
    body: JSON.stringify({ query }),
    signal,
  });
  if (!response.ok) throw new Error(await response.text());
  let waiting = '';
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (waiting + text).split('\n\n');
    waiting = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (.+)$/m.exec(block)?.[1];
      if (data) yield { id: /^id: (.+)$/m.exec(block)?.[1] ?? null, data };
    }
  }
}

/** Asks for what has an id above the last one that it saw: what everybody writes first, and what the feed is there to replace. */
export function followById({ asAdmin }: Scene): Consumer {
  let isOver = false;
  let last = '0';
  const state = { name: 'id > last', ids: [] as string[], interruptions: 0, refusal: null, cut() {}, stop: () => (isOver = true) };
  const read = () =>
    asAdmin(async (admin) => {
      for (; !isOver; await sleep(5)) {
        const rows = await admin.run<{ id: string }>(`select id from audit.entry where tenant = '${tenant}' and id > ${last} order by id`);
        for (const { id } of rows) state.ids.push(id);
        last = rows.at(-1)?.id ?? last;
      }
    });
  const follow = async () => {
    for (; !isOver; state.interruptions++) {
      await read().catch(() => {});
      await sleep(50);
    }
  };
  void follow();
  return state;
}
