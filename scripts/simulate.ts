// A shop that runs, for demos and for load: npm run simulate -- --rate 5 --seconds 60
// Exit codes as those of `whence`: 0 done (Ctrl-C too), 1 failed, 2 called wrongly.
import { parseArgs } from 'node:util';
import { type Config, configFrom } from '../src/config.ts';
import { type OpenDatabase, openDatabase } from '../src/database/open.ts';
import { simulate } from '../src/rooms/sources/simulation/simulation.service.ts';
import { newTally, type Tally } from '../src/rooms/sources/simulation/tally.ts';
import { ConfigError, DomainError } from '../src/shared/errors.ts';
import { count, openProgress } from '../src/shared/progress.ts';

const usage = `Run the demo shop in the present: orders, payments, prices and stock, with who and why.

Usage: npm run simulate -- [OPTIONS]

  --rate NUMBER     business transactions a second, never more; 0.01 to 10000 (5)
  --seconds NUMBER  how long; 1 to 86400 (60)
  --tenant NAME     whose shop it is; an empty one gets the demo shop first (demo)
  --seed NUMBER     another one makes other choices; 0 to 4294967295 (1)

A transaction is an order that is placed, a step of an order or a payment, a price, a delivery ... The days of the shop pass as fast as they are
written: some 25 transactions each. Ctrl-C ends it; whatever is on its way then stays there.
Uses DATABASE_OWNER_URL, else DATABASE_URL (its user is a member of whence_source), else the embedded database in WHENCE_DATA_DIR, which only one
process may open: stop the server first.`;

class UsageError extends Error {}

const options = {
  rate: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '60' },
  tenant: { type: 'string', default: 'demo' },
  seed: { type: 'string', default: '1' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function argumentsOf(words: string[]) {
  // "--rate -3" is a wrong rate rather than an option -3.
  const args = words.join('\0').replace(/(--(?:rate|seconds|seed))\0(?=-[\d.])/g, '$1=');
  try {
    return parseArgs({ args: words.length > 0 ? args.split('\0') : [], options, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function numberOf(name: string, text: string, least: number, most: number, pattern = /^\d{1,10}(\.\d{1,6})?$/): number {
  const number = pattern.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`--${name} is a number from ${least} to ${most}, not ${JSON.stringify(text.slice(0, 60))}.`);
}

function tenantOf(text: string): string {
  if (/^[\w.-]{1,63}$/.test(text)) return text;
  throw new UsageError(`--tenant is 1 to 63 letters, digits, "_", "." and "-", not ${JSON.stringify(text.slice(0, 60))}.`);
}

async function main(words: string[]): Promise<void> {
  const given = argumentsOf(words);
  if (given.help) return console.log(usage);
  const rate = numberOf('rate', given.rate, 0.01, 10_000);
  const seconds = numberOf('seconds', given.seconds, 1, 86_400);
  const seed = String(numberOf('seed', given.seed, 0, 4_294_967_295, /^\d{1,10}$/));
  const tenant = tenantOf(given.tenant);
  const stop = stopSignal();
  const database = await open(configFrom(process.env));
  const tally = newTally();
  const progress = openProgress({ label: 'Simulating', total: Math.ceil(rate * seconds), unit: 'transactions', stream: process.stderr });
  let isDone = false;
  try {
    await simulate(database, tally, {
      ...{ tenant, rate, seconds, seed, stop },
      filling: ({ day, days }) =>
        process.stderr.write(day === 1 ? `The tenant ${tenant} is empty: the demo shop, ${days} days, comes first.\n` : ''),
      progress: ({ transactions }) => progress.at(transactions),
    });
    isDone = true;
  } finally {
    progress.end();
    if (isDone || tally.transactions > 0) console.log(summary(tally));
    await database.close();
  }
}

/** Aborted by the first Ctrl-C or SIGTERM; the second one ends the process. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => (stop.signal.aborted ? process.exit(130) : stop.abort()));
  }
  return stop.signal;
}

async function open({ databaseUrl, databaseOwnerUrl, dataFolder }: Config): Promise<OpenDatabase> {
  return await openDatabase({
    url: databaseOwnerUrl ?? databaseUrl ?? undefined,
    ownerUrl: databaseOwnerUrl ?? undefined,
    dataDirectory: dataFolder,
    role: 'whence_source',
    limits: { connections: 1 },
    migrate: databaseUrl === null || databaseOwnerUrl !== null,
  });
}

function summary(tally: Tally): string {
  const { transactions, ordersPlaced, statusSteps, payments, priceChanges, stockChanges, entries, tookMs } = tally;
  const seconds = Math.max(tookMs, 1) / 1_000;
  const lines: readonly [string, number, string?][] = [
    ['transactions', transactions, `${(transactions / seconds).toFixed(1)} a second`],
    ['orders placed', ordersPlaced],
    ['status steps', statusSteps],
    ['payments and their steps', payments],
    ['price changes', priceChanges],
    ['stock changes', stockChanges],
    ['entries in the trail', entries, `${(entries / seconds).toFixed(1)} a second, for ${seconds.toFixed(1)} s`],
  ];
  return lines.map(([name, number, note = '']) => `${name.padEnd(26)}${count(number).padStart(9)}   ${note}`.trimEnd()).join('\n');
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
  const isExpected = error instanceof UsageError || error instanceof ConfigError || error instanceof DomainError;
  console.error(`simulate: ${message}${isExpected || !(error instanceof Error) ? '' : `\n${error.stack}`}`);
  if (error instanceof UsageError) console.error('simulate: --help explains the options.');
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
