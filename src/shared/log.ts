import { destination, type Logger, pino } from 'pino';

export type Log = Logger;

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export function isLogLevel(value: string): value is LogLevel {
  return logLevels.some((level) => level === value);
}

/**
 * One JSON object per line on standard error; standard output stays free for what a command answers. Written synchronously, so that the
 * last line before a crash is not lost. Request headers, variables and statement parameters are never given to it.
 */
export function openLog(level: LogLevel): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: secrets }, destination({ dest: 2, sync: true }));
}

// A second line of defence: these names are blanked should an error object carry them.
const names = ['authorization', 'cookie', 'password', 'connectionString', 'parameters', 'args'];
const secrets = { paths: names.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[hidden]' };
