// Runs the scenarios one after the other under load, and holds what was seen against the promises.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Options } from '../options.ts';
import type { Seen } from '../report.ts';
import type { Answer } from './load.ts';
import { Readiness } from './readiness.ts';
import * as scenarios from './scenarios.ts';
import { openScene, type Scene, sessions } from './scene.ts';
import { brokenWrites } from './trail.ts';

const mostMs = 5_000; // for the answer to a failure, and until everything works again
const quietMs = 1_500; // without a failure: it has recovered
const memoryMargin = 1.4;
const memoryMarginMb = 40;

/** In the order in which they run: those that end the server come last, so that one process lives through all the others. */
export const everyScenario: readonly scenarios.Scenario[] = [
  scenarios.killsInTransaction,
  scenarios.killsInStatement,
  scenarios.killsInCommit,
  scenarios.slowQueries,
  scenarios.noConnectionsLeft,
  scenarios.restartFast,
  scenarios.restartImmediate,
  scenarios.away,
  scenarios.frozen,
  scenarios.killed,
  scenarios.terminated,
];

export async function drillFaults(programs: string, options: Options, say: (text: string) => void): Promise<Seen[]> {
  const wanted = everyScenario.filter(({ name }) => options.only?.includes(name) ?? true);
  if (wanted.length === 0) return [];
  say('starting a PostgreSQL and the server ...');
  const scene = await openScene(programs);
  const readiness = new Readiness(scene.url);
  try {
    scene.load.start();
    await sleep(3_000);
    const startMb = await residentMb(scene);
    const seen: Seen[] = [];
    for (const [i, scenario] of wanted.entries()) {
      say(`${i + 1}/${wanted.length} ${scenario.name}: ${scenario.summary} ...`);
      seen.push(await drill(scene, readiness, scenario, options, startMb));
    }
    say('repeating what was not acknowledged, and looking at what is left ...');
    await scene.load.stop();
    seen.push(await theEnd(scene));
    return seen;
  } finally {
    readiness.stop();
    await scene.load.stop();
    await scene.close();
  }
}

async function drill(scene: Scene, readiness: Readiness, scenario: scenarios.Scenario, options: Options, startMb: number): Promise<Seen> {
  const { load } = scene;
  const first = load.answers.length;
  const pid = scene.product.pid;
  const done = await scenario.run(scene, options);
  await calm(scene, done.backAt);
  const answers = load.answers.slice(first);
  const failed = answers.filter(({ code }) => code !== null);
  const recoveryMs = Math.max(0, ...failed.map(({ endedAt }) => endedAt - done.backAt));
  const slowestFailureMs = Math.max(0, ...failed.map(({ startedAt, endedAt }) => endedAt - startedAt));
  const mb = await residentMb(scene);
  const broken = [...(done.broken ?? []), ...(await scene.asAdmin((admin) => brokenWrites(admin, load)))];
  const refuse = (isBroken: boolean, what: string) => isBroken && broken.push(what);
  refuse(!scene.product.isAlive(), `the server ended: ${scene.product.tail().join('\n')}`);
  refuse(!scenario.allows?.includes('NETWORK') && scene.product.pid !== pid, 'the server was replaced');
  refuse(slowestFailureMs > mostMs, `a failure was answered after ${Math.round(slowestFailureMs)} ms`);
  refuse(recoveryMs > mostMs, `the last failure came ${Math.round(recoveryMs)} ms after the end of the fault`);
  for (const code of wrongCodes(failed, scenario.allows)) broken.push(`a failure was answered with ${code}`);
  refuse(!answers.some(({ code, kind }) => code === null && kind === 'write'), 'no write was acknowledged');
  refuse(mb > startMb * memoryMargin + memoryMarginMb, `memory grew from ${Math.round(startMb)} to ${Math.round(mb)} MB`);
  if (done.away) broken.push(...readiness.faults(...done.away));
  return {
    scenario: scenario.name,
    faults: done.faults,
    answered: answers.length,
    failures: counted(failed),
    slowestFailureMs,
    recoveryMs,
    residentMb: mb,
    broken,
  };
}

/** Waits until nothing has failed for a while, but not for ever. */
async function calm({ load }: Scene, since: number): Promise<void> {
  const lastFailure = () => Math.max(since, ...load.answers.slice(-2_000).map(({ code, endedAt }) => (code === null ? 0 : endedAt)));
  while (performance.now() - lastFailure() < quietMs && performance.now() - since < mostMs * 3) await sleep(100);
}

/** Every write is acknowledged now, once; the server ends well and leaves no session behind. */
async function theEnd(scene: Scene): Promise<Seen> {
  const { load } = scene;
  const first = load.answers.length;
  await load.settle();
  const failed = load.answers.slice(first).filter(({ code }) => code !== null);
  const mb = await residentMb(scene);
  const ended = await scene.product.end('SIGTERM', 20_000);
  const { left, broken } = await scene.asAdmin(async (admin) => {
    const left = await admin.run(`select pid from pg_stat_activity where ${sessions}`);
    return { left: left.length, broken: await brokenWrites(admin, load) };
  });
  if (ended !== 0) broken.push(`SIGTERM ended in ${ended ?? 'nothing'}`);
  if (left > 0) broken.push(`${left} sessions are left`);
  for (const code of wrongCodes(failed)) broken.push(`a failure was answered with ${code}`);
  const scenario = `the end: ${load.acknowledged.size} writes`;
  const answered = load.answers.length - first;
  return { scenario, faults: 0, answered, failures: counted(failed), slowestFailureMs: 0, recoveryMs: null, residentMb: mb, broken };
}

function wrongCodes(failed: readonly Answer[], allowed: readonly string[] = []): string[] {
  return [...counted(failed).keys()].filter((code) => !/^UNAVAILABLE/.test(code) && !allowed.includes(code));
}

function counted(failed: readonly Answer[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { code } of failed) if (code !== null) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}

/** What the server itself says that it holds. */
async function residentMb({ load }: Scene): Promise<number> {
  const bytes = /^process_resident_memory_bytes (\S+)$/m.exec(await load.metrics())?.[1];
  return Number(bytes ?? Number.NaN) / 1_048_576;
}
