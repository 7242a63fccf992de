#!/usr/bin/env node
// The command line. Exit codes: 0 done, 1 failed, 2 called wrongly; a failure is one line on standard error.
import { parseArgs } from 'node:util';
import { bundle } from './commands/bundle.ts';
import { cleanup } from './commands/cleanup.ts';
import { type Command, UsageError } from './commands/command.ts';
import { demo } from './commands/demo.ts';
import { doctor } from './commands/doctor.ts';
import { documents } from './commands/documents.ts';
import { exportData } from './commands/export.ts';
import { helpFor } from './commands/help.ts';
import { importData } from './commands/import.ts';
import { key } from './commands/key.ts';
import { migrate } from './commands/migrate.ts';
import { restore } from './commands/restore.ts';
import { run as runTracked } from './commands/run.ts';
import { serve } from './commands/serve.ts';
import { tables } from './commands/tables.ts';
import { tail } from './commands/tail.ts';
import { token } from './commands/token.ts';
import { track } from './commands/track.ts';
import { uninstall } from './commands/uninstall.ts';
import { untrack } from './commands/untrack.ts';
import { version } from './commands/version.ts';
import { ConfigError, DomainError } from './shared/errors.ts';

const commands: readonly Command[] = [
  serve,
  migrate,
  importData,
  exportData,
  demo,
  track,
  untrack,
  tables,
  tail,
  runTracked,
  doctor,
  bundle,
  restore,
  cleanup,
  uninstall,
  key,
  token,
  documents,
  helpFor(() => commands),
  version,
];

/** Other words for commands. */
const others: Readonly<Record<string, string>> = { '--help': 'help', '-h': 'help', '--version': 'version', '-v': 'version', seed: 'demo' };

const out = (text: string) => void process.stdout.write(`${text}\n`);
const err = (text: string) => void process.stderr.write(`${text}\n`);
// Nobody reads any more (`whence help | head -1`): that is no failure of ours.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

async function main(words: readonly string[]): Promise<number> {
  const [first = 'help', ...rest] = words;
  const name = others[first] ?? first;
  const command = commands.find((one) => one.name === name);
  if (!command) throw new UsageError(`There is no command "${name.slice(0, 60)}"; whence help lists them.`);
  const { values, positionals } = argumentsOf(command, rest);
  if (values['help'] === true) return run('help', { positionals: [command.name], options: {} });
  const [least, most] = command.positionals ?? [0, 0];
  if (positionals.length < least || positionals.length > most) throw new UsageError(`Usage: ${firstLine(command.usage)}`);
  return run(command.name, { positionals, options: values });
}

function argumentsOf(command: Command, words: string[]) {
  try {
    return parseArgs({ args: words, options: { ...command.options, help: { type: 'boolean', short: 'h' } }, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${firstLine(error instanceof Error ? error.message : String(error))} (usage: ${firstLine(command.usage)})`);
  }
}

function run(name: string, { positionals, options }: Pick<Parameters<Command['run']>[0], 'positionals' | 'options'>): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (signal === 'SIGINT' && process.channel) return; // a terminal tells all its processes: the one that started this one sends SIGTERM
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  }
  process.once('disconnect', () => process.exit(1)); // whoever started this process for itself is gone: what it does can be killed,
  process.channel?.unref(); // and does not keep it from ending
  if (process.env['npm_lifecycle_event'] !== undefined) stopWithShell(stop);
  const command = commands.find((one) => one.name === name);
  if (!command) throw new UsageError(`There is no command "${name}".`);
  return command.run({ options, positionals, environment: process.env, out, err, stop: stop.signal });
}

/** npm hands a signal to the shell that it starts commands with, and that ends without a word to the command. */
function stopWithShell(stop: AbortController): void {
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    stop.abort();
  }, 200);
  timer.unref();
}

/** Expected failures say what to do; of the others the stack is shown on request only. */
function lineOf(error: unknown): string {
  if (error instanceof UsageError || error instanceof ConfigError || error instanceof DomainError) return firstLine(error.message);
  if (process.env['WHENCE_LOG_LEVEL'] === 'debug') return error instanceof Error ? String(error.stack) : String(error);
  return `${firstLine(error instanceof Error ? error.message : String(error))} (WHENCE_LOG_LEVEL=debug shows where)`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  err(`whence: ${lineOf(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
