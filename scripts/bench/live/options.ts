import { parseArgs } from 'node:util';
import { type ServerName, serverNames } from './servers.ts';

export const help = `npm run bench:live -- [options]

Follows a feed with many subscribers: this server, one written with graphql-ws, and PostGraphile; deliveries a second, processor time, delays, memory.
On PostgreSQL at TEST_DATABASE_URL (else 127.0.0.1:5432; a superuser), in a database of its own that is dropped afterwards.
PostGraphile wants Node 22 or newer, and once: npm ci --prefix scripts/bench/live/peers. 10,000 subscribers want ulimit -n 12000.

  --subscribers 100,1000,10000
  --servers whence,plain,postgraphile
  --seconds 5          length of one measurement
  --stall-seconds 60   how long a socket stalls; 0 leaves out what is measured of this server alone
  --out FILE           write the report there, beside printing it
  --replace            the file may exist: the report takes its place
  --note TEXT          one sentence for the report, e.g. what else the machine does
`;

export interface Options {
  readonly subscribers: readonly number[];
  readonly servers: readonly ServerName[];
  readonly seconds: number;
  readonly stallSeconds: number;
  readonly out: string | null;
  readonly replaces: boolean;
  readonly note: string;
}

/** Null when help is wanted. @throws Error with one line that says what is wrong. */
export function optionsFrom(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      subscribers: { type: 'string', default: '100,1000,10000' },
      servers: { type: 'string', default: serverNames.join(',') },
      seconds: { type: 'string', default: '5' },
      'stall-seconds': { type: 'string', default: '60' },
      out: { type: 'string' },
      replace: { type: 'boolean', default: false },
      note: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const servers = values.servers.split(',').filter(Boolean);
  const unknown = servers.find((name) => !serverNames.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`--servers: there is no ${unknown}, only ${serverNames.join(', ')}`);
  return {
    subscribers: values.subscribers.split(',').map((text) => numberIn('subscribers', text, 1, 15_000)),
    servers: serverNames.filter((name) => servers.includes(name)),
    seconds: numberIn('seconds', values.seconds, 1, 600),
    stallSeconds: numberIn('stall-seconds', values['stall-seconds'], 0, 600),
    out: values.out ?? null,
    replaces: values.replace,
    note: values.note,
  };
}

function numberIn(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (number >= least && number <= most) return number;
  throw new Error(`--${name} must be a number from ${least} to ${most}, not ${text}`);
}
