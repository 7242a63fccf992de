import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { type Variable, type VariableName, variables } from './config-variables.ts';
import type { Limits } from './database/database.ts';
import type { TokenSettings } from './shared/caller.ts';
import { ConfigError } from './shared/errors.ts';
import { isLogLevel, type LogLevel, logLevels } from './shared/log.ts';
import { isReadLogMode, type ReadLogMode, readLogModes } from './shared/read-notes.ts';

/** What the environment says, checked once at the start. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** null: the embedded database in `dataFolder`. */
  readonly databaseUrl: string | null;
  readonly databaseOwnerUrl: string | null;
  /** Without tokens everybody who reaches the port is the one fixed caller. */
  readonly requiresTokens: boolean;
  readonly tokens: TokenSettings;
  /** Absolute path. */
  readonly dataFolder: string;
  readonly fillsDemo: boolean;
  readonly readLog: ReadLogMode;
  /** Proves to the database who acts; null: it takes every writer's word. */
  readonly actorSecret: string | null;
  readonly logLevel: LogLevel;
  /** Where spans go; null: nowhere, and nothing is loaded. */
  readonly traceExporter: 'otlp' | 'console' | null;
  readonly bodyLimitBytes: number;
  readonly requestTimeoutMs: number;
  readonly limits: {
    readonly depth: number;
    readonly aliases: number;
    readonly rootFields: number;
    readonly directives: number;
    readonly cost: number;
    readonly costPerMinute: number;
  };
  readonly requestsPerMinute: number;
  readonly feedHeartbeatMs: number;
  readonly cursorAgeMs: number;
  /** Of each tenant. */
  readonly alertsKept: number;
  /** Encrypts metadata of operations; null: it is kept as it is. */
  readonly vaultKey: string | null;
  readonly webhooks: {
    /** Networks in CIDR form. */
    readonly allowed: readonly string[];
    readonly timeoutMs: number;
    /** null: that of the database. */
    readonly key: string | null;
  };
  readonly trustedProxies: readonly string[];
  readonly documents: {
    /** Absolute; null: only those that come with the product. */
    readonly path: string | null;
    /** Whether nothing else is answered. */
    readonly isAllowList: boolean;
  };
  readonly sockets: {
    readonly sockets: number;
    readonly socketsPerCaller: number;
    readonly operationsPerSocket: number;
    readonly operationsPerCaller: number;
    readonly messageBytes: number;
    readonly messagesPerSecond: number;
    readonly initMs: number;
    readonly pingMs: number;
    readonly bufferBytes: number;
    readonly patienceMs: number;
  };
  readonly stopGraceMs: number;
  /** Only what is set; src/database knows the rest. */
  readonly databaseLimits: Partial<Limits>;
  /** Where files that are made in the background are; absolute. */
  readonly exportFolder: string;
  /** Bytes of one such file, unpacked. */
  readonly exportLimitBytes: number;
  /** Where a server that fails leaves a debug bundle; null: nowhere. */
  readonly crashFolder: string | null;
  /** Each variable and what it is set to; of secrets only that they are. */
  readonly settings: Readonly<Record<string, string>>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigError with one line that names the variable; the value of a secret is never in it. */
export function configFrom(environment: Environment): Config {
  const databaseUrl = postgresUrl(environment, 'DATABASE_URL');
  const databaseOwnerUrl = postgresUrl(environment, 'DATABASE_OWNER_URL');
  if (databaseOwnerUrl !== null && databaseUrl === null) {
    throw new ConfigError(
      'DATABASE_URL is missing: DATABASE_OWNER_URL is set, so the server needs a URL of its own for the same database.',
    );
  }
  const tokens = tokenSettings(environment);
  const hasTokens = tokens.secret !== null || tokens.publicKeyFile !== null || tokens.jwksUrl !== null;
  const requiresTokens = trueOrFalse(environment, 'WHENCE_REQUIRE_TOKENS', hasTokens);
  if (hasTokens && !requiresTokens) throw wrong('WHENCE_REQUIRE_TOKENS', 'false', 'true, or left out, where a key for tokens is set');
  return Object.freeze({
    port: wholeNumber(environment, 'PORT', 0, 65_535),
    host: host(environment, requiresTokens),
    requiresTokens,
    tokens,
    databaseUrl,
    databaseOwnerUrl,
    dataFolder: path(environment, 'WHENCE_DATA_DIR', 'a folder'),
    fillsDemo: trueOrFalse(environment, 'WHENCE_DEMO', databaseUrl === null),
    readLog: readLog(environment, requiresTokens),
    actorSecret: longText(environment, 'WHENCE_ACTOR_SECRET'),
    logLevel: logLevel(environment),
    traceExporter: traceExporter(environment),
    bodyLimitBytes: wholeNumber(environment, 'WHENCE_BODY_LIMIT', 1_024, 64 * 1_048_576),
    requestTimeoutMs: wholeNumber(environment, 'WHENCE_REQUEST_TIMEOUT', 100, 600_000),
    limits: Object.freeze({
      depth: wholeNumber(environment, 'WHENCE_MAX_DEPTH', 1, 1_000),
      aliases: wholeNumber(environment, 'WHENCE_MAX_ALIASES', 0, 100_000),
      rootFields: wholeNumber(environment, 'WHENCE_MAX_ROOT_FIELDS', 1, 100_000),
      directives: wholeNumber(environment, 'WHENCE_MAX_DIRECTIVES', 0, 100_000),
      cost: wholeNumber(environment, 'WHENCE_COST_LIMIT', 1, 1_000_000_000),
      costPerMinute: numberWithout(environment, 'WHENCE_COST_BUDGET', requiresTokens ? 100_000_000 : 0),
    }),
    requestsPerMinute: numberWithout(environment, 'WHENCE_RATE_LIMIT', requiresTokens ? 6_000 : 0),
    trustedProxies: networks(environment, 'WHENCE_TRUST_PROXY'),
    documents: Object.freeze({
      path: settingOf(environment, 'WHENCE_DOCUMENTS') === undefined ? null : path(environment, 'WHENCE_DOCUMENTS', 'a folder or a file'),
      isAllowList: trueOrFalse(environment, 'WHENCE_ONLY_KNOWN_DOCUMENTS', false),
    }),
    sockets: Object.freeze({
      sockets: wholeNumber(environment, 'WHENCE_MAX_SOCKETS', 1, 1_000_000),
      socketsPerCaller: wholeNumber(environment, 'WHENCE_MAX_CALLER_SOCKETS', 1, 1_000_000),
      operationsPerSocket: wholeNumber(environment, 'WHENCE_MAX_SOCKET_OPERATIONS', 1, 100_000),
      operationsPerCaller: wholeNumber(environment, 'WHENCE_MAX_CALLER_OPERATIONS', 1, 1_000_000),
      messageBytes: wholeNumber(environment, 'WHENCE_SOCKET_MESSAGE_LIMIT', 1_024, 64 * 1_048_576),
      messagesPerSecond: wholeNumber(environment, 'WHENCE_SOCKET_MESSAGE_RATE', 1, 1_000_000),
      initMs: wholeNumber(environment, 'WHENCE_SOCKET_INIT_TIMEOUT', 100, 600_000),
      pingMs: wholeNumber(environment, 'WHENCE_SOCKET_PING', 100, 600_000),
      bufferBytes: wholeNumber(environment, 'WHENCE_SOCKET_BUFFER', 1_024, 1_073_741_824),
      patienceMs: wholeNumber(environment, 'WHENCE_SLOW_READER_TIMEOUT', 100, 600_000),
    }),
    stopGraceMs: numberWithout(environment, 'WHENCE_STOP_GRACE', requiresTokens ? 2_000 : 0, 600_000),
    feedHeartbeatMs: wholeNumber(environment, 'WHENCE_FEED_HEARTBEAT', 100, 600_000),
    cursorAgeMs: wholeNumber(environment, 'WHENCE_CURSOR_AGE', 1, 100_000) * 3_600_000,
    alertsKept: wholeNumber(environment, 'WHENCE_ALERTS_KEPT', 100, 1_000_000),
    vaultKey: longText(environment, 'WHENCE_VAULT_KEY'),
    webhooks: Object.freeze({
      allowed: networks(environment, 'WHENCE_WEBHOOK_ALLOW'),
      timeoutMs: wholeNumber(environment, 'WHENCE_WEBHOOK_TIMEOUT', 100, 30_000),
      key: longText(environment, 'WHENCE_WEBHOOK_KEY'),
    }),
    databaseLimits: Object.freeze({
      ...limit(environment, 'WHENCE_STATEMENT_TIMEOUT', 'statementMs', 100, 600_000),
      ...limit(environment, 'WHENCE_TRANSACTION_TIMEOUT', 'transactionMs', 100, 600_000),
      ...limit(environment, 'WHENCE_POOL_SIZE', 'connections', 1, 500),
      ...limit(environment, 'WHENCE_POOL_WAIT', 'acquireMs', 100, 600_000),
    }),
    exportFolder: path(environment, 'WHENCE_EXPORT_DIR', 'a folder'),
    exportLimitBytes: wholeNumber(environment, 'WHENCE_EXPORT_LIMIT', 1_048_576, 4_000_000_000),
    crashFolder:
      settingOf(environment, 'WHENCE_CRASH_BUNDLES') === undefined ? null : path(environment, 'WHENCE_CRASH_BUNDLES', 'a folder'),
    settings: shownSettings(environment),
  });
}

function shownSettings(environment: Environment): Readonly<Record<string, string>> {
  const shown = Object.entries<Variable>(variables).map(([name, { secret, default: usual }]) => {
    const value = settingOf(environment, name as VariableName);
    return [name, value === undefined ? `not set (${usual})` : secret ? '***' : value];
  });
  return Object.freeze(Object.fromEntries(shown));
}

/** The value as it is set; undefined when neither the variable nor its alias is. An empty value counts as not set. */
function settingOf(environment: Environment, name: VariableName): string | undefined {
  const { alias }: Variable = variables[name];
  return environment[name]?.trim() || (alias && environment[alias]?.trim()) || undefined;
}

function wrong(name: VariableName, value: string, mustBe: string): ConfigError {
  const { secret }: Variable = variables[name];
  const shown = value.length > 60 ? `${value.slice(0, 60)}...` : value;
  return new ConfigError(`${name} must be ${mustBe}${secret ? '' : `, not ${JSON.stringify(shown)}`}.`);
}

function wholeNumber(environment: Environment, name: VariableName, least: number, most: number): number {
  const value = settingOf(environment, name) ?? variables[name].default;
  const number = /^[0-9]{1,12}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw wrong(name, value, `a whole number from ${least} to ${most} (${variables[name].unit})`);
}

/** The first number of the printed default holds with tokens; without them only this machine asks, and nothing is counted. */
function numberWithout(environment: Environment, name: VariableName, absent: number, most = 2_000_000_000): number {
  return settingOf(environment, name) === undefined ? absent : wholeNumber(environment, name, 0, most);
}

function networks(environment: Environment, name: VariableName): readonly string[] {
  const value = settingOf(environment, name);
  if (value === undefined) return [];
  const all = value.split(',').map((part) => part.trim());
  const isNetwork = (text: string) => {
    const [address = '', bits, ...rest] = text.split('/');
    const version = isIP(address);
    const isPrefix = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
    return version !== 0 && rest.length === 0 && isPrefix;
  };
  if (all.every(isNetwork)) return all;
  throw wrong(name, value, 'addresses or networks in CIDR form with commas between');
}

function limit(environment: Environment, name: VariableName, key: keyof Limits, least: number, most: number): Partial<Limits> {
  return settingOf(environment, name) === undefined ? {} : { [key]: wholeNumber(environment, name, least, most) };
}

function trueOrFalse(environment: Environment, name: VariableName, absent: boolean): boolean {
  const value = settingOf(environment, name)?.toLowerCase();
  if (value === undefined) return absent;
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw wrong(name, value, 'true or false');
}

function path(environment: Environment, name: VariableName, mustBe: string): string {
  const value = settingOf(environment, name) ?? variables[name].default;
  if (value.includes('\0')) throw wrong(name, value, mustBe);
  return resolve(value);
}

/** Of a secret: null when it is not set. */
function longText(environment: Environment, name: VariableName): string | null {
  const value = settingOf(environment, name) ?? null;
  if (value === null || Buffer.byteLength(value) >= 32) return value;
  throw wrong(name, value, 'a text of 32 bytes or more');
}

/** Without tokens nobody is known who could be told to have read. */
function readLog(environment: Environment, requiresTokens: boolean): ReadLogMode {
  const value = settingOf(environment, 'WHENCE_READ_LOG') ?? (requiresTokens ? 'batched' : 'off');
  if (isReadLogMode(value)) return value;
  throw wrong('WHENCE_READ_LOG', value, `one of ${readLogModes.join(', ')}`);
}

function logLevel(environment: Environment): LogLevel {
  const value = settingOf(environment, 'WHENCE_LOG_LEVEL') ?? variables.WHENCE_LOG_LEVEL.default;
  if (isLogLevel(value)) return value;
  throw wrong('WHENCE_LOG_LEVEL', value, `one of ${logLevels.join(', ')}`);
}

/** As OpenTelemetry reads its variables, but for this: without any of them nothing is traced. */
function traceExporter(environment: Environment): Config['traceExporter'] {
  if (trueOrFalse(environment, 'OTEL_SDK_DISABLED', false)) return null;
  const endpoints = (['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] as const).map((name) => {
    const value = settingOf(environment, name);
    if (value !== undefined && !/^https?:\/\/./.test(value)) throw wrong(name, value, 'an http:// or https:// URL');
    return value;
  });
  const hasEndpoint = endpoints.some((value) => value !== undefined);
  const value = settingOf(environment, 'OTEL_TRACES_EXPORTER') ?? (hasEndpoint ? 'otlp' : 'none');
  if (value === 'none') return null;
  if (value === 'otlp' || value === 'console') return value;
  throw wrong('OTEL_TRACES_EXPORTER', value, 'otlp, console or none');
}

/** Without tokens whoever reaches the port acts as the one fixed caller with every permission, so nobody else may reach it. */
function host(environment: Environment, requiresTokens: boolean): string {
  const value = settingOf(environment, 'HOST') ?? variables.HOST.default;
  if (value === 'localhost' || value === '::1' || /^127(\.[0-9]{1,3}){3}$/.test(value)) return value;
  if (!requiresTokens) {
    throw wrong('HOST', value, 'a loopback address (127.0.0.1, ::1 or localhost) as long as callers carry no tokens (WHENCE_JWT_SECRET)');
  }
  if (/^[A-Za-z0-9.:_-]{1,253}$/.test(value)) return value;
  throw wrong('HOST', value, 'an address or a name of this machine');
}

function tokenSettings(environment: Environment): TokenSettings {
  const names = ['WHENCE_JWT_SECRET', 'WHENCE_JWT_PUBLIC_KEY_FILE', 'WHENCE_JWKS_URL'] as const;
  const set = names.filter((name) => settingOf(environment, name) !== undefined);
  if (set.length > 1) throw new ConfigError(`${set[1]} is set besides ${set[0]}: tokens are verified in one way only.`);
  return Object.freeze({
    secret: settingOf(environment, 'WHENCE_JWT_SECRET') ?? null,
    publicKeyFile: settingOf(environment, 'WHENCE_JWT_PUBLIC_KEY_FILE') ?? null,
    jwksUrl: keySetUrl(environment),
    issuer: settingOf(environment, 'WHENCE_JWT_ISSUER') ?? null,
    audience: settingOf(environment, 'WHENCE_JWT_AUDIENCE') ?? null,
  });
}

/** Keys that come over a network in the clear could be anybody's. */
function keySetUrl(environment: Environment): string | null {
  const value = settingOf(environment, 'WHENCE_JWKS_URL');
  if (value === undefined) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  const isLocal = url !== null && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal)) return value;
  throw wrong('WHENCE_JWKS_URL', value, 'an https:// URL');
}

function postgresUrl(environment: Environment, name: 'DATABASE_URL' | 'DATABASE_OWNER_URL'): string | null {
  const value = settingOf(environment, name);
  if (value === undefined) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url?.protocol !== 'postgres:' && url?.protocol !== 'postgresql:') throw wrong(name, value, 'a postgresql:// URL');
  try {
    decodeURIComponent(value);
  } catch {
    throw wrong(name, value, 'a postgresql:// URL in which every % begins an escape (%25 stands for the sign itself)');
  }
  const sslMode = url.searchParams.get('sslmode') ?? 'prefer';
  if (!sslModes.includes(sslMode)) throw wrong(name, value, `a postgresql:// URL whose sslmode is one of ${sslModes.join(', ')}`);
  return value;
}

const sslModes: readonly string[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
