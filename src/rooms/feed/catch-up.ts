import type { Database } from '../../database/database.ts';
import { feedStep, type StepMemory, toStep } from './feed.queries.ts';

/**
 * Gives positions to the entries that have none, for a program that has no worker: what is looked up by values is slow among them. It ends as well
 * where nothing can be given, as on a standby.
 */
export async function catchUp(database: Database, progress?: (waiting: number) => void): Promise<void> {
  let memory: StepMemory | null = null;
  for (let before = Number.POSITIVE_INFINITY; before > 0; ) {
    const [row] = await database.read('', feedStep([], memory));
    if (!row) return;
    const step = toStep(row);
    if (step.waiting >= before) return;
    memory = step.memory;
    before = step.waiting;
    progress?.(before);
  }
}
