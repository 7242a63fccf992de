import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/package-root.ts';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** All it wrote to standard output, once that matches. */
  said(pattern: RegExp): Promise<string>;
}

/** Starts the built program with nothing of our own environment but the path. */
export function startProgram(words: readonly string[], environment: Record<string, string>): Program {
  const child = spawn(process.execPath, [join(packageRoot, 'dist', 'bundle', 'main.js'), ...words], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (text.out += chunk));
  child.stderr.on('data', (chunk) => (text.err += chunk));
  const ended = once(child, 'close').then(([code]) => ({ code, ...text }));
  const said = async (pattern: RegExp) => {
    while (!pattern.test(text.out)) {
      if (child.exitCode !== null) throw new Error(`it ended: ${text.err}`);
      await once(child.stdout, 'data');
    }
    return text.out;
  };
  return { child, ended, said };
}
