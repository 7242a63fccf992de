import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { openDatabase } from '../../../src/database/open.ts';
import type { FeedItem } from '../../../src/rooms/feed/feed.model.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';
import { type FeedServer, idsOf, openToys, price, priceOf, startServer, take } from './feed-scene.ts';

const tenant = 'toys';

/** Every entry that is there, in the order of the log. */
async function log({ owner }: TestDatabase): Promise<{ id: string; sequence: string; tick: string }[]> {
  return await owner.run(
    sql`select p.entry_id as id, p.sequence, p.tick from audit.position p where p.tenant = ${tenant} order by p.sequence`,
  );
}

async function committed({ owner }: TestDatabase): Promise<string[]> {
  const rows = await owner.run<{ id: string }>(sql`select id from audit.entry where tenant = ${tenant} order by id`);
  return rows.map(({ id }) => id);
}

/** Reads until it has a number of entries and nothing more comes, and cuts itself off at random to go on behind its newest cursor. */
async function restlessReader(server: FeedServer, start: string, wanted: () => number): Promise<string[]> {
  const ids: string[] = [];
  let after = start;
  for (let quiet = 0; ids.length < wanted() && quiet < 10; ) {
    const stop = 1 + Math.floor(Math.random() * 40);
    const items: FeedItem[] = await take(await server.open(tenant, null, after), (got) => got.length >= stop, true);
    const kept = items.slice(0, stop);
    quiet = kept.length === 0 && wanted() < Number.POSITIVE_INFINITY ? quiet + 1 : 0;
    ids.push(...idsOf(kept));
    after = kept.at(-1)?.cursor ?? after;
  }
  return ids;
}

/** Of a heartbeat, before anything is written. */
async function cursorNow(server: FeedServer): Promise<string> {
  const stream = await server.open(tenant);
  const { value } = await stream.next();
  await stream.return?.();
  expect(value?.items).toEqual([]);
  return value?.cursor ?? '';
}

onEachDatabase(
  'writers that commit late, in any order or never: every committed entry once, in one order; a reader by id loses some',
  async (context) => {
    await openToys(context, 'late_toys', tenant);
    const [one, other] = [await startServer(context), await startServer(context)];
    const start = await cursorNow(one);
    const writing = await openDatabase({ url: context.url ?? '', limits: { connections: 12, transactionMs: 20_000 } });
    const source = writing.as('whence_source');
    let total = Number.POSITIVE_INFINITY;
    const readers = [one, one, other, other].map((server) => restlessReader(server, start, () => total));
    const naive = { last: 0n, seen: 0, over: false };
    const naiveReader = (async () => {
      while (!naive.over) {
        const rows = await context.owner.run<{ id: string }>(
          sql`select id from audit.entry where tenant = ${tenant} and id > ${naive.last} order by id`,
        );
        naive.seen += rows.length;
        naive.last = BigInt(rows.at(-1)?.id ?? naive.last);
        await sleep(5);
      }
    })();

    class Undone extends Error {}
    const writer = async (name: number) => {
      for (let round = 0; round < 40; round++) {
        const work = source.write({ tenant, actor: `writer ${name}` }, async (tx) => {
          // Always in one order of names, so that writers wait for each other and never in a circle.
          await tx.run(priceOf('late_toys', tenant, `own ${name}`, round));
          if (Math.random() < 0.5) await tx.run(priceOf('late_toys', tenant, 'shared', name * 1_000 + round));
          await sleep(Math.random() * 30);
          if (Math.random() < 0.2) throw new Undone();
        });
        await work.catch((error: unknown) => {
          if (!(error instanceof Undone)) throw error;
        });
      }
    };
    const long = source.write({ tenant, actor: 'long' }, async (tx) => {
      await tx.run(priceOf('late_toys', tenant, 'long', 1));
      await sleep(1_500);
      await tx.run(priceOf('late_toys', tenant, 'long', 2));
    });
    await Promise.all([long, ...Array.from({ length: 8 }, (_, name) => writer(name))]);
    await sleep(100);
    naive.over = true;
    await naiveReader;

    const all = await committed(context);
    total = all.length;
    const seen = await Promise.all(readers);
    const order = await log(context);
    expect(order.map(({ sequence }) => Number(sequence))).toEqual(all.map((_, index) => index + 1));
    const ids = order.map(({ id }) => id);
    expect([...ids].sort((a, b) => Number(a) - Number(b))).toEqual(all);
    expect(ids).not.toEqual(all); // some committed late
    for (const read of seen) expect(read).toEqual(ids);
    const wrong = await context.owner.run(sql`select from audit.position a join audit.entry e on e.tenant = a.tenant and e.id = a.entry_id
      join audit.position b on b.tenant = a.tenant join audit.entry f on f.tenant = b.tenant and f.id = b.entry_id
      where a.tenant = ${tenant} and e.record_key = f.record_key and e.id < f.id and a.sequence > b.sequence`);
    expect(wrong).toEqual([]);
    expect(naive.seen).toBeLessThan(all.length);
    await writing.close();
  },
  { only: 'postgresql', fresh: true },
);

onEachDatabase(
  'a transaction that stays open holds up nobody but itself',
  async (context) => {
    await openToys(context, 'open_toys', tenant);
    const server = await startServer(context);
    const stream = await server.open(tenant);
    const arrived = new Map<string, number>();
    const reading = take(stream, (items) => {
      for (const { entry } of items) if (!arrived.has(String(entry.recordKey))) arrived.set(String(entry.recordKey), performance.now());
      return arrived.has('held');
    });
    let end: () => void = () => {};
    const told = new Promise<void>((resolve) => {
      end = resolve;
    });
    const held = context.source.write({ tenant, actor: 'slow' }, async (tx) => {
      await tx.run(priceOf('open_toys', tenant, 'held', 1));
      await told;
    });
    await sleep(50);
    const took: number[] = [];
    for (let i = 0; i < 20; i++) {
      await price(context, 'open_toys', tenant, { [`toy ${i}`]: i });
      const start = performance.now();
      while (!arrived.has(`toy ${i}`)) await sleep(1);
      took.push(performance.now() - start);
    }
    expect(arrived.has('held')).toBe(false);
    end();
    await Promise.all([held, reading]);
    expect(took.toSorted((a, b) => a - b)[15]).toBeLessThan(100);
  },
  { only: 'postgresql', fresh: true },
);

onEachDatabase(
  'what the process itself writes is in the feed at once: on the embedded database nothing else wakes the worker',
  async (context) => {
    await openToys(context, 'own_toys', tenant);
    const server = await startServer(context, 5_000);
    const stream = await server.open(tenant, { operation: { eq: 'UPDATE' } });
    for (const value of [1, 2, 3]) {
      await price(context, 'own_toys', tenant, { kite: value, ball: value });
      if (value === 1) continue;
      const items = (await stream.next()).value?.items ?? [];
      expect(items.map(({ entry }: FeedItem) => [entry.recordKey, entry.after])).toEqual([
        ['kite', { price: value }],
        ['ball', { price: value }],
      ]);
    }
    await context.owner.run(`update own_toys set price = 9 where name = 'kite'`);
    if (context.kind === 'postgresql') server.worker.poke(); // its owner's writes are those of another program
    expect((await stream.next()).value?.items).toMatchObject([{ entry: { recordKey: 'kite', after: { price: 9 } } }]);
    await stream.return?.();
  },
);
