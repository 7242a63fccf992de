import postgres, { type PostgresError, type Sql } from 'postgres';
import type { DatabaseRole, Limits, Parameter, Row } from './database.ts';
import type { Answer } from './transaction.ts';
import { postgresTypes } from './values.ts';

export interface ClientOptions {
  readonly url: string;
  /** Taken on as the connection starts; null stays the login role. */
  readonly role: DatabaseRole | null;
  readonly limits: Limits;
}

/** A postgres.js client with one connection. It connects with its first statement and is never used again once `onLost` was called. */
export function openClient({ url, role, limits }: ClientOptions, onLost: () => void): Sql {
  return postgres(url, {
    max: 1,
    fetch_types: false,
    // Both off: the driver would close a connection that the pool has just lent. The pool keeps its own times.
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: limits.connectMs / 1000,
    onclose: onLost,
    onnotice: () => {},
    types: postgresTypes as never,
    connection: {
      application_name: 'whence',
      TimeZone: 'UTC',
      DateStyle: 'ISO',
      // Estimates of statements over the trail are high where it is not analysed yet; compiling one took 0.5 to 5 s, running it 8 ms.
      jit: 'off', // the driver leaves false out
      ...(role && { role }),
      ...(Number.isFinite(limits.statementMs) && { statement_timeout: limits.statementMs }),
      ...(Number.isFinite(limits.transactionMs) && { idle_in_transaction_session_timeout: limits.transactionMs }),
    },
  });
}

/** `params` null sends the text alone, as a simple query: several statements, or begin and commit. */
export async function send(sql: Sql, text: string, params: readonly Parameter[] | null): Promise<Answer> {
  // Everything goes as text of unknown type, so that the server infers the types (the driver would declare booleans).
  const values = (params ?? []).map((value) => (value === null ? null : String(value)));
  // `simple` is named: without it a statement without parameters silently goes unprepared.
  const options = params === null ? { simple: true } : { prepare: true, simple: false };
  try {
    const last = lastOf(await sql.unsafe<Row[]>(text, values, options as { prepare?: boolean }));
    return { rows: [...last], command: last.command ?? '' };
  } catch (error) {
    throw error instanceof postgres.PostgresError ? lean(error) : error;
  }
}

/** The driver hangs text and parameters of the statement on its errors; they hold personal data and do not belong in a log. */
function lean({ message, code, severity, detail, hint, position, routine, where, constraint_name, table_name }: PostgresError): Error {
  const fields = { code, severity, detail, hint, position, routine, where, constraint: constraint_name, table: table_name };
  return Object.assign(new Error(message), fields);
}

type Result = Row[] & { readonly command?: string };

/** Several statements answer a list of results, one statement a list of rows. */
function lastOf(results: Result | Result[]): Result {
  const last = results[results.length - 1];
  return Array.isArray(last) ? last : (results as Result);
}
