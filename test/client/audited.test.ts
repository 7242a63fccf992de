import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'drizzle-orm';
import { drizzle as drizzleOverPg } from 'drizzle-orm/node-postgres';
import { drizzle as drizzleOverPglite } from 'drizzle-orm/pglite';
import { drizzle as drizzleOverPostgres } from 'drizzle-orm/postgres-js';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, describe, expect, it } from 'vitest';
import { type AuditContext, audited } from '../../src/client/audited.ts';
import { migratedCopy, onEachDatabase, type TestDatabase } from '../support/databases.ts';

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

const context: AuditContext = {
  actor: "Ann O'Neill",
  actorKind: 'USER',
  role: 'PRICING',
  reason: 'Spring \\ promotion: "ten" percent',
  reasonCode: 'PROMOTION',
  reference: 'TICKET-7',
  operationName: 'REPRICED',
  details: { percent: 10 },
  requestId: 'r-1',
  tenant: 'demo',
};

/** What the trail says of one toy, oldest first. */
async function entriesOf({ owner }: TestDatabase, name: string) {
  return owner.run(sql`select actor, actor_kind, actor_role, reason, reason_code, reference, operation_name, details, request_id, operation
    from audit.entry where record_key = ${name} order by id`);
}

const recorded = (operation: string) => ({
  actor: "Ann O'Neill",
  actor_kind: 'USER',
  actor_role: 'PRICING',
  reason: 'Spring \\ promotion: "ten" percent',
  reason_code: 'PROMOTION',
  reference: 'TICKET-7',
  operation_name: 'REPRICED',
  details: { percent: 10 },
  request_id: 'r-1',
  operation,
});

let made: Promise<unknown> | undefined;
function toys({ owner }: TestDatabase): Promise<unknown> {
  made ??= owner.run(`create table public.toy (name text primary key, price numeric(10, 2)); select audit.track('public.toy')`);
  return made;
}

describe('audited writes who and why into the trail', () => {
  onEachDatabase(
    'over postgres.js',
    async (database) => {
      await toys(database);
      const client = postgres(database.url!, { max: 2, onnotice: () => {} });
      closing.push(() => client.end());
      const count = await audited(client, context, async (tx) => (await tx`insert into toy values ('kite', 10) returning name`).length);
      expect(count).toBe(1);
      expect(await entriesOf(database, 'kite')).toEqual([recorded('INSERT')]);
    },
    { only: 'postgresql' },
  );

  onEachDatabase(
    'over a pg Pool and a pg Client',
    async (database) => {
      await toys(database);
      const pool = new pg.Pool({ connectionString: database.url!, max: 2 });
      const client = new pg.Client({ connectionString: database.url! });
      await client.connect();
      closing.push(
        () => pool.end(),
        () => client.end(),
      );
      await audited(pool, context, (tx) => tx.query("insert into toy values ('ball', 5)"));
      await audited(client, context, (tx) => tx.query("update toy set price = 6 where name = 'ball'"));
      expect(await entriesOf(database, 'ball')).toEqual([recorded('INSERT'), recorded('UPDATE')]);
    },
    { only: 'postgresql' },
  );

  onEachDatabase(
    'over drizzle, on either driver',
    async (database) => {
      await toys(database);
      const client = postgres(database.url!, { max: 1, onnotice: () => {} });
      const pool = new pg.Pool({ connectionString: database.url!, max: 1 });
      closing.push(
        () => client.end(),
        () => pool.end(),
      );
      await audited(drizzleOverPostgres(client), context, (tx) => tx.execute(sql`insert into toy values ('drum', 5)`));
      await audited(drizzleOverPg(pool), context, (tx) => tx.execute(sql`delete from toy where name = 'drum'`));
      expect(await entriesOf(database, 'drum')).toEqual([recorded('INSERT'), recorded('DELETE')]);
    },
    { only: 'postgresql' },
  );

  onEachDatabase(
    'leaves nothing behind when the work fails, and nothing of the context for the next transaction of the pool',
    async (database) => {
      await toys(database);
      const pool = new pg.Pool({ connectionString: database.url!, max: 1 });
      closing.push(() => pool.end());
      const failing = audited(pool, context, async (tx) => {
        await tx.query("insert into toy values ('yoyo', 1)");
        throw new Error('changed my mind');
      });
      await expect(failing).rejects.toThrow('changed my mind');
      const doomed = audited(pool, context, async (tx) => {
        await tx.query('select 1 / 0').catch(() => {});
      });
      await expect(doomed).rejects.toThrow('rolled back');
      pool.on('error', () => {});
      const lost = audited(pool, context, async (tx) => {
        const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
        await database.owner.run(sql`select pg_terminate_backend(${rows[0]!.pid}::int)`);
        await tx.query("insert into toy values ('yoyo', 3)");
      });
      await expect(lost).rejects.toThrow();
      await pool.query("insert into toy values ('yoyo', 2)");
      expect(await entriesOf(database, 'yoyo')).toMatchObject([{ operation: 'INSERT', actor: null, reason: null }]);
    },
    { only: 'postgresql' },
  );
});

describe('audited inside a transaction', () => {
  const [outer, inner] = [{ actor: 'Ann', reason: 'outer' }, { actor: 'Bob' }];
  const said = async (database: TestDatabase, name: string) =>
    (await database.owner.run(sql`select actor, reason from audit.entry where record_key = ${name} order by id`)).map(
      ({ actor, reason }) => `${actor} ${reason}`,
    );
  const put = (name: string) => `insert into toy values ('${name}', 1) on conflict (name) do update set price = toy.price + 1`;

  onEachDatabase(
    'is a part of it with a context of its own, rolled back alone when it fails, and the outer context holds behind it',
    async (database) => {
      await toys(database);
      const client = postgres(database.url!, { max: 1, onnotice: () => {} });
      const pool = new pg.Pool({ connectionString: database.url!, max: 1 });
      closing.push(
        () => client.end(),
        () => pool.end(),
      );
      const failing = async () => {
        throw new Error('changed my mind');
      };
      await audited(pool, outer, async (tx) => {
        await tx.query(put('pg'));
        await audited(tx, inner, (part) => part.query(put('pg')));
        await audited(tx, inner, (part) => part.query(put('pg')).then(failing)).catch(() => {});
        await tx.query(put('pg'));
      });
      await audited(client, outer, async (tx) => {
        await tx.unsafe(put('postgres'));
        await audited(tx, inner, (part) => part.unsafe(put('postgres')));
        await audited(tx, inner, (part) => part.unsafe(put('postgres')).then(failing)).catch(() => {});
        await tx.unsafe(put('postgres'));
      });
      await audited(drizzleOverPostgres(client), outer, async (tx) => {
        await tx.execute(put('drizzle'));
        await audited(tx, inner, (part) => part.execute(put('drizzle')));
        await audited(tx, inner, (part) => part.execute(put('drizzle')).then(failing)).catch(() => {});
        await tx.execute(put('drizzle'));
      });
      for (const name of ['pg', 'postgres', 'drizzle']) expect(await said(database, name)).toEqual(['Ann outer', 'Bob null', 'Ann outer']);
    },
    { only: 'postgresql' },
  );

  onEachDatabase(
    'leaves the end of a transaction to who began it, and refuses to share a client with a call that is no part of it',
    async (database) => {
      await toys(database);
      const client = new pg.Client({ connectionString: database.url! });
      await client.connect();
      closing.push(() => client.end());
      await client.query('begin');
      await audited(client, inner, (tx) => tx.query(put('begun')));
      await client.query('rollback');
      expect(await said(database, 'begun')).toEqual([]);
      const both = await Promise.allSettled([
        audited(client, outer, (tx) => tx.query(put('first'))),
        audited(client, inner, (tx) => tx.query(put('second'))),
      ]);
      expect(both).toMatchObject([
        { status: 'fulfilled' },
        { status: 'rejected', reason: { message: expect.stringContaining('give a Pool') } },
      ]);
      expect([...(await said(database, 'first')), ...(await said(database, 'second'))]).toEqual(['Ann outer']);
    },
    { only: 'postgresql' },
  );
});

describe('audited with the secret that the database shares', () => {
  const secret = 'a secret that the database and its applications share';
  const proven = async ({ owner }: TestDatabase, name: string) => {
    const rows = await owner.run(sql`select e.actor, v.actor is not null as is_proven from audit.entry e
      left join audit.verified_actor v on v.tenant = e.tenant and v.xid = e.xid and v.actor = e.actor and e.id between v.first_entry and v.last_entry
      where e.record_key = ${name} order by e.id`);
    return rows.map((row) => [row['actor'], row['is_proven']]);
  };
  const ann = { actor: 'Ann', tenant: 'demo', secret };

  onEachDatabase(
    'proves who acts over every driver',
    async (database) => {
      await toys(database);
      await database.owner.run(sql`select audit.set_actor_secret(${secret})::text`);
      const client = postgres(database.url!, { max: 1, onnotice: () => {} });
      const pool = new pg.Pool({ connectionString: database.url!, max: 1 });
      closing.push(
        () => client.end(),
        () => pool.end(),
      );
      await audited(client, ann, (tx) => tx`insert into toy values ('top', 1)`);
      await audited(pool, ann, (tx) => tx.query("update toy set price = 2 where name = 'top'"));
      await audited(drizzleOverPostgres(client), ann, (tx) => tx.execute(sql`update toy set price = 3 where name = 'top'`));
      await audited(drizzleOverPg(pool), ann, (tx) => tx.execute(sql`update toy set price = 4 where name = 'top'`));
      await audited(pool, { actor: 'Bob' }, (tx) => tx.query("update toy set price = 5 where name = 'top'"));
      expect(await proven(database, 'top')).toEqual([...Array.from({ length: 4 }, () => ['Ann', true]), ['Bob', false]]);
    },
    { only: 'postgresql' },
  );

  onEachDatabase(
    'takes the tenant that the application set itself, and writes nothing when the secret is wrong',
    async (database) => {
      await toys(database);
      await database.owner.run(sql`select audit.set_actor_secret(${secret})::text`);
      const pool = new pg.Pool({ connectionString: database.url!, max: 1 });
      closing.push(() => pool.end());
      await audited(pool, { actor: 'Ann', secret }, (tx) => tx.query("insert into toy values ('hoop', 1)"));
      expect(await proven(database, 'hoop')).toEqual([['Ann', true]]);
      const wrong = audited(pool, { ...ann, secret: `${secret}!` }, (tx) => tx.query("insert into toy values ('bike', 1)"));
      await expect(wrong).rejects.toThrow('does not prove that Ann acts for tenant demo');
      expect(await proven(database, 'bike')).toEqual([]);
    },
    { only: 'postgresql' },
  );
});

it('audited works over drizzle on PGlite', async () => {
  const client = await PGlite.create({ dataDir: join(migratedCopy(), 'pgdata') });
  closing.push(() => client.close());
  await client.exec("create table public.toy (name text primary key); select audit.track('public.toy')");
  await audited(drizzleOverPglite(client), context, (tx) => tx.execute(sql`insert into toy values ('kite')`));
  await client.query("select audit.set_actor_secret('a secret that the database and its applications share')");
  const secret = 'a secret that the database and its applications share';
  await audited(drizzleOverPglite(client), { actor: 'Ann', tenant: 'demo', secret }, (tx) =>
    tx.execute(sql`insert into toy values ('top')`),
  );
  expect((await client.query('select actor from audit.verified_actor')).rows).toEqual([{ actor: 'Ann' }]);
  const { rows } = await client.query("select actor, reason_code, operation from audit.entry where record_key = 'kite'");
  expect(rows).toEqual([{ actor: "Ann O'Neill", reason_code: 'PROMOTION', operation: 'INSERT' }]);
});

it('audited refuses what is no client, and a context without an actor, before anything is sent', async () => {
  await expect(audited({} as pg.Client, context, async () => {})).rejects.toThrow(TypeError);
  for (const nobody of [{ actor: '' }, {}, undefined])
    await expect(audited({} as pg.Client, nobody as AuditContext, async () => {})).rejects.toThrow('no actor');
});
