// What both drivers do alike with a lent connection.
import type { SQL } from 'drizzle-orm';
import { compile, type Observe, type OwnerTransaction, type Row, type Statement, type Transaction } from './database.ts';
import { translate } from './faults.ts';
import { type Beginning, insideTransaction } from './settings.ts';
import type { Run } from './transaction.ts';

/** What happens inside the transaction of a `write`, on either driver. */
export async function writeWork<T>(
  connection: object,
  run: Run,
  observe: Observe | undefined,
  { settings, proof }: Beginning,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const [row] = await translated(observed(run, observe, settings));
  if (proof) await translated(observed(run, observe, proof(String(row?.['nonce']))));
  return await insideTransaction(connection, () =>
    work({ run: async (statement) => await translated(observed(run, observe, compile(statement))) }),
  );
}

export function ownerWork<T>(connection: object, run: Run, work: (tx: OwnerTransaction) => Promise<T>): Promise<T> {
  return insideTransaction(connection, () => work({ run: (statement) => translated(runEither(run, statement)) }));
}

export async function runEither<R extends Row>(run: Run, statement: SQL | string): Promise<R[]> {
  if (typeof statement === 'string') return (await run(statement, null)).rows as R[];
  const { text, params } = compile(statement);
  return (await run(text, params)).rows as R[];
}

/** Sends and tells the observer, also when it failed. */
export async function observed<R extends Row>(run: Run, observe: Observe | undefined, asked: Statement, sent = asked): Promise<R[]> {
  if (!observe) return (await run(sent.text, sent.params)).rows as R[];
  const start = performance.now();
  let rows: R[] | undefined;
  try {
    rows = (await run(sent.text, sent.params)).rows as R[];
    return rows;
  } finally {
    observe({ asked, sent, tookMs: performance.now() - start, rows: rows?.length ?? 0, failed: !rows });
  }
}

async function translated<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw translate(error);
  }
}
