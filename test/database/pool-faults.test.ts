// What a database does to its clients on a bad day. Vitest itself fails the run on an unhandled rejection or an uncaught error.
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PrivatePostgres, postgresPrograms, startPrivatePostgres } from '../../scripts/support/private-postgres.ts';
import type { Owner, Transaction } from '../../src/database/database.ts';
import { type OpenDatabase, openDatabase, openOwner } from '../../src/database/open.ts';

const programs = postgresPrograms();
if (!programs && process.env['CI'] === 'true') throw new Error('the fault tests need initdb and pg_ctl');

const writer = { tenant: 'acme', actor: 'ann' };
const unavailable = { name: 'DomainError', code: 'UNAVAILABLE' };

describe.skipIf(!programs)('a pool', () => {
  let server: PrivatePostgres;
  let database: OpenDatabase;
  let lastPair = 0;

  const admin = async <T>(work: (owner: Owner) => Promise<T>): Promise<T> => {
    const owner = await openOwner({ url: server.url });
    try {
      return await work(owner);
    } finally {
      await owner.close();
    }
  };
  const kill = (pid: number) => admin((owner) => owner.run(sql`select pg_terminate_backend(${pid}::int)`));
  const half = (tx: Transaction, pair: number) => tx.run(sql`insert into pair values (${pair}::int)`);
  const pidOf = async (tx: Transaction) => (await tx.run<{ pid: number }>(sql`select pg_backend_pid() as pid`))[0]?.pid ?? 0;
  const writePair = (between: (tx: Transaction) => Promise<unknown> = () => Promise.resolve()) => {
    const pair = ++lastPair;
    return database.write(writer, async (tx) => {
      await half(tx, pair);
      await between(tx);
      await half(tx, pair);
    });
  };
  const readOne = () => database.read('acme', sql`select 1 as one`);

  beforeAll(async () => {
    server = await startPrivatePostgres(programs ?? '');
    await admin((owner) =>
      owner.run(`create role whence_owner; create role whence_app; create table pair (pair int); grant select, insert on pair to whence_app;
        create table slow_commit (n int); grant insert on slow_commit to whence_app;
        create function be_slow() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return null; end $$;
        create constraint trigger slow after insert on slow_commit deferrable initially deferred for each row execute function be_slow()`),
    );
    database = await openDatabase({
      url: server.url,
      limits: { connections: 5, acquireMs: 2_000, statementMs: 3_000, transactionMs: 3_000 },
    });
  });

  afterEach(async () => {
    expect(await readOne()).toEqual([{ one: 1 }]);
    const torn = await admin((owner) => owner.run('select pair, count(*) from pair group by pair having count(*) <> 2'));
    expect(torn).toEqual([]);
  });

  afterAll(async () => {
    await database?.close();
    if (!server) return;
    await sleep(100);
    const left = await admin((owner) =>
      owner.run(`select pid from pg_stat_activity where application_name = 'whence' and pid <> pg_backend_pid()`),
    );
    server.remove();
    expect(left).toEqual([]);
  });

  it('loses only the transaction whose connection is killed', async () => {
    for (let i = 0; i < 10; i++) {
      const killed = writePair(async (tx) => kill(await pidOf(tx)));
      const others = [writePair(), writePair(), readOne()];
      await expect(killed).rejects.toMatchObject(unavailable);
      await Promise.all(others);
    }
  });

  it('loses only the transaction whose connection is killed in mid-statement', async () => {
    for (let i = 0; i < 5; i++) {
      const killed = writePair(async (tx) => {
        const pid = await pidOf(tx);
        await Promise.all([tx.run(sql`select pg_sleep(2)`), sleep(50).then(() => kill(pid))]);
      });
      await expect(killed).rejects.toMatchObject(unavailable);
    }
  });

  it('repeats a read whose connection is killed once, not twice', async () => {
    const killReaders = () =>
      admin((owner) =>
        owner.run(`select pg_terminate_backend(pid) from pg_stat_activity where query like '%test.killed%' and pid <> pg_backend_pid()`),
      );
    const read = () => database.read('acme', sql`/* test.killed */ select 1 as one from pg_sleep(0.5)`);
    const once = read();
    await sleep(100);
    await killReaders();
    expect(await once).toEqual([{ one: 1 }]);
    const twice = read();
    twice.catch(() => {});
    await sleep(100);
    await killReaders();
    await sleep(300);
    await killReaders();
    await expect(twice).rejects.toMatchObject(unavailable);
  });

  it('says that the outcome is unknown when the connection is lost while committing', async () => {
    let pid = 0;
    const lost = database.write(writer, async (tx) => {
      pid = await pidOf(tx);
      await tx.run(sql`insert into slow_commit values (1)`);
    });
    lost.catch(() => {});
    await sleep(300);
    await kill(pid);
    await expect(lost).rejects.toMatchObject({ ...unavailable, extensions: { outcome: 'unknown' } });
  });

  it('lives through a crash of the server under load', async () => {
    const failures: unknown[] = [];
    let done = 0;
    let over = false;
    const load = async (work: () => Promise<unknown>) => {
      while (!over) {
        await work().then(
          () => done++,
          (error: unknown) => failures.push(error),
        );
      }
    };
    const running = [...Array(4)].flatMap(() => [load(() => writePair()), load(readOne)]);
    await sleep(500);
    await server.stop('immediate');
    const before = done;
    await server.start();
    await sleep(1_000);
    over = true;
    await Promise.all(running);
    for (const failure of failures) expect(failure).toMatchObject(unavailable);
    expect(failures.length).toBeLessThan(30);
    expect(done - before).toBeGreaterThan(20);
  });

  it('answers UNAVAILABLE in about two seconds while the server is away, and works at once when it is back', async () => {
    await server.stop('immediate');
    const start = performance.now();
    const took: number[] = [];
    while (performance.now() - start < 4_500) {
      const asked = performance.now();
      const outcomes = await Promise.allSettled([readOne(), writePair(), readOne()]);
      expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual(Array(3).fill('UNAVAILABLE'));
      took.push(performance.now() - asked);
    }
    expect(Math.max(...took)).toBeLessThan(3_000);
    await server.start();
    await Promise.all([readOne(), writePair(), readOne()]);
  });

  it('refuses what it cannot serve in time when it is full', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, () => database.read('acme', sql`select 1 as one from pg_sleep(1)`)),
    );
    const failures = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason);
    for (const failure of failures) expect(failure).toMatchObject(unavailable);
    expect(failures.length).toBeGreaterThanOrEqual(45);
    expect(outcomes.length - failures.length).toBeGreaterThanOrEqual(5);
  });
});
