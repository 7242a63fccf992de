import { spawn } from 'node:child_process';

/** How a command ended. */
export interface Ending {
  /** What a shell gives: 127 when it could not be started, 128 and more when a signal ended it. */
  readonly exitCode: number;
  readonly signal: string | null;
  /** Why it could not be started. */
  readonly fault: string | null;
  /** The end of what it printed, both streams as they came. */
  readonly tail: string;
}

export interface Supervision {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly out: (chunk: Buffer) => void;
  readonly err: (chunk: Buffer) => void;
  /** Passed on to the command as SIGTERM. */
  readonly stop: AbortSignal;
}

const tailLength = 4000;
const signals: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };

/** Runs a command to its end; what it prints is passed on at once. */
export function supervised([program = '', ...words]: readonly string[], { environment, out, err, stop }: Supervision): Promise<Ending> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { env: environment, stdio: ['inherit', 'pipe', 'pipe'] });
    const pass = () => child.kill('SIGTERM');
    stop.addEventListener('abort', pass);
    let tail = '';
    const keep = (write: (chunk: Buffer) => void) => (chunk: Buffer) => {
      write(chunk);
      tail = (tail + chunk.toString('utf8')).slice(-tailLength);
    };
    const end = (ending: Omit<Ending, 'tail'>) => {
      stop.removeEventListener('abort', pass);
      resolve({ ...ending, tail });
    };
    child.stdout.on('data', keep(out));
    child.stderr.on('data', keep(err));
    child.once('error', (error) => end({ exitCode: 127, signal: null, fault: error.message }));
    child.once('close', (code, signal) => end({ exitCode: code ?? 128 + (signals[signal ?? ''] ?? 0), signal, fault: null }));
  });
}
