import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { freePort } from '../../support/private-postgres.ts';
import { processSeconds } from '../queries/cpu.ts';
import type { BenchDatabase } from './database.ts';

export const serverNames = ['whence', 'plain', 'postgraphile'] as const;
export type ServerName = (typeof serverNames)[number];

export interface Server {
  readonly name: ServerName;
  readonly port: number;
  readonly subscription: string;
  /** Where its events are written. */
  readonly table: 'public.event' | 'bench.entry';
  /** Seconds of processor time so far. */
  cpuSeconds(): number;
  residentMb(): number;
  /** Stops it in its tracks, and lets it go on. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

const folder = join(packageRoot, 'scripts', 'bench', 'live');
const fields = 'operation occurredAt entityKey';
const subscriptions: Readonly<Record<ServerName, string>> = {
  whence: `subscription { auditFeed { ... on AuditFeedEntry { cursor entry { id ${fields} } } } }`,
  plain: `subscription { auditFeed { cursor entry { id ${fields} } } }`,
  postgraphile: `subscription { auditFeed { cursor entry { id: rowId ${fields} } } }`,
};

/** Limits that would end the measurement: all subscribers are one caller. */
const unlimited = {
  WHENCE_LOG_LEVEL: 'warn',
  WHENCE_RATE_LIMIT: '0',
  WHENCE_COST_BUDGET: '0',
  WHENCE_MAX_SOCKETS: '20000',
  WHENCE_MAX_CALLER_SOCKETS: '20000',
  WHENCE_MAX_CALLER_OPERATIONS: '20000',
  WHENCE_FEED_HEARTBEAT: '600000', // what is counted are entries
  WHENCE_SLOW_READER_TIMEOUT: '600000', // a stalled socket is to stay
  WHENCE_WEBHOOK_ALLOW: '127.0.0.0/8',
};

/** Starts a server and waits until it answers. @throws Error when it does not within a minute. */
export async function startServer(name: ServerName, database: BenchDatabase, flags: readonly string[] = []): Promise<Server> {
  const port = await freePort();
  const program = {
    whence: { words: ['--max-semi-space-size=4', join(packageRoot, 'dist', 'bundle', 'main.js'), 'serve'], url: database.appUrl },
    plain: { words: [join(import.meta.dirname, 'plain.js')], url: database.peerUrl },
    postgraphile: { words: [join(folder, 'peers', 'postgraphile.js')], url: database.peerUrl },
  }[name];
  if (name === 'postgraphile' && !existsSync(join(folder, 'peers', 'node_modules'))) {
    throw new Error('PostGraphile is not installed: npm ci --prefix scripts/bench/live/peers (or --servers whence,plain)');
  }
  const { PATH, HOME } = process.env;
  const settings = { NODE_ENV: 'production', GRAPHILE_ENV: 'production', PORT: String(port), DATABASE_URL: program.url };
  const child = spawn(process.execPath, [...flags, ...program.words], {
    env: { PATH, HOME, ...unlimited, ...settings },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  await untilListening(child, port, name);
  const pid = child.pid ?? 0;
  return {
    ...{ name, port, subscription: subscriptions[name], table: name === 'whence' ? 'public.event' : 'bench.entry' },
    cpuSeconds: () => processSeconds(pid),
    residentMb: () => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024,
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), 5_000).unref();
      }),
  };
}

async function untilListening(child: ChildProcess, port: number, name: string): Promise<void> {
  for (let i = 0; i < 300 && child.exitCode === null; i++, await sleep(200)) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => null);
    await answer?.arrayBuffer();
    if (answer) return;
  }
  child.kill('SIGKILL');
  throw new Error(`${name} does not answer`);
}
