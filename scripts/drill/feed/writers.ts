// Who writes: commits late and in any order, or not at all.
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { FeedScene } from './scene.ts';
import { tenant } from './scene.ts';

const writers = 8;
const longestDelayMs = 100;
const longMs = 8_000;

class Undone extends Error {}

export interface Writing {
  /** Transactions that were rolled back. */
  readonly undone: number;
  stop(): Promise<void>;
}

/** What fails while the database is away is not repeated: the database says in the end what was committed. */
export function startWriters({ writing }: FeedScene): Writing {
  const state = { undone: 0, isOver: false };
  const writer = async (name: number) => {
    for (let round = 0; !state.isOver; round++) {
      const work = writing.write({ tenant, actor: `writer ${name}` }, async (tx) => {
        // In one order of names, so that writers wait for each other and never in a circle.
        await tx.run(priceOf(`own ${name}`, round));
        if (Math.random() < 0.3) await tx.run(priceOf('shared', name * 100_000 + round));
        await sleep(Math.random() * longestDelayMs);
        if (Math.random() < 0.2) throw new Undone();
      });
      await work.catch(async (error: unknown) => {
        if (error instanceof Undone) state.undone++;
        else await sleep(100);
      });
    }
  };
  const all = Array.from({ length: writers }, (_, name) => writer(name));
  return {
    get undone() {
      return state.undone;
    },
    async stop() {
      state.isOver = true;
      await Promise.all(all);
    },
  };
}

/** A transaction that stays open for eight seconds: its entries get their ids first and are seen last. */
export function writeForLong({ writing }: FeedScene): Promise<void> {
  return writing.write({ tenant, actor: 'slow writer' }, async (tx) => {
    await tx.run(priceOf('slow', 1));
    await sleep(longMs);
    await tx.run(priceOf('slow', 2));
  });
}

function priceOf(name: string, price: number) {
  return sql`insert into public.toys (tenant, name, price) values (${tenant}, ${name}, ${price}::int)
    on conflict (tenant, name) do update set price = excluded.price`;
}
