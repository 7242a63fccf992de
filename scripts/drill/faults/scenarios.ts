// What a bad day does to a server and its database. Each gives how many times it did it.
import { setTimeout as sleep } from 'node:timers/promises';
import { openOwner } from '../../../src/database/open.ts';
import type { Counts } from '../options.ts';
import type { Answer } from './load.ts';
import { slowCommitKey } from './load.ts';
import { hogLogin, killOne, limitServer, type Scene } from './scene.ts';

interface Done {
  readonly faults: number;
  /** When everything was there again. */
  readonly backAt: number;
  /** From when to when readiness must show it. */
  readonly away?: readonly [from: number, to: number];
  readonly broken?: readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** Codes of failures that callers may meet, besides that the database is not available. */
  readonly allows?: readonly string[];
  run(scene: Scene, counts: Counts): Promise<Done>;
}

const patienceMs = 10_000;

/** Repeats `attempt` until it holds. */
async function until(attempt: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await attempt())) {
    if (performance.now() > end) throw new Error(`the drill waited in vain for ${what}`);
    await sleep(3);
  }
}

async function restart({ cluster }: Scene, mode: 'fast' | 'immediate', awayMs: number): Promise<Done> {
  await cluster.stop(mode);
  const from = performance.now();
  await sleep(awayMs);
  const to = performance.now();
  await cluster.start(); // which says a little late that it is there
  return { faults: 1, backAt: performance.now(), away: [from, to] };
}

export const killsInTransaction: Scenario = {
  name: 'kill-in-transaction',
  summary: 'sessions ended between two statements of a transaction',
  run: ({ asAdmin }, { kills }) =>
    asAdmin(async (admin) => {
      for (let i = 0; i < kills; i++) {
        await until(() => killOne(admin, `state = 'idle in transaction'`), 'a session that is idle in a transaction');
        await sleep(100);
      }
      return { faults: kills, backAt: performance.now() };
    }),
};

/** Half of the killed statements read (and are repeated once), half of them write. */
export const killsInStatement: Scenario = {
  name: 'kill-mid-query',
  summary: 'sessions ended while a statement runs',
  run: ({ asAdmin, load }, { kills }) =>
    asAdmin(async (admin) => {
      for (let i = 0; i < kills; i++) {
        if (i % 2 === 0) {
          const reading = load.readSlowly();
          await until(() => killOne(admin, `state = 'active' and wait_event = 'PgSleep'`), 'a slow read');
          await reading;
        } else {
          await admin.transaction(async (tx) => {
            await tx.run('lock table access.idempotency_key in exclusive mode');
            await until(() => killOne(tx, `state = 'active' and wait_event_type = 'Lock'`), 'a write that waits for a lock');
          });
        }
      }
      return { faults: kills, backAt: performance.now() };
    }),
};

export const killsInCommit: Scenario = {
  name: 'kill-in-commit',
  summary: 'sessions ended while they commit: the answer says that the outcome is unknown, and the repeat settles it',
  run: ({ asAdmin, load }, { kills }) =>
    asAdmin(async (admin) => {
      const times = Math.ceil(kills / 4);
      const broken: string[] = [];
      for (let i = 0; i < times; i++) {
        const key = `${slowCommitKey}-${i}`;
        const writing = load.write(key);
        await until(() => killOne(admin, `state = 'active' and query = 'commit' and wait_event = 'PgSleep'`), 'a slow commit');
        const { code } = await writing;
        await until(async () => load.acknowledged.has(key), 'the repeat of a write');
        if (code !== 'UNAVAILABLE (outcome unknown)') broken.push(`a loss while committing was answered with ${code}`);
      }
      return { faults: times, backAt: performance.now(), broken };
    }),
};

export const restartFast: Scenario = {
  name: 'restart-fast',
  summary: 'the database is restarted as for an update',
  run: (scene) => restart(scene, 'fast', 0),
};

export const restartImmediate: Scenario = {
  name: 'restart-immediate',
  summary: 'the database is restarted as after a crash',
  run: (scene) => restart(scene, 'immediate', 0),
};

export const away: Scenario = {
  name: 'away',
  summary: 'the database is away for a while; readiness says so',
  run: (scene, { awaySeconds }) => restart(scene, 'immediate', awaySeconds * 1_000),
};

export const slowQueries: Scenario = {
  name: 'slow-queries',
  summary: 'many slow queries at once over a pool of five',
  async run({ load }, { slowQueries: count }) {
    const answers = await Promise.all(Array.from({ length: count }, () => load.readSlowly()));
    const backAt = performance.now();
    const served = answers.filter(({ code }) => code === null).length;
    return { faults: count, backAt, broken: served < 5 ? [`only ${served} of ${count} slow queries were served`] : [] };
  },
};

export const noConnectionsLeft: Scenario = {
  name: 'max-connections',
  summary: 'others hold every connection of the database',
  async run({ asAdmin, databaseUrl }) {
    const hogs: { close(): Promise<void> }[] = [];
    const hogAll = async () => {
      for (;;) {
        const hog = await openOwner({ url: databaseUrl(hogLogin) });
        try {
          await hog.run('select 1');
          hogs.push(hog);
        } catch {
          await hog.close();
          return;
        }
      }
    };
    try {
      return await asAdmin(async (admin) => {
        await limitServer(admin, 0); // or the server would be quicker than the others
        await until(async () => !(await killOne(admin, 'true')), 'the sessions of the server to end');
        await hogAll();
        await sleep(500); // until the last session of others has gone, too
        await hogAll();
        await limitServer(admin, -1);
        const from = performance.now();
        await sleep(5_000);
        const to = performance.now();
        return { faults: hogs.length, backAt: to, away: [from, to] };
      });
    } finally {
      await Promise.all(hogs.map((hog) => hog.close()));
    }
  },
};

/** Nothing answers, nothing is refused: as behind a network that drops everything. */
export const frozen: Scenario = {
  name: 'frozen',
  summary: 'the database takes connections and answers nothing; readiness says so',
  allows: ['DEADLINE_EXCEEDED'],
  async run({ cluster }, { awaySeconds }) {
    const from = performance.now();
    cluster.freeze();
    await sleep(Math.max(awaySeconds, 8) * 1_000).finally(() => cluster.thaw());
    const to = performance.now();
    return { faults: 1, backAt: to, away: [from, to] };
  },
};

export const terminated: Scenario = {
  name: 'sigterm',
  summary: 'the server is asked to end under load: what is in flight is answered, it exits with 0, and is started again',
  allows: ['NETWORK'],
  async run(scene) {
    const inFlight = Array.from({ length: 3 }, () => scene.load.readSlowly());
    await sleep(300);
    const code = await scene.product.end('SIGTERM', 20_000);
    const unanswered = (await Promise.all(inFlight)).filter((answer: Answer) => answer.code !== null);
    const broken = code === 0 ? [] : [`SIGTERM ended in ${code ?? 'nothing'}`];
    if (unanswered.length > 0) broken.push(`${unanswered.length} requests in flight were answered with ${unanswered[0]?.code}`);
    await scene.restart();
    return { faults: 1, backAt: performance.now(), broken };
  },
};

export const killed: Scenario = {
  name: 'kill-9',
  summary: 'the server is killed under load and started again',
  allows: ['NETWORK'],
  async run(scene) {
    await scene.product.end('SIGKILL', 5_000);
    await scene.restart();
    return { faults: 1, backAt: performance.now() };
  },
};
