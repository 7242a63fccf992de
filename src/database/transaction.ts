import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../shared/errors.ts';
import type { Parameter, Row } from './database.ts';
import { codeOf, isLost, isRepeatable, outcomeUnknown, translate } from './faults.ts';

export interface Answer {
  readonly rows: Row[];
  /** The command tag without counts: SELECT, COMMIT, ROLLBACK. */
  readonly command: string;
}

/** Sends one statement over the connection that is lent now; `params` null: the text alone, possibly several statements. */
export type Run = (text: string, params: readonly Parameter[] | null) => Promise<Answer>;

/** How far a transaction came: what an error means depends on it. */
export interface Progress {
  phase: 'starting' | 'working' | 'committing';
}

const repeats = 3;

/** Begin, `work`, commit; any error rolls back. A statement that `work` left behind is refused, it would run outside the transaction. */
export async function inTransaction<T>(run: Run, progress: Progress, work: (run: Run) => Promise<T>): Promise<T> {
  progress.phase = 'starting';
  await run('begin', null);
  progress.phase = 'working';
  let open = true;
  const inside: Run = (text, params) => {
    if (!open) return Promise.reject(new Error('the transaction is over: await every statement inside it'));
    return run(text, params);
  };
  let result: T;
  try {
    result = await work(inside);
  } catch (error) {
    open = false;
    await run('rollback', null).catch(() => {});
    throw error;
  }
  open = false;
  progress.phase = 'committing';
  const { command } = await run('commit', null);
  // COMMIT of a transaction in which a statement failed answers ROLLBACK, without an error.
  if (command !== 'COMMIT') throw new Error('a statement failed: the transaction was rolled back');
  return result;
}

/** Repeats the whole transaction when the server undid it for another's sake, and tells the caller what an error means. */
export async function settled<T>(attempt: (progress: Progress) => Promise<T>): Promise<T> {
  const progress: Progress = { phase: 'starting' };
  for (let failures = 0; ; failures++) {
    try {
      return await attempt(progress);
    } catch (error) {
      const unanswered = isLost(error) || (error instanceof DomainError && codeOf(error) === 'DEADLINE_EXCEEDED');
      if (progress.phase === 'committing' && unanswered) throw outcomeUnknown(error);
      if (failures >= repeats || !isRepeatable(error)) throw translate(error);
      await sleep(5 + Math.random() * 20 * 2 ** failures);
    }
  }
}
