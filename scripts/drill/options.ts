import { parseArgs } from 'node:util';

/** How much is done to the server. */
export interface Counts {
  /** Connections killed in a transaction, and as many in mid-query. */
  readonly kills: number;
  readonly awaySeconds: number;
  /** Slow queries at once over a pool of five. */
  readonly slowQueries: number;
  /** Of the feed's drill: in each everything breaks once. */
  readonly feedRounds: number;
  /** Of the webhooks' drill, the same. */
  readonly webhookRounds: number;
}

export interface Options extends Counts {
  /** Names of scenarios; null: all. */
  readonly only: readonly string[] | null;
}

const whole: Counts = { kills: 20, awaySeconds: 10, slowQueries: 200, feedRounds: 6, webhookRounds: 2 };
const reduced: Counts = { kills: 5, awaySeconds: 4, slowQueries: 100, feedRounds: 1, webhookRounds: 1 };

export const help = `npm run drill [-- OPTIONS]

Starts a PostgreSQL of its own and the server as a process, asks and writes over GraphQL, and does to both what a bad day does.
Ends with a table of what was seen; exit code 1 when a promise was broken. Needs initdb and pg_ctl of PostgreSQL 15 or newer.

  --reduced        fewer of everything, for every change: two and a half minutes
  --kills N        connections killed in a transaction, and in mid-query; ${whole.kills} when left out
  --away SECONDS   how long the database is away; ${whole.awaySeconds} when left out
  --slow N         slow queries at once over a pool of five; ${whole.slowQueries} when left out
  --rounds N       of the drills of feed and webhooks, in each of which everything breaks once; ${whole.feedRounds} and ${whole.webhookRounds} when left out
  --only NAMES     these scenarios alone, with commas between
  --help           this text and the names of the scenarios`;

/** @throws Error naming the option that is wrong. */
export function optionsFrom(words: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      reduced: { type: 'boolean' },
      kills: { type: 'string' },
      away: { type: 'string' },
      slow: { type: 'string' },
      rounds: { type: 'string' },
      only: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return 'help';
  const usual = values.reduced ? reduced : whole;
  return {
    kills: numberIn('kills', values.kills, usual.kills, 1_000),
    awaySeconds: numberIn('away', values.away, usual.awaySeconds, 600),
    slowQueries: numberIn('slow', values.slow, usual.slowQueries, 1_000),
    feedRounds: numberIn('rounds', values.rounds, usual.feedRounds, 1_000),
    webhookRounds: numberIn('rounds', values.rounds, usual.webhookRounds, 1_000),
    only: values.only?.split(',').filter(Boolean) ?? null,
  };
}

function numberIn(name: string, text: string | undefined, absent: number, most: number): number {
  const number = text === undefined ? absent : Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw new Error(`--${name} must be a whole number from 1 to ${most}, not ${text}`);
}
