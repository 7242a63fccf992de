import { cpus } from 'node:os';
import type { Result } from './load.ts';
import { type Question, questions } from './questions.ts';
import type { TargetName } from './targets.ts';

export interface Sample extends Result {
  /** Cores used by the server. */
  readonly serverCpu: number;
  /** Cores used by PostgreSQL. */
  readonly postgresCpu: number;
  /** Milliseconds of processor time of the server for one good answer: what a busy machine changes least. */
  readonly cpuMs: number;
}

export interface Case {
  readonly target: TargetName;
  readonly question: Question;
  readonly connections: number;
  /** One a round. */
  readonly samples: Sample[];
}

export interface Measured {
  readonly cases: readonly Case[];
  readonly targets: readonly TargetName[];
  readonly asked: readonly Question[];
  readonly connections: readonly number[];
  /** Questions that our API cannot be asked. */
  readonly unasked: readonly Question[];
  readonly scale: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly postgresVersion: string;
  /** Load of the machine before the run, by the kernel's average of a minute. */
  readonly loadBefore: number;
  readonly note: string;
  readonly command: string;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const fixed = (value: number | undefined, digits: number) => (value === undefined || Number.isNaN(value) ? '-' : value.toFixed(digits));
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** Markdown. Every number is the median over the rounds. */
export function report(measured: Measured): string {
  const { scale, seconds, rounds, postgresVersion, loadBefore, note, command, unasked } = measured;
  const missing = unasked.map((question) => `\n${question} cannot be asked of Whence yet: \`analytics.changeSummary\` is not there.`);
  return `# Eight questions, next to a hand-written server and PostGraphile

${new Date().toISOString().slice(0, 10)}, PostgreSQL ${postgresVersion}, Node ${process.versions.node} for every server, ${cpus().length} cores (${cpus()[0]?.model.trim()}) shared by
load generator, server and database. Load of the machine before the run: ${loadBefore.toFixed(1)}.${note && `\n${note}`}
Command: \`${command}\`. Scale ${scale}: ${(2_000_000 * scale).toLocaleString('en')} audit rows. Medians of ${rounds} rounds of ${seconds} s in which the servers
take turns. Before each question, all servers gave the same answers to its 64 sets of variables. Compare ratios within one run, never
requests per second between machines; rerun, don't trust. README.md says what is asked, and how answers are compared.
${missing.join('\n')}
${measured.connections.map((connections) => section(measured, connections)).join('\n')}
`;
}

function section({ cases, targets, asked }: Measured, connections: number): string {
  const samplesOf = (target: TargetName, question: Question) =>
    cases.find((one) => one.target === target && one.question === question && one.connections === connections)?.samples ?? [];
  const figure = (target: TargetName, question: Question, key: Exclude<keyof Sample, 'failure'>) =>
    median(samplesOf(target, question).map((sample) => sample[key]));
  const peers = targets.filter((target) => target !== 'whence');
  const ratios = asked.map((question) => {
    const shares = peers.map((peer) => `**${fixed(figure('whence', question, 'perSecond') / figure(peer, question, 'perSecond'), 2)}**`);
    return row([question, questions[question], ...shares]);
  });
  const details = asked.flatMap((question) =>
    targets.flatMap((target) => {
      const samples = samplesOf(target, question);
      if (samples.length === 0) return [];
      const failures = samples.reduce((sum, sample) => sum + sample.failures, 0);
      const cells: [Exclude<keyof Sample, 'failure'>, number][] = [
        ['perSecond', 0],
        ['p50', 2],
        ['p99', 2],
        ['cpuMs', 2],
        ['serverCpu', 2],
        ['postgresCpu', 2],
      ];
      const figures = cells.map(([key, digits]) => fixed(figure(target, question, key), digits));
      return [row([question, target, ...figures, fixed(figure(target, question, 'bytes') / 1024, 1), String(failures)])];
    }),
  );
  return `
## ${connections === 1 ? '1 connection' : `${connections} connections`}

${row(['', 'question', ...peers.map((peer) => `Whence / ${peer}`)])}
${row(['---', '---', ...peers.map(() => '---')])}
${ratios.join('\n')}

${row(['', 'server', 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms of the server per request', 'cores of the server', 'of PostgreSQL', 'KiB', 'failures'])}
${row(Array.from({ length: 10 }, () => '---'))}
${details.join('\n')}`;
}
