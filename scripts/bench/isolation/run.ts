// npm run bench:isolation [-- quick]: what row level security costs, by the questions q8 and q2 of bench:queries. The same server over the same
// rows twice: as they are, and in a copy of the database where every policy is off. On PostgreSQL at TEST_DATABASE_URL (else
// 127.0.0.1:5432); both databases are dropped afterwards. Writes results.md; quick writes nothing.
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import postgres from 'postgres';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type BenchDatabase, openBenchDatabase } from '../queries/database.ts';
import { fire } from '../queries/fire.ts';
import { type Question, questions, variableSets, variablesOf } from '../queries/questions.ts';
import { ask, startTarget, type Target } from '../queries/targets.ts';

const isQuick = process.argv.includes('quick');
const asked = ['q8', 'q2'] as const satisfies readonly Question[];
const scale = 0.05;
const rounds = isQuick ? 2 : 10;
const seconds = 1;
const connections = 8;
const least = 0.8;
const copyName = 'whence_bench_isolation';
const admin = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const load = loadavg()[0] ?? Number.NaN;
const say = (text: string) => process.stderr.write(`${text}\n`);

/** The same database without row level security; everything else is as it is there. */
async function openCopy(database: BenchDatabase): Promise<BenchDatabase> {
  const inCopy = (url: string) => Object.assign(new URL(url), { pathname: `/${copyName}` }).href;
  const server = postgres(admin, { max: 1, onnotice: () => {} });
  const close = async () => {
    await server.unsafe(`drop database if exists ${copyName} with (force)`);
    await server.end();
  };
  await server.unsafe(`drop database if exists ${copyName} with (force)`);
  await server.unsafe(`create database ${copyName} template ${new URL(database.ownerUrl).pathname.slice(1)}`);
  const copy = postgres(inCopy(database.ownerUrl), { max: 1, onnotice: () => {} });
  await copy.unsafe(`do $$ declare one regclass; begin
    for one in select oid from pg_class where relrowsecurity loop execute format('alter table %s disable row level security', one); end loop; end $$`);
  await copy.unsafe('vacuum analyze');
  await copy.end();
  return { ...database, ownerUrl: inCopy(database.ownerUrl), appUrl: inCopy(database.appUrl), close };
}

const bodiesOf = (target: Target, question: Question) =>
  Array.from({ length: variableSets }, (_, i) => target.request(question, variablesOf(question, i, scale)));

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

interface Measured {
  readonly question: Question;
  readonly on: number;
  readonly off: number;
  /** Median of the ratios of neighbours: what else the machine does changes both alike. */
  readonly ratio: number;
}

async function measure(question: Question, on: Target, off: Target): Promise<Measured> {
  const bodies = new Map([on, off].map((target) => [target, bodiesOf(target, question)]));
  const first = await Promise.all([on, off].map((target) => ask(target, bodies.get(target)?.[0] ?? '')));
  if (!isDeepStrictEqual(first[0], first[1])) throw new Error(`${question}: the answers differ: ${JSON.stringify(first).slice(0, 500)}`);
  const perSecond = async (target: Target) => {
    const { failures, failure, perSecond } = await fire({ url: target.url, bodies: bodies.get(target) ?? [], connections, seconds });
    if (failures > 0) throw new Error(`${question}: ${failures} failures: ${failure}`);
    return perSecond;
  };
  for (const target of [on, off]) await perSecond(target); // warms up
  const pairs: [on: number, off: number][] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const first = await perSecond(on);
      pairs.push([first, await perSecond(off)]);
    } else {
      const first = await perSecond(off);
      pairs.push([await perSecond(on), first]);
    }
  }
  const ratio = median(pairs.map(([one, other]) => one / other));
  return { question, on: median(pairs.map(([one]) => one)), off: median(pairs.map(([, other]) => other)), ratio };
}

function report(measured: readonly Measured[]): string {
  return `# What row level security costs

${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model}) shared by load generator, servers and database.
\`npm run bench:isolation\`: the same server over the same rows, with row level security and in a copy of the database where every policy is off;
the tenant predicate stands in every statement of both. ${connections} connections, scale ${scale} of bench:queries. ${rounds} rounds of ${seconds} s in which the two take turns,
medians; the ratio is the median of the rounds' ratios, which other work on the machine disturbs least: ${load.toFixed(1)} processes were
at work beside it. Promised: at least ${least}.

|  | question | with, requests/s | without | with / without |
| --- | --- | --- | --- | --- |
${measured.map(({ question, on, off, ratio }) => `| ${question} | ${questions[question]} | ${on.toFixed(0)} | ${off.toFixed(0)} | **${ratio.toFixed(2)}** |`).join('\n')}
`;
}

const database = await openBenchDatabase(admin, scale, say);
let copy: BenchDatabase | undefined;
const targets: Target[] = [];
try {
  copy = await openCopy(database);
  for (const one of [database, copy]) targets.push(await startTarget('whence', one));
  const [on, off] = targets;
  if (!on || !off) throw new Error('two servers were started');
  const measured: Measured[] = [];
  for (const question of asked) {
    say(`measuring ${question} ...`);
    measured.push(await measure(question, on, off));
  }
  const text = report(measured);
  process.stdout.write(text);
  if (!isQuick) writeFileSync(join(packageRoot, 'scripts', 'bench', 'isolation', 'results.md'), text);
  if (measured.some(({ ratio }) => ratio < least)) process.exitCode = 1;
} finally {
  for (const target of targets) target.stop();
  await copy?.close(false);
  await database.close(false);
}
