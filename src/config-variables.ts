/** One environment variable: what `whence help config` and the README print. */
export interface Variable {
  /** Printed default; what happens without the variable when it has none. */
  readonly default: string;
  /** What the value is measured in or made of. */
  readonly unit: string;
  readonly meaning: string;
  /** Holds a password: its value is never printed, not even when it is wrong. */
  readonly secret?: true;
  /** Another name that is read when this one is not set. */
  readonly alias?: string;
}

/** Every variable the product reads, in the order they are printed. */
export const variables = {
  PORT: { default: '4000', unit: 'TCP port, 0 takes a free one', meaning: 'Where the server listens.' },
  HOST: {
    default: '127.0.0.1',
    unit: 'address or name of this machine',
    meaning: 'Address to listen on. Without tokens it must be a loopback address (127.0.0.1, ::1 or localhost).',
  },
  DATABASE_URL: {
    default: 'the embedded database',
    unit: 'postgresql:// URL',
    meaning: 'PostgreSQL 15 or newer; its user is a member of whence_app and not the owner.',
    secret: true,
    alias: 'SYSTEM_DATABASE_URL',
  },
  DATABASE_OWNER_URL: {
    default: 'none',
    unit: 'postgresql:// URL',
    meaning: 'The same database as its owner: migrations and tracking. Without it the server migrates and tracks nothing.',
    secret: true,
  },
  WHENCE_DATA_DIR: { default: './data', unit: 'folder', meaning: 'Folder of the embedded database; made when it is not there.' },
  WHENCE_DEMO: {
    default: 'true for the embedded database, else false',
    unit: 'true or false',
    meaning: 'Whether an empty database is filled with the demo shop at the first start.',
  },
  WHENCE_JWT_SECRET: {
    default: 'none',
    unit: 'text of 32 bytes or more',
    meaning: 'Callers carry tokens signed with this secret (HS256).',
    secret: true,
    alias: 'JWT_SECRET',
  },
  WHENCE_JWT_PUBLIC_KEY_FILE: {
    default: 'none',
    unit: 'PEM file',
    meaning: 'Callers carry tokens that this public key verifies (RS256, ES256 or EdDSA).',
  },
  WHENCE_JWKS_URL: {
    default: 'none',
    unit: 'https:// URL, http:// on this machine',
    meaning: 'Callers carry tokens that a key of this JSON Web Key Set verifies (RS256, ES256 or EdDSA).',
  },
  WHENCE_JWT_ISSUER: { default: 'any', unit: 'text', meaning: 'What the claim iss of a token must be.' },
  WHENCE_JWT_AUDIENCE: { default: 'any', unit: 'text', meaning: 'What the claim aud of a token must be or hold.' },
  WHENCE_REQUIRE_TOKENS: {
    default: 'true when a key for tokens is set, else false',
    unit: 'true or false',
    meaning: 'Whether callers need a token or an API key; true without a key for tokens takes API keys alone.',
  },
  WHENCE_ACTOR_SECRET: {
    default: 'none',
    unit: 'text of 32 bytes or more',
    meaning: 'Shared with the database and its applications: with it they prove who acts, and the trail says so.',
    secret: true,
  },
  WHENCE_READ_LOG: {
    default: 'batched, without tokens off',
    unit: 'strict, batched or off',
    meaning: 'How reads of personal and audit data are kept: before the answer leaves, within a second, or not at all.',
  },
  WHENCE_LOG_LEVEL: {
    default: 'info',
    unit: 'fatal, error, warn, info, debug, trace or silent',
    meaning: 'How much is written to standard error.',
  },
  OTEL_TRACES_EXPORTER: {
    default: 'otlp with an endpoint, else none',
    unit: 'otlp, console or none',
    meaning: 'Where spans of requests, operations and statements go (OpenTelemetry; its other OTEL_* variables hold, too).',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    default: 'none',
    unit: 'http:// or https:// URL',
    meaning: 'Collector of OpenTelemetry that takes OTLP over HTTP as JSON, e.g. http://localhost:4318.',
    secret: true,
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {
    default: 'OTEL_EXPORTER_OTLP_ENDPOINT and /v1/traces',
    unit: 'http:// or https:// URL',
    meaning: 'The same for spans alone.',
    secret: true,
  },
  OTEL_SDK_DISABLED: { default: 'false', unit: 'true or false', meaning: 'True sends nothing, whatever the others say.' },
  WHENCE_BODY_LIMIT: { default: '1048576', unit: 'bytes', meaning: 'Longest request body; of a compressed one also what comes out of it.' },
  WHENCE_DOCUMENTS: {
    default: 'none',
    unit: 'folder of .graphql files, one such file, or a .json manifest',
    meaning: 'Documents that callers may ask by their id, besides those that come with the product.',
  },
  WHENCE_ONLY_KNOWN_DOCUMENTS: {
    default: 'false',
    unit: 'true or false',
    meaning: 'Whether every other document is refused, whoever sends it.',
  },
  WHENCE_REQUEST_TIMEOUT: {
    default: '30000',
    unit: 'milliseconds',
    meaning: 'Longest time for one request, from its first byte to the answer.',
  },
  WHENCE_MAX_DEPTH: { default: '20', unit: 'levels', meaning: 'Deepest selection of fields in an operation.' },
  WHENCE_MAX_ALIASES: { default: '100', unit: 'aliases', meaning: 'Most aliases in an operation.' },
  WHENCE_MAX_ROOT_FIELDS: { default: '30', unit: 'fields', meaning: 'Most root fields in an operation.' },
  WHENCE_MAX_DIRECTIVES: { default: '50', unit: 'directives', meaning: 'Most directives in a document.' },
  WHENCE_COST_LIMIT: {
    default: '10000000',
    unit: 'cost units',
    meaning: 'Most that one operation may cost: an object counts 1, below a list once per item, or what @cost says.',
  },
  WHENCE_COST_BUDGET: {
    default: '100000000, without tokens 0',
    unit: 'cost units per minute',
    meaning: 'Most that one caller may spend on this server; 0 is no limit.',
  },
  WHENCE_RATE_LIMIT: {
    default: '6000, without tokens 0',
    unit: 'requests per minute',
    meaning: 'Most requests from one address to this server; 0 is no limit.',
  },
  WHENCE_TRUST_PROXY: {
    default: 'none',
    unit: 'addresses or networks with commas between',
    meaning: 'Proxies whose X-Forwarded-For says where a request comes from.',
  },
  WHENCE_MAX_SOCKETS: { default: '10000', unit: 'sockets', meaning: 'Most WebSockets open on this server.' },
  WHENCE_MAX_CALLER_SOCKETS: { default: '100', unit: 'sockets', meaning: 'Most WebSockets of one caller on this server.' },
  WHENCE_MAX_SOCKET_OPERATIONS: { default: '100', unit: 'operations', meaning: 'Most operations at once on one WebSocket.' },
  WHENCE_MAX_CALLER_OPERATIONS: {
    default: '1000',
    unit: 'operations',
    meaning: 'Most operations at once on all WebSockets of one caller on this server.',
  },
  WHENCE_SOCKET_MESSAGE_LIMIT: { default: '262144', unit: 'bytes', meaning: 'Longest message that a WebSocket takes.' },
  WHENCE_SOCKET_MESSAGE_RATE: { default: '100', unit: 'messages per second', meaning: 'Most messages that a WebSocket takes.' },
  WHENCE_SOCKET_INIT_TIMEOUT: {
    default: '3000',
    unit: 'milliseconds',
    meaning: 'Longest time from the opening of a WebSocket to its connection_init.',
  },
  WHENCE_SOCKET_PING: {
    default: '12000',
    unit: 'milliseconds',
    meaning: 'Time between two pings of a WebSocket; who has not answered one when the next is due is cut off.',
  },
  WHENCE_SOCKET_BUFFER: {
    default: '8388608',
    unit: 'bytes',
    meaning:
      'Most that may wait on one WebSocket for who reads it; then it is closed. An answer longer than this is sent when nothing waits.',
  },
  WHENCE_SLOW_READER_TIMEOUT: {
    default: '30000',
    unit: 'milliseconds',
    meaning:
      'How long the reader of a live feed may take over what waits for it (1 MiB at most) before its connection is closed. Whoever comes back with the newest cursor misses nothing.',
  },
  WHENCE_STOP_GRACE: {
    default: '2000, without tokens 0',
    unit: 'milliseconds',
    meaning: 'How long requests are still taken after SIGTERM, while /readyz already answers 503.',
  },
  WHENCE_STATEMENT_TIMEOUT: {
    default: '4000, embedded 10000',
    unit: 'milliseconds',
    meaning: 'Longest time for one database statement.',
  },
  WHENCE_TRANSACTION_TIMEOUT: {
    default: '10000, embedded 20000',
    unit: 'milliseconds',
    meaning: 'Longest time for one database transaction.',
  },
  WHENCE_FEED_HEARTBEAT: {
    default: '15000',
    unit: 'milliseconds',
    meaning: 'After which a feed without news says how far it has come.',
  },
  WHENCE_CURSOR_AGE: {
    default: '168',
    unit: 'hours',
    meaning: 'How long a feed can be resumed behind a cursor; an older one is answered with CURSOR_EXPIRED.',
  },
  WHENCE_ALERTS_KEPT: {
    default: '10000',
    unit: 'alerts',
    meaning: 'Alerts of each tenant that are kept, the newest ones; older ones are deleted within a quarter of an hour.',
  },
  WHENCE_WEBHOOK_ALLOW: {
    default: 'none',
    unit: 'addresses or networks in CIDR form, with commas between',
    meaning:
      'Networks that webhooks may be sent to although they are not public, over plain http:// too; every other private, loopback or link-local address is refused.',
  },
  WHENCE_WEBHOOK_TIMEOUT: {
    default: '10000',
    unit: 'milliseconds',
    meaning: 'How long the endpoint of a webhook may take to answer; then it is tried again.',
  },
  WHENCE_WEBHOOK_KEY: {
    default: 'a key that the database holds',
    unit: 'text, 32 bytes or more',
    meaning:
      'Encrypts the signing secrets of webhooks, the same on every server: with it the database alone can sign nothing. Webhooks made with another key are sent nothing.',
    secret: true,
  },
  WHENCE_VAULT_KEY: {
    default: 'metadata is not encrypted',
    unit: 'text, 32 bytes or more',
    meaning:
      'Encrypts the metadata of operations that the API and whence run record, the same on every server: the database alone cannot read it. What another key encrypted is shown as ***.',
    secret: true,
  },
  WHENCE_POOL_SIZE: { default: '10', unit: 'connections', meaning: 'Most connections to PostgreSQL; the embedded database has one.' },
  WHENCE_EXPORT_DIR: {
    default: './exports',
    unit: 'folder',
    meaning: 'Where files that are made in the background are; servers of one database share it. Made when the first file is.',
  },
  WHENCE_EXPORT_LIMIT: { default: '268435456', unit: 'bytes', meaning: 'Longest file that is made in the background, unpacked.' },
  WHENCE_CRASH_BUNDLES: {
    default: 'none are written',
    unit: 'folder',
    meaning: 'A server that fails, or cannot start, leaves a debug bundle here; the newest five are kept.',
  },
  WHENCE_POOL_WAIT: { default: '2000, embedded 10000', unit: 'milliseconds', meaning: 'Longest wait for a free connection.' },
} as const satisfies Readonly<Record<string, Variable>>;

export type VariableName = keyof typeof variables;
