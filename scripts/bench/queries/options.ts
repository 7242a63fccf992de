import { parseArgs } from 'node:util';
import { everyQuestion, type Question, questions } from './questions.ts';
import { type TargetName, targetNames } from './targets.ts';

export const help = `npm run bench:queries -- [options]

Asks this server, a hand-written one and PostGraphile the same eight questions over the same rows, and compares requests per second.
On PostgreSQL at TEST_DATABASE_URL (else 127.0.0.1:5432; a superuser), in a database of its own that is dropped afterwards.
PostGraphile wants Node 22 or newer, and once: npm ci --prefix scripts/bench/queries/peers

  --scale 1            size of the dataset: 1 is 2,000,000 audit rows
  --seconds 5          length of one measurement
  --rounds 3           measurements of each case; the servers take turns
  --peers limit,postgraphile
  --queries q1,...,q8
  --connections 1,16
  --check              only compare the answers
  --keep               keep the database for the next run
  --out FILE           write the report there, beside printing it; wants all cases
  --replace            the file may exist: the report takes its place
  --note TEXT          one sentence for the report, e.g. what else the machine does

${Object.entries(questions)
  .map(([name, text]) => `  ${name}  ${text}`)
  .join('\n')}
`;

export interface Options {
  readonly scale: number;
  readonly seconds: number;
  readonly rounds: number;
  /** Ours first. */
  readonly targets: readonly TargetName[];
  readonly asked: readonly Question[];
  readonly connections: readonly number[];
  readonly onlyChecks: boolean;
  readonly keeps: boolean;
  readonly out: string | null;
  readonly replaces: boolean;
  readonly note: string;
}

/** Null when help is wanted. @throws Error with one line that says what is wrong. */
export function optionsFrom(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scale: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      peers: { type: 'string', default: 'limit,postgraphile' },
      queries: { type: 'string', default: everyQuestion.join(',') },
      connections: { type: 'string', default: '1,16' },
      out: { type: 'string' },
      note: { type: 'string', default: '' },
      check: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      replace: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const options: Options = {
    scale: numberIn('scale', values.scale, 0.01, 10),
    seconds: numberIn('seconds', values.seconds, 0.1, 600),
    rounds: numberIn('rounds', values.rounds, 1, 100),
    targets: ['whence', ...someOf('peers', values.peers, targetNames).filter((name) => name !== 'whence')],
    asked: someOf('queries', values.queries, everyQuestion),
    connections: values.connections.split(',').map((text) => numberIn('connections', text, 1, 1000)),
    onlyChecks: values.check,
    keeps: values.keep,
    out: values.out ?? null,
    replaces: values.replace,
    note: values.note,
  };
  const isWhole =
    options.targets.length === targetNames.length && options.asked.length === everyQuestion.length && options.connections.length >= 2;
  if (options.out !== null && (!isWhole || options.onlyChecks))
    throw new Error('--out wants all peers, all queries and both 1 and 16 connections');
  return options;
}

function numberIn(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (number >= least && number <= most) return number;
  throw new Error(`--${name} must be a number from ${least} to ${most}, not ${text}`);
}

function someOf<T extends string>(name: string, text: string, known: readonly T[]): T[] {
  const wanted = text.split(',').filter(Boolean);
  const unknown = wanted.find((one) => !known.some((two) => two === one));
  if (unknown !== undefined) throw new Error(`--${name}: there is no ${unknown}, only ${known.join(', ')}`);
  return known.filter((one) => wanted.includes(one));
}
