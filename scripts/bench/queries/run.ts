// npm run bench:queries [-- --help]
import { existsSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import postgres from 'postgres';
import { answerOf } from './answers.ts';
import { postgresSeconds, processSeconds } from './cpu.ts';
import { openBenchDatabase } from './database.ts';
import { fire } from './fire.ts';
import type { Job } from './load.ts';
import { help, type Options, optionsFrom } from './options.ts';
import { type Question, variableSets, variablesOf } from './questions.ts';
import { type Case, report, type Sample } from './report.ts';
import { ask, startTarget, type Target } from './targets.ts';

const admin = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const say = (text: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

const bodiesOf = (target: Target, question: Question, { scale }: Options) =>
  Array.from({ length: variableSets }, (_, i) => target.request(question, variablesOf(question, i, scale)));

/** Asks every target for every set of variables; gives those that can be asked at all. @throws Error with the first two answers that differ. */
async function checkAnswers(question: Question, targets: readonly Target[], options: Options): Promise<Target[]> {
  const asked = targets.map((target) => ({ target, bodies: bodiesOf(target, question, options) }));
  const able: typeof asked = [];
  for (const one of asked) if (!isUnknownToSchema(await ask(one.target, one.bodies[0] ?? ''))) able.push(one);
  for (let i = 0; i < variableSets; i++) {
    let first: { name: string; answer: unknown } | undefined;
    for (const { target, bodies } of able) {
      const answer = answerOf(await ask(target, bodies[i] ?? ''));
      first ??= { name: target.name, answer };
      if (isDeepStrictEqual(first.answer, answer)) continue;
      const [one, two] = differing(JSON.stringify(first.answer), JSON.stringify(answer));
      throw new Error(`${question}, set ${i}: answers differ\n  ${first.name}: ${one}\n  ${target.name}: ${two}`);
    }
  }
  return able.map(({ target }) => target);
}

/** The answers from shortly before where they differ. */
function differing(one: string, two: string): [string, string] {
  let at = 0;
  while (at < one.length && one[at] === two[at]) at++;
  const from = Math.max(0, at - 150);
  return [one.slice(from, at + 150), two.slice(from, at + 150)];
}

function isUnknownToSchema(answer: unknown): boolean {
  const { errors } = answer as { errors?: readonly { extensions?: { code?: unknown } }[] };
  return errors?.[0]?.extensions?.code === 'GRAPHQL_VALIDATION_FAILED';
}

async function measure(target: Target, job: Omit<Job, 'url'>): Promise<Sample> {
  const before = { server: processSeconds(target.pid), postgres: postgresSeconds() };
  const start = performance.now();
  const result = await fire({ ...job, url: target.url });
  const elapsed = (performance.now() - start) / 1000;
  const cores = (after: number, earlier: number) => (after - earlier) / elapsed;
  const serverCpu = cores(processSeconds(target.pid), before.server);
  return { ...result, serverCpu, postgresCpu: cores(postgresSeconds(), before.postgres), cpuMs: (serverCpu / result.perSecond) * 1000 };
}

async function measureQuestion(question: Question, targets: readonly Target[], options: Options): Promise<Case[]> {
  const bodies = new Map(targets.map((target) => [target.name, bodiesOf(target, question, options)]));
  const jobOf = (target: Target, connections: number, seconds: number) => ({ bodies: bodies.get(target.name) ?? [], connections, seconds });
  for (const target of targets) await measure(target, jobOf(target, 4, Math.min(options.seconds, 1.5))); // warms up
  const cases = options.connections.flatMap((connections) =>
    targets.map(({ name }): Case => ({ target: name, question, connections, samples: [] })),
  );
  for (let round = 0; round < options.rounds; round++) {
    for (const connections of options.connections) {
      for (let i = 0; i < targets.length; i++) {
        const target = targets[(i + round) % targets.length]!; // another order each round
        const sample = await measure(target, jobOf(target, connections, options.seconds));
        if (sample.failure && round === 0) say(`${target.name} failed ${sample.failures} times at ${question}: ${sample.failure}`);
        cases.find((one) => one.target === target.name && one.connections === connections)?.samples.push(sample);
      }
    }
  }
  return cases;
}

async function postgresVersion(): Promise<string> {
  const sql = postgres(admin, { max: 1 });
  try {
    const [row] = await sql`select current_setting('server_version') as version`;
    return String(row?.['version']);
  } finally {
    await sql.end();
  }
}

/** With what changes the figures. */
function commandOf({ scale, seconds, rounds }: Options): string {
  return `npm run bench:queries -- --scale ${scale} --seconds ${seconds} --rounds ${rounds}`;
}

async function main(options: Options): Promise<void> {
  const { out, replaces, asked } = options;
  if (out !== null && existsSync(out) && !replaces) throw new Error(`${out} is there already: give --replace, or another --out`);
  const loadBefore = loadavg()[0] ?? Number.NaN;
  const database = await openBenchDatabase(admin, options.scale, say);
  const targets: Target[] = [];
  try {
    for (const name of options.targets) targets.push(await startTarget(name, database));
    const cases: Case[] = [];
    const unasked: Question[] = [];
    for (const question of asked) {
      const able = await checkAnswers(question, targets, options);
      if (!able.some(({ name }) => name === 'whence')) unasked.push(question);
      say(`${question}: ${able.map(({ name }) => name).join(', ')} give the same ${variableSets} answers`);
      if (options.onlyChecks) continue;
      cases.push(...(await measureQuestion(question, able, options)));
      say(`${question}: measured`);
    }
    if (options.onlyChecks) return;
    const text = report({
      ...options,
      cases,
      unasked,
      postgresVersion: await postgresVersion(),
      loadBefore,
      command: commandOf(options),
    });
    process.stdout.write(text);
    if (out !== null) writeFileSync(out, text);
  } finally {
    for (const target of targets) target.stop();
    await database.close(options.keeps);
  }
}

try {
  const options = optionsFrom(process.argv.slice(2));
  if (options) await main(options);
  else process.stdout.write(help);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
