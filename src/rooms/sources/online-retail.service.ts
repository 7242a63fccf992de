import { basename } from 'node:path';
import type { Database, Transaction, WriteContext } from '../../database/database.ts';
import { ConfigError } from '../../shared/errors.ts';
import { refreshStatistics } from '../audit/upkeep.queries.ts';
import { fingerprint } from './file-lines.ts';
import { addCounts, type Counts, type ImportOptions, type ImportReport, type SourceFile, type Standing } from './import.model.ts';
import { beginFile, continueFile, finishRun, moveFileOn, runIdOf, startRun, statisticsAreOld } from './import.queries.ts';
import { type Batch, batchesOf } from './online-retail.batches.ts';
import type { RetailCount } from './online-retail.model.ts';
import { planOf } from './online-retail.plan.ts';
import { knownTo, runStep } from './online-retail.queries.ts';
import { hasHeader, readOnlineRetail } from './online-retail.reader.ts';

/**
 * Replays the file through the shop's tables under the file's own times. `database` acts as whence_source. A batch of lines and how far the
 * file was taken are one transaction, so a repeat goes on where this one ended, however it ended.
 * @throws ConfigError when it is not such a file.
 */
export async function importOnlineRetail(
  database: Database,
  path: string,
  { tenant, progress, reject, stop }: ImportOptions,
): Promise<ImportReport<RetailCount>> {
  if (!(await hasHeader(path))) throw new ConfigError(`${basename(path)} does not begin with the columns of Online Retail.`);
  const { sha256, lines } = await fingerprint(path);
  const file: SourceFile = { source: 'online-retail', name: basename(path), sha256 };
  const total = lines - 1;
  let standing = await database.write(contextOf(file, tenant), (tx) => beginFile(tx, tenant, file));
  let made: Counts<RetailCount> = {};
  let taken = 0;
  let alreadyTaken = 0;
  let rejected = 0;
  let analyzedAt = 0;
  const seen = {
    reject: (line: Parameters<NonNullable<typeof reject>>[0]) => {
      rejected++;
      reject?.(line);
    },
    already: () => void alreadyTaken++,
  };
  const report = (stopped: boolean) => ({ linesRead: taken + alreadyTaken + rejected, taken, alreadyTaken, rejected, made, stopped });
  for await (const batch of batchesOf(readOnlineRetail(path), standing.linesTaken, seen)) {
    if (stop?.aborted) return report(true);
    const done = await takeBatch(database, tenant, file, standing.linesTaken, batch);
    standing = done.standing;
    made = addCounts(made, done.made);
    taken += batch.lines.length;
    progress?.(batch.read, total);
    if (statisticsAreOld(taken, analyzedAt)) {
      await refreshStatistics(database);
      analyzedAt = taken;
    }
  }
  if (standing.finishedAt === null) await finishFile(database, tenant, file, standing);
  return report(false);
}

async function takeBatch(
  database: Database,
  tenant: string,
  file: SourceFile,
  linesTaken: number,
  { lines }: Batch,
): Promise<{ standing: Standing; made: Counts<RetailCount> }> {
  const [first, last] = [lines[0]!, lines.at(-1)!];
  const runId = runIdOf(file, first.day);
  return await database.write({ ...contextOf(file, tenant), runId }, async (tx) => {
    const { openRun } = await continueFile(tx, tenant, file, linesTaken);
    let made: Counts<RetailCount> = {};
    if (openRun?.id !== runId) {
      if (openRun) await finishRun(tx, tenant, file, openRun);
      made = { runs: await startRun(tx, tenant, file, `Online Retail ${first.day}`, runId, first.at) };
    }
    for (const step of planOf(lines, await knownTo(tx, tenant, lines))) made = addCounts(made, await runStep(tx, tenant, step));
    const lastRun = { id: runId, lastAt: last.at, lines: (openRun?.id === runId ? openRun.lines : 0) + lines.length };
    await moveFileOn(tx, tenant, file, { linesTaken: last.number, openRun: lastRun, finished: false, made });
    return { standing: { linesTaken: last.number, openRun: lastRun, finishedAt: null }, made };
  });
}

function finishFile(database: Database, tenant: string, file: SourceFile, { linesTaken }: Standing): Promise<void> {
  return database.write(contextOf(file, tenant), async (tx: Transaction) => {
    const { openRun } = await continueFile(tx, tenant, file, linesTaken);
    if (openRun) await finishRun(tx, tenant, file, openRun);
    await moveFileOn(tx, tenant, file, { linesTaken, openRun: null, finished: true, made: {} });
  });
}

function contextOf({ source }: SourceFile, tenant: string): WriteContext {
  return { tenant, actor: 'import', actorKind: 'SERVICE', application: 'whence import', recordSource: source };
}
