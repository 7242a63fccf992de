// The whole server as a process of its own, built as it is installed, so that it can be killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/shared/package-root.ts';

const program = join(packageRoot, 'dist', 'bundle', 'main.js');
const tailLength = 20;
/** Little, so that what leaks ends the process instead of hiding in a heap that grows. */
const heapMb = 96;

export interface Product {
  readonly pid: number;
  isAlive(): boolean;
  /** Exit code, or the signal's name; null when it is still there after `withinMs`. */
  end(signal: NodeJS.Signals, withinMs: number): Promise<number | string | null>;
  /** The last lines of its log. */
  tail(): readonly string[];
}

export type Environment = Readonly<Record<string, string>>;

/** Starts `whence serve`, and waits until it says that it is ready. Nothing of our own environment reaches it but the path. */
export async function startProduct(environment: Environment): Promise<Product> {
  const { child, tail } = start(['serve'], environment);
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => line === 'Whence is ready.' && resolve());
    child.once('close', () => reject(new Error(`the server did not start: ${tail.join('\n')}`)));
  });
  await ready;
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    isAlive,
    tail: () => tail,
    end(signal, withinMs) {
      child.kill(signal);
      return Promise.race([ended, sleep(withinMs, null, { ref: false })]);
    },
  };
}

/** Runs one command to its end and gives what it printed. */
export async function runCommand(words: readonly string[], environment: Environment): Promise<string> {
  const { child, tail } = start(words, environment);
  let out = '';
  child.stdout?.on('data', (chunk) => (out += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`whence ${words[0]} ended with ${code}: ${tail.join('\n')}`);
  return out.trim();
}

function start(words: readonly string[], environment: Environment): { child: ChildProcess; tail: string[] } {
  const env = { PATH: process.env['PATH'], ...environment };
  const child = spawn(process.execPath, ['--max-semi-space-size=4', `--max-old-space-size=${heapMb}`, program, ...words], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const tail: string[] = [];
  createInterface({ input: child.stderr! }).on('line', (line) => {
    tail.push(line);
    if (tail.length > tailLength) tail.shift();
  });
  return { child, tail };
}
