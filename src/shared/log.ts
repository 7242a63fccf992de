import { destination, type Logger, pino } from 'pino';
import { safeError } from './safe-error.ts';

export type Log = Logger;

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export function isLogLevel(value: string): value is LogLevel {
  return logLevels.some((level) => level === value);
}

/**
 * One JSON object per line on standard error; standard output stays free for what a command answers. Written synchronously, so that the
 * last line before a crash is not lost. Request headers, variables and statement parameters are never given to it; of errors it keeps what
 * holds no value of anybody (safe-error.ts).
 * @param target somewhere else to write to.
 */
export function openLog(level: LogLevel, target: { write(line: string): void } = destination({ dest: 2, sync: true })): Log {
  const serializers = { err: (error: unknown) => safeError(error) };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: secrets, serializers }, target);
}

// A second line of defence: these names are blanked should an error object carry them.
const names = ['authorization', 'cookie', 'password', 'connectionString', 'parameters', 'args'];
const secrets = { paths: names.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[hidden]' };
