// Everybody follows one feed while whatever can break does: each has every committed entry once, in one order.
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeGlobalId } from '../../../src/shared/global-id.ts';
import type { Options } from '../options.ts';
import type { Seen } from '../report.ts';
import { type Consumer, cursorNow, followById, followBySocket, followByStream } from './consumers.ts';
import { type FeedScene, openFeedScene, tenant } from './scene.ts';
import { startWriters, writeForLong } from './writers.ts';

export const name = 'feed';
export const summary = 'two servers, eight writers, forty readers, whatever can break: every entry once, in one order';

const [sockets, streams] = [28, 12];
const cutEveryMs = 50;
/** After the last entry was written, until everybody has it. */
const mostMs = 5_000;

export async function drillFeed(programs: string, { feedRounds }: Options, say: (text: string) => void): Promise<Seen[]> {
  say(`${name}: starting a PostgreSQL and two servers ...`);
  const scene = await openFeedScene(programs);
  const consumers: Consumer[] = [];
  const byId = followById(scene);
  try {
    const start = await cursorNow(scene);
    for (let i = 0; i < sockets; i++) consumers.push(followBySocket(scene, `socket ${i + 1}`, start));
    for (let i = 0; i < streams; i++) consumers.push(followByStream(scene, `stream ${i + 1}`, start));
    const writers = startWriters(scene);
    const cutting = setInterval(() => consumers[Math.floor(Math.random() * consumers.length)]?.cut(), cutEveryMs);
    let faults = 0;
    for (let round = 1; round <= feedRounds; round++) {
      say(`${name}: round ${round} of ${feedRounds}, ${sum(consumers, ({ ids }) => ids.length)} entries delivered ...`);
      faults += await oneRound(scene);
    }
    await writers.stop();
    clearInterval(cutting);
    const order = await orderOf(scene);
    const caughtUpMs = await untilAllHave(consumers, order.length);
    const cuts = sum(consumers, ({ interruptions }) => interruptions);
    say(`${name}: ${order.length} entries, ${writers.undone} transactions undone, ${cuts} interruptions`);
    const broken = consumers.flatMap((consumer) => faultsOf(consumer, order));
    broken.push(...(await brokenRecords(scene)));
    if (writers.undone === 0) broken.push('no transaction was undone');
    if (caughtUpMs > mostMs) broken.push(`the last reader had caught up after ${Math.round(caughtUpMs)} ms`);
    const residentMb = await scene.residentMb();
    const delivered = sum(consumers, ({ ids }) => ids.length);
    const feed = { faults: faults + cuts, answered: delivered, recoveryMs: caughtUpMs, residentMb, failures: new Map(), broken };
    return [{ scenario: name, slowestFailureMs: 0, ...feed }, naive(byId, order)];
  } finally {
    for (const consumer of [...consumers, byId]) consumer.stop();
    await scene.close();
  }
}

/** How many faults it was; ends with everything there again. */
export async function oneRound(scene: FeedScene): Promise<number> {
  const sessions = 10;
  const long = writeForLong(scene);
  await sleep(1_000);
  await scene.killServer(0);
  for (let i = 0; i < sessions; i++) {
    await scene.killSession();
    await sleep(150);
  }
  await scene.killServer(1);
  await long;
  await scene.cluster.stop('immediate');
  await scene.cluster.start();
  await sleep(2_000);
  return sessions + 3;
}

/** Ids of the entries, or of those about rows alone, in the order of the log, once all of them have their place in it. */
export async function orderOf({ asAdmin }: FeedScene, which: 'all' | 'of rows' = 'all'): Promise<string[]> {
  return asAdmin(async (admin) => {
    for (let i = 0; ; i++, await sleep(50)) {
      const [row] = await admin.run<{ missing: number }>(
        `select count(*)::int as missing from audit.entry e left join audit.position p on p.tenant = e.tenant and p.entry_id = e.id
          where e.tenant = '${tenant}' and p.sequence is null`,
      );
      if (row?.missing === 0) break;
      if (i > 200) throw new Error(`${row?.missing} entries never got a place`);
    }
    const rows = await admin.run<{ id: string }>(
      `select p.entry_id as id from audit.position p join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id
        where p.tenant = '${tenant}' and (e.table_key is not null or '${which}' = 'all') order by p.sequence`,
    );
    return rows.map(({ id }) => id);
  });
}

async function untilAllHave(consumers: readonly Consumer[], count: number): Promise<number> {
  const from = performance.now();
  const isBehind = ({ ids, refusal }: Consumer) => refusal === null && ids.length < count;
  while (consumers.some(isBehind) && performance.now() - from < 4 * mostMs) await sleep(20);
  const tookMs = performance.now() - from;
  await sleep(500); // what comes too often comes now
  return tookMs;
}

function faultsOf({ name, ids, refusal }: Consumer, order: readonly string[]): string[] {
  const got = ids.map((id) => (/^\d+$/.test(id) ? id : decodeGlobalId(id, 'id').key));
  const once = new Set(got);
  const lost = order.filter((id) => !once.has(id)).length;
  const doubled = got.length - once.size;
  const isInOrder = lost > 0 || doubled > 0 || got.every((id, i) => id === order[i]);
  const found: [boolean, string][] = [
    [refusal !== null, `was refused: ${refusal}`],
    [lost > 0, `lost ${lost} of ${order.length} entries`],
    [doubled > 0, `was given ${doubled} entries twice`],
    [!isInOrder, 'was given them in another order'],
  ];
  return found.filter(([isSo]) => isSo).map(([, what]) => `${name} ${what}`);
}

/** Changes of one record keep the order in which they were made. */
async function brokenRecords({ asAdmin }: FeedScene): Promise<string[]> {
  const [row] = await asAdmin((admin) =>
    admin.run<{ count: number }>(
      `select count(*)::int as count from (
         select e.id < lag(e.id) over (partition by e.record_key order by p.sequence) as is_early
           from audit.position p join audit.entry e on e.tenant = p.tenant and e.id = p.entry_id where p.tenant = '${tenant}') changes
        where is_early`,
    ),
  );
  return row?.count === 0 ? [] : [`${row?.count} changes stand before an earlier one of their record`];
}

/** The control: under the same load a reader by id must lose entries, else the drill shows nothing. */
function naive(reader: Consumer, order: readonly string[]): Seen {
  const seen = new Set(reader.ids);
  const lost = order.filter((id) => !seen.has(id)).length;
  const broken = lost > 0 ? [] : [`a reader by "${reader.name}" lost nothing: this load proves nothing`];
  const failures = new Map([[`LOST (as it must) by "${reader.name}"`, lost]]);
  return {
    scenario: `${name}: control`,
    faults: 0,
    answered: reader.ids.length,
    failures,
    slowestFailureMs: 0,
    recoveryMs: null,
    residentMb: 0,
    broken,
  };
}

function sum(consumers: readonly Consumer[], of: (consumer: Consumer) => number): number {
  return consumers.reduce((total, consumer) => total + of(consumer), 0);
}
