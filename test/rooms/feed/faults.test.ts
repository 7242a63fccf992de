// The background worker and its readers on a bad day: backends killed, the server crashed. Nothing may be missed or counted twice.
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivatePostgres, postgresPrograms, startPrivatePostgres } from '../../../scripts/support/private-postgres.ts';
import type { Owner } from '../../../src/database/database.ts';
import { type OpenDatabase, openDatabase, openOwner } from '../../../src/database/open.ts';
import { type FeedServer, idsOf, priceOf, startServer } from './feed-scene.ts';

const programs = postgresPrograms();
if (!programs && process.env['CI'] === 'true') throw new Error('the fault tests need initdb and pg_ctl');

const tenant = 'faults';

describe.skipIf(!programs)('the feed', () => {
  let server: PrivatePostgres;
  const databases: OpenDatabase[] = [];

  const asOwner = async <T>(work: (owner: Owner) => Promise<T>): Promise<T> => {
    const owner = await openOwner({ url: server.url });
    try {
      return await work(owner);
    } finally {
      await owner.close();
    }
  };
  const open = async () => {
    const database = await openDatabase({ url: server.url, limits: { connections: 6 } });
    databases.push(database);
    return database;
  };

  beforeAll(async () => {
    server = await startPrivatePostgres(programs ?? '');
    const database = await openDatabase({ url: server.url, ownerUrl: server.url, migrate: true });
    await database.close();
    await asOwner((owner) =>
      owner.run(`create table public.toys (tenant text, name text, price int, primary key (tenant, name));
        grant select, insert, update, delete on public.toys to whence_source; select audit.track('public.toys')`),
    );
  });

  afterAll(async () => {
    await Promise.all(databases.map((database) => database.close()));
    server?.remove();
  });

  it('has every committed entry once while backends are killed and the server crashes', async () => {
    const [one, other] = [await open(), await open()];
    const servers = [await startServer({ database: one, kind: 'postgresql' }), await startServer({ database: other, kind: 'postgresql' })];
    let total = Number.POSITIVE_INFINITY;
    let isOver = false;
    const start = await cursorNow(servers[0]!);
    const readers = servers.map((from) => reader(from, start, () => total));
    const writers = [one, other].flatMap((database, place) => [0, 1].map((each) => writer(database, `toy ${place} ${each}`, () => isOver)));
    const killer = (async () => {
      for (let kills = 0; kills < 25; kills++) {
        await sleep(60);
        await asOwner((owner) =>
          owner.run(`select pg_terminate_backend(pid) from pg_stat_activity
            where pid <> pg_backend_pid() and (query like '%feed.%' or (application_name = 'whence' and random() < 0.1))`),
        );
      }
    })();
    await killer;
    await server.stop('immediate');
    await server.start();
    await sleep(700);
    isOver = true;
    await Promise.all(writers);

    const committed = await asOwner((owner) =>
      owner.run<{ id: string }>(sql`select id from audit.entry where tenant = ${tenant} order by id`),
    );
    total = committed.length;
    expect(total).toBeGreaterThan(50);
    const seen = await Promise.all(readers);
    await Promise.all(servers.map(({ worker }) => worker.stop()));
    const placed = await asOwner((owner) =>
      owner.run<{ id: string; sequence: string }>(
        sql`select entry_id as id, sequence from audit.position where tenant = ${tenant} order by sequence`,
      ),
    );
    expect(placed.map(({ sequence }) => Number(sequence))).toEqual(committed.map((_, index) => index + 1));
    expect(new Set(placed.map(({ id }) => id))).toEqual(new Set(committed.map(({ id }) => id)));
    for (const read of seen) expect(read).toEqual(placed.map(({ id }) => id));
    const counted = await asOwner((owner) =>
      owner.run<{ entries: string }>(sql`select sum(entries) as entries from audit.rollup where tenant = ${tenant}`),
    );
    expect(Number(counted[0]?.entries)).toBe(total);
  }, 120_000);
});

async function writer(database: OpenDatabase, name: string, isOver: () => boolean): Promise<void> {
  const source = database.as('whence_source', { connections: 1 });
  for (let value = 0; !isOver(); value++) {
    const work = source.write({ tenant, actor: name }, async (tx) => {
      await tx.run(priceOf('toys', tenant, name, value));
      await sleep(Math.random() * 20);
    });
    await work.catch((error: { code?: string }) => expect(error.code).toBe('UNAVAILABLE'));
  }
}

async function cursorNow(server: FeedServer): Promise<string> {
  const stream = await server.open(tenant);
  const { value } = await stream.next();
  await stream.return?.();
  return value?.cursor ?? '';
}

/** Goes on behind its newest cursor whenever it is cut off. */
async function reader(server: FeedServer, start: string, wanted: () => number): Promise<string[]> {
  const ids: string[] = [];
  let after = start;
  for (let quiet = 0; ids.length < wanted() && quiet < 20; ) {
    try {
      for await (const { items, cursor } of await server.open(tenant, null, after)) {
        ids.push(...idsOf(items));
        after = cursor;
        quiet = items.length === 0 && wanted() < Number.POSITIVE_INFINITY ? quiet + 1 : 0;
        if (ids.length >= wanted() || quiet >= 20) break;
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'UNAVAILABLE' });
      await sleep(50);
    }
  }
  return ids;
}
