import type { ParseArgsConfig } from 'node:util';
import type { Environment } from '../config.ts';

/** What a command is given. It writes its answer to `out`, everything else to `err`. */
export interface Invocation {
  /** Values of the options, by name. */
  readonly options: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  /** What follows the command and is no option. */
  readonly positionals: readonly string[];
  readonly environment: Environment;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Aborted by the first Ctrl-C or SIGTERM: end in good order. The second one ends the process. */
  readonly stop: AbortSignal;
}

/** One word after `whence`. A new command is a file with one of these and a line in main.ts. */
export interface Command {
  readonly name: string;
  /** One line for `whence help`. */
  readonly summary: string;
  /** What `whence help <name>` prints below the summary: the call and its options. */
  readonly usage: string;
  readonly options?: NonNullable<ParseArgsConfig['options']>;
  /** How many positionals it takes, least and most; none when left out. */
  readonly positionals?: readonly [least: number, most: number];
  /** Loads what it needs with `await import(...)`, so that other commands start without it. Gives the exit code. */
  run(invocation: Invocation): Promise<number>;
}

/** The command line is wrong: one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
