import type { Database, Row } from '../../database/database.ts';
import { refreshStatistics } from '../audit/upkeep.queries.ts';
import { feedStep, type StepMemory, toStep } from './feed.queries.ts';

/**
 * Gives positions to the entries that have none, and the planner its statistics, for a program that has no worker: what is looked up is slow
 * without. It ends as well where nothing can be given, as on a standby.
 */
export async function catchUp(database: Database, progress?: (waiting: number) => void): Promise<void> {
  let memory: StepMemory | null = null;
  for (let before = Number.POSITIVE_INFINITY; before > 0; ) {
    const [row]: Row[] = await database.read('', feedStep([], memory));
    if (!row) return;
    const step = toStep(row);
    if (step.waiting >= before) return;
    memory = step.memory;
    before = step.waiting;
    progress?.(before);
  }
  await refreshStatistics(database);
}
