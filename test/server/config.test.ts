import { describe, expect, it } from 'vitest';
import { configFrom, type Environment } from '../../src/config.ts';
import { variables } from '../../src/config-variables.ts';
import { usualLimits } from '../../src/server/graphql.ts';
import { usualSocketLimits } from '../../src/server/socket-limits.ts';
import { ConfigError } from '../../src/shared/errors.ts';

describe('the environment becomes a checked configuration', () => {
  it('has a default for everything: embedded database, demo shop, loopback, port 4000', () => {
    const config = configFrom({});
    expect(config).toMatchObject({
      port: 4000,
      host: '127.0.0.1',
      databaseUrl: null,
      fillsDemo: true,
      logLevel: 'info',
      databaseLimits: {},
    });
    expect(config).toMatchObject({ sockets: usualSocketLimits, documents: { path: null, isAllowList: false }, stopGraceMs: 0 });
    expect(config.dataFolder).toMatch(/\/data$/);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('takes an empty value for one that is not set', () => {
    expect(configFrom({ PORT: '', DATABASE_URL: ' ' })).toEqual(configFrom({}));
  });

  it('fills no demo shop into a PostgreSQL unless told to', () => {
    const DATABASE_URL = 'postgresql://app@db/shop';
    expect(configFrom({ DATABASE_URL }).fillsDemo).toBe(false);
    expect(configFrom({ DATABASE_URL, WHENCE_DEMO: 'true' }).fillsDemo).toBe(true);
    expect(configFrom({ WHENCE_DEMO: '0' }).fillsDemo).toBe(false);
  });

  it('G18 reads SYSTEM_DATABASE_URL where DATABASE_URL is not set, and JWT_SECRET for WHENCE_JWT_SECRET', () => {
    expect(configFrom({ SYSTEM_DATABASE_URL: 'postgres://a@b/c' }).databaseUrl).toBe('postgres://a@b/c');
    expect(configFrom({ JWT_SECRET: 's'.repeat(32) }).tokens.secret).toBe('s'.repeat(32));
    expect(configFrom({ DATABASE_URL: 'postgres://x@y/z', SYSTEM_DATABASE_URL: 'postgres://a@b/c' }).databaseUrl).toBe('postgres://x@y/z');
  });

  it('passes on only the limits that are set', () => {
    expect(configFrom({ WHENCE_STATEMENT_TIMEOUT: '700', WHENCE_POOL_SIZE: '3' }).databaseLimits).toEqual({
      statementMs: 700,
      connections: 3,
    });
  });

  it('asks for tokens as soon as a key for them is set, and then listens on any address', () => {
    const WHENCE_JWT_SECRET = 'hunter2-hunter2-hunter2-hunter2-';
    expect(configFrom({})).toMatchObject({ requiresTokens: false });
    expect(configFrom({ WHENCE_JWT_SECRET, HOST: '0.0.0.0' })).toMatchObject({ requiresTokens: true, host: '0.0.0.0' });
    expect(configFrom({ JWT_SECRET: WHENCE_JWT_SECRET }).tokens.secret).toBe(WHENCE_JWT_SECRET);
    expect(configFrom({ WHENCE_REQUIRE_TOKENS: 'true', HOST: '::' })).toMatchObject({ requiresTokens: true, host: '::' });
    expect(configFrom({ WHENCE_JWKS_URL: 'http://127.0.0.1:9/keys' }).requiresTokens).toBe(true);
    expect(() => configFrom({ WHENCE_JWT_SECRET, WHENCE_JWKS_URL: 'https://id.example/keys' })).toThrow(/^WHENCE_JWKS_URL is set besides/);
  });

  it('keeps what callers read once they carry tokens, unless told otherwise', () => {
    const WHENCE_JWT_SECRET = 'hunter2-hunter2-hunter2-hunter2-';
    expect(configFrom({}).readLog).toBe('off');
    expect(configFrom({ WHENCE_READ_LOG: 'strict' }).readLog).toBe('strict');
    expect(configFrom({ WHENCE_JWT_SECRET }).readLog).toBe('batched');
    expect(configFrom({ WHENCE_JWT_SECRET, WHENCE_READ_LOG: 'off' }).readLog).toBe('off');
  });

  it('limits what callers may spend once they carry tokens, unless told otherwise', () => {
    const WHENCE_JWT_SECRET = 'hunter2-hunter2-hunter2-hunter2-';
    expect(configFrom({})).toMatchObject({ requestsPerMinute: 0, limits: { ...usualLimits } });
    expect(configFrom({ WHENCE_JWT_SECRET })).toMatchObject({ requestsPerMinute: 6_000, limits: { costPerMinute: 100_000_000 } });
    expect(configFrom({ WHENCE_JWT_SECRET, WHENCE_RATE_LIMIT: '0' }).requestsPerMinute).toBe(0);
    expect(configFrom({ WHENCE_JWT_SECRET }).stopGraceMs).toBe(2_000);
    expect(configFrom({ WHENCE_TRUST_PROXY: '10.0.0.0/8, ::1' }).trustedProxies).toEqual(['10.0.0.0/8', '::1']);
  });

  it('traces nothing unless a standard variable of OpenTelemetry asks for it', () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://localhost:4318';
    expect(configFrom({}).traceExporter).toBeNull();
    expect(configFrom({ OTEL_EXPORTER_OTLP_ENDPOINT }).traceExporter).toBe('otlp');
    expect(configFrom({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces' }).traceExporter).toBe('otlp');
    expect(configFrom({ OTEL_TRACES_EXPORTER: 'console' }).traceExporter).toBe('console');
    expect(configFrom({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }).traceExporter).toBeNull();
    expect(configFrom({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' }).traceExporter).toBeNull();
  });

  const wrong: readonly [keyof typeof variables, Environment][] = [
    ['PORT', { PORT: '4000x' }],
    ['PORT', { PORT: '65536' }],
    ['PORT', { PORT: '-1' }],
    ['HOST', { HOST: '0.0.0.0' }],
    ['HOST', { HOST: '192.168.1.5' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://u:hunter2@db/shop' }],
    ['DATABASE_URL', { DATABASE_URL: 'u:hunter2@db' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgresql://u:hunter2%zz@db/shop' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgresql://u:hunter2@db/shop?sslmode=on' }],
    ['DATABASE_URL', { SYSTEM_DATABASE_URL: 'http://u:hunter2@db/shop' }],
    ['DATABASE_URL', { DATABASE_OWNER_URL: 'postgresql://u:hunter2@db/shop' }],
    ['DATABASE_OWNER_URL', { DATABASE_URL: 'postgresql://u@db/s', DATABASE_OWNER_URL: 'hunter2' }],
    ['WHENCE_DATA_DIR', { WHENCE_DATA_DIR: 'da\0ta' }],
    ['WHENCE_DEMO', { WHENCE_DEMO: 'perhaps' }],
    ['WHENCE_JWKS_URL', { WHENCE_JWKS_URL: 'http://id.example/keys' }],
    ['WHENCE_JWKS_URL', { WHENCE_JWKS_URL: 'keys' }],
    ['WHENCE_REQUIRE_TOKENS', { WHENCE_REQUIRE_TOKENS: 'perhaps' }],
    ['WHENCE_REQUIRE_TOKENS', { WHENCE_JWT_SECRET: 'hunter2', WHENCE_REQUIRE_TOKENS: 'false' }],
    ['HOST', { WHENCE_JWT_SECRET: 'hunter2', HOST: 'a b' }],
    ['WHENCE_ACTOR_SECRET', { WHENCE_ACTOR_SECRET: 'hunter2' }],
    ['WHENCE_READ_LOG', { WHENCE_READ_LOG: 'sometimes' }],
    ['WHENCE_LOG_LEVEL', { WHENCE_LOG_LEVEL: 'loud' }],
    ['OTEL_TRACES_EXPORTER', { OTEL_TRACES_EXPORTER: 'zipkin' }],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', { OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc://u:hunter2@collector' }],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'hunter2' }],
    ['OTEL_SDK_DISABLED', { OTEL_SDK_DISABLED: 'perhaps' }],
    ['WHENCE_BODY_LIMIT', { WHENCE_BODY_LIMIT: '1MB' }],
    ['WHENCE_DOCUMENTS', { WHENCE_DOCUMENTS: 'do\0cuments' }],
    ['WHENCE_ONLY_KNOWN_DOCUMENTS', { WHENCE_ONLY_KNOWN_DOCUMENTS: 'some' }],
    ['WHENCE_REQUEST_TIMEOUT', { WHENCE_REQUEST_TIMEOUT: '0' }],
    ['WHENCE_MAX_DEPTH', { WHENCE_MAX_DEPTH: '0' }],
    ['WHENCE_MAX_ALIASES', { WHENCE_MAX_ALIASES: '-1' }],
    ['WHENCE_MAX_ROOT_FIELDS', { WHENCE_MAX_ROOT_FIELDS: 'all' }],
    ['WHENCE_MAX_DIRECTIVES', { WHENCE_MAX_DIRECTIVES: '1.5' }],
    ['WHENCE_COST_LIMIT', { WHENCE_COST_LIMIT: '0' }],
    ['WHENCE_COST_BUDGET', { WHENCE_COST_BUDGET: 'much' }],
    ['WHENCE_RATE_LIMIT', { WHENCE_RATE_LIMIT: '1/s' }],
    ['WHENCE_TRUST_PROXY', { WHENCE_TRUST_PROXY: '10.0.0.0/8, proxy' }],
    ['WHENCE_MAX_SOCKETS', { WHENCE_MAX_SOCKETS: '0' }],
    ['WHENCE_MAX_CALLER_SOCKETS', { WHENCE_MAX_CALLER_SOCKETS: '-1' }],
    ['WHENCE_MAX_SOCKET_OPERATIONS', { WHENCE_MAX_SOCKET_OPERATIONS: 'many' }],
    ['WHENCE_MAX_CALLER_OPERATIONS', { WHENCE_MAX_CALLER_OPERATIONS: '0' }],
    ['WHENCE_SOCKET_MESSAGE_LIMIT', { WHENCE_SOCKET_MESSAGE_LIMIT: '1MB' }],
    ['WHENCE_SOCKET_MESSAGE_RATE', { WHENCE_SOCKET_MESSAGE_RATE: '0' }],
    ['WHENCE_SOCKET_INIT_TIMEOUT', { WHENCE_SOCKET_INIT_TIMEOUT: '3s' }],
    ['WHENCE_SOCKET_PING', { WHENCE_SOCKET_PING: '0' }],
    ['WHENCE_SOCKET_BUFFER', { WHENCE_SOCKET_BUFFER: '1' }],
    ['WHENCE_SLOW_READER_TIMEOUT', { WHENCE_SLOW_READER_TIMEOUT: '99' }],
    ['WHENCE_FEED_HEARTBEAT', { WHENCE_FEED_HEARTBEAT: 'often' }],
    ['WHENCE_CURSOR_AGE', { WHENCE_CURSOR_AGE: '0' }],
    ['WHENCE_ALERTS_KEPT', { WHENCE_ALERTS_KEPT: '99' }],
    ['WHENCE_WEBHOOK_ALLOW', { WHENCE_WEBHOOK_ALLOW: '10.0.0.0/33' }],
    ['WHENCE_WEBHOOK_TIMEOUT', { WHENCE_WEBHOOK_TIMEOUT: '10s' }],
    ['WHENCE_WEBHOOK_KEY', { WHENCE_WEBHOOK_KEY: 'hunter2' }],
    ['WHENCE_VAULT_KEY', { WHENCE_VAULT_KEY: 'hunter2' }],
    ['WHENCE_STOP_GRACE', { WHENCE_STOP_GRACE: '-1' }],
    ['WHENCE_STATEMENT_TIMEOUT', { WHENCE_STATEMENT_TIMEOUT: '1e3' }],
    ['WHENCE_TRANSACTION_TIMEOUT', { WHENCE_TRANSACTION_TIMEOUT: '99' }],
    ['WHENCE_POOL_SIZE', { WHENCE_POOL_SIZE: '0' }],
    ['WHENCE_POOL_WAIT', { WHENCE_POOL_WAIT: 'long' }],
    ['WHENCE_EXPORT_DIR', { WHENCE_EXPORT_DIR: 'ex\0ports' }],
    ['WHENCE_EXPORT_LIMIT', { WHENCE_EXPORT_LIMIT: '1MB' }],
    ['WHENCE_CRASH_BUNDLES', { WHENCE_CRASH_BUNDLES: 'cr\0ash' }],
  ];
  it.each(wrong)('refuses a wrong %s in one line that names it and shows no password: %o', (name, environment) => {
    const refused = () => configFrom(environment);
    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow(new RegExp(`^${name} [^\\n]*$`));
    expect(refused).not.toThrow(/hunter2/);
  });

  it('tries a wrong value of every variable there is', () => {
    // Any text will do for these, or it is looked at where keys are read: see token.test.ts.
    const texts = ['WHENCE_JWT_SECRET', 'WHENCE_JWT_PUBLIC_KEY_FILE', 'WHENCE_JWT_ISSUER', 'WHENCE_JWT_AUDIENCE'];
    expect(new Set([...texts, ...wrong.map(([name]) => name)])).toEqual(new Set(Object.keys(variables)));
  });
});
