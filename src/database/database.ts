import type { SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Caller } from '../shared/caller.ts';
import { DomainError } from '../shared/errors.ts';

/**
 * A row as both drivers give it: int2, int4, oid, float4, float8 are numbers, bool is a boolean, json and jsonb are parsed (numbers that a
 * double would round stay text), NULL is null;
 * everything else (int8, numeric, timestamptz, date, uuid, text) is the text PostgreSQL prints with TimeZone UTC and DateStyle ISO.
 * Arrays are never selected raw: wrap them in to_jsonb().
 */
export type Row = Record<string, unknown>;

/** A value for a parameter. Arrays go as `textArray(values)` with a cast `::text::text[]`, JSON as `json(value)` with `::text::jsonb`. */
export type Parameter = string | number | boolean | null;

export interface Statement {
  readonly text: string;
  readonly params: readonly Parameter[];
}

/** One statement that was sent: as the caller asked for it and as it went out (with the tenant around it). */
export interface Observation {
  readonly asked: Statement;
  readonly sent: Statement;
  readonly tookMs: number;
  readonly rows: number;
  readonly failed: boolean;
}
export type Observe = (observation: Observation) => void;

/** Something may have been written through this process. */
export type Wrote = () => void;

/** Connections now: in all, idle, and callers waiting for one. */
export interface PoolState {
  readonly connections: number;
  readonly idle: number;
  readonly waiting: number;
}

export interface Transaction {
  run<R extends Row = Row>(statement: SQL): Promise<R[]>;
}

/** Who writes, for whom and why. Each field becomes a transaction-local setting that the capture triggers read. */
export interface WriteContext {
  readonly tenant: string;
  readonly actor: string;
  /** Whether a credential proved who acts: then the database is given the proof, where it shares a secret with this server. */
  readonly isVerified?: boolean;
  readonly actorKind?: string;
  readonly role?: string;
  readonly operationName?: string;
  readonly reason?: string;
  readonly reasonCode?: string;
  readonly reference?: string;
  readonly approvedBy?: string;
  readonly runId?: string;
  readonly causeEntry?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
  readonly traceParent?: string;
  readonly application?: string;
  readonly session?: string;
  readonly clientIp?: string;
  readonly hostName?: string;
  /** Only whence_source may set these two: the source's own clock and name. */
  readonly occurredAt?: string;
  readonly recordSource?: string;
}

/**
 * For whom a statement reads. Personal values are shown to a caller with PII_READ alone; to every other one, and to a mere tenant, the
 * database gives masks.
 */
export type Reader = string | Pick<Caller, 'tenant' | 'scopes'>;

export type DatabaseRole = 'whence_app' | 'whence_source' | 'whence_worker';

export interface Database {
  readonly kind: 'postgresql' | 'pglite';
  /** One idempotent statement for one tenant; repeated once when the connection was lost. Its order is kept. */
  read<R extends Row = Row>(reader: Reader, statement: SQL): Promise<R[]>;
  /**
   * One transaction: settings of the context, `work`, commit. Never repeated once it began, except after a deadlock or a serialisation
   * failure (three times at most), so `work` does nothing but statements.
   * @throws DomainError `UNAVAILABLE` with `outcome: 'unknown'` when the connection was lost while committing.
   */
  write<T>(context: WriteContext, work: (tx: Transaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The login role's own connection: migrations, tracking, tests. No tenant, no time limit. */
export interface Owner {
  readonly kind: Database['kind'];
  /** Text may hold several statements (the rows of the last one are given); it is sent as it is, never with values pasted in. */
  run<R extends Row = Row>(statement: SQL | string): Promise<R[]>;
  /** Begin and commit belong here, never into `run`. */
  transaction<T>(work: (tx: OwnerTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
export interface OwnerTransaction {
  run<R extends Row = Row>(statement: SQL | string): Promise<R[]>;
}

/** How long and how much; times in milliseconds. */
export interface Limits {
  readonly connections: number;
  readonly waiting: number;
  readonly acquireMs: number;
  readonly connectMs: number;
  readonly statementMs: number;
  readonly transactionMs: number;
  readonly idleMs: number;
  readonly lifeMs: number;
}

export const defaultLimits: Limits = {
  connections: 10,
  waiting: 500,
  acquireMs: 2_000,
  connectMs: 2_000,
  statementMs: 4_000, // and half a second more where nothing answers: within 5 s in any case
  transactionMs: 10_000,
  idleMs: 60_000,
  lifeMs: 30 * 60_000,
};

const dialect = new PgDialect();
// U+0000 does not exist in PostgreSQL text; a lone surrogate would silently become U+FFFD and be hashed as such.
const badText = /[\0\p{Surrogate}]/u;

/** @throws DomainError `BAD_TEXT` when a value holds a NUL byte or a lone surrogate. */
export function compile(statement: SQL): Statement {
  const { sql, params } = dialect.sqlToQuery(statement);
  return { text: sql, params: params.map(toParameter) };
}

function toParameter(value: unknown): Parameter {
  if (typeof value === 'string') {
    if (badText.test(value)) throw new DomainError('BAD_TEXT', 'A text holds a NUL byte or a lone surrogate.');
    return value;
  }
  if (value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (typeof value === 'bigint') return String(value);
  throw new TypeError(`a parameter is a string, number, boolean or null, not ${Array.isArray(value) ? 'an array' : typeof value}`);
}

/** A PostgreSQL array literal: `= any(${textArray(ids)}::text::text[])`, `${textArray(ids)}::text::bigint[]`. */
export function textArray(values: readonly (string | number | bigint | null)[]): string {
  const literals = values.map((value) => (value === null ? 'NULL' : `"${String(value).replace(/["\\]/g, '\\$&')}"`));
  return `{${literals.join(',')}}`;
}

/** JSON text for `${json(value)}::text::jsonb`; undefined becomes JSON null. */
export function json(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}
