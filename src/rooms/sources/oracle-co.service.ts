import { basename, resolve } from 'node:path';
import type { Database, WriteContext } from '../../database/database.ts';
import { refreshStatistics } from '../audit/upkeep.queries.ts';
import { addCounts, type Counts, type ImportOptions, type ImportReport, type SourceFile, type Standing } from './import.model.ts';
import { beginFile, continueFile, finishRun, moveFileOn, runIdOf, startRun } from './import.queries.ts';
import type { CoCount } from './oracle-co.model.ts';
import { type CoPlan, type OrderDay, planOf } from './oracle-co.plan.ts';
import { addCustomers, addOrder, addProduct } from './oracle-co.queries.ts';
import { readFolder } from './oracle-co.reader.ts';

/** `lines_taken` counts lines of orders.csv: its header stands for everything that is no order. */
const headerLine = 1;

/**
 * Replays the folder's orders under their own times, after what has no time: customers, products, stock. `database` acts as whence_source.
 * A day and how far orders.csv was taken are one transaction, so a repeat goes on where this one ended.
 */
export async function importOracleCo(
  database: Database,
  path: string,
  { tenant, progress, reject, stop }: ImportOptions,
): Promise<ImportReport<CoCount>> {
  const { folder, rejects, lines, sha256 } = await readFolder(path);
  const plan = planOf(folder);
  for (const one of [...rejects, ...plan.rejects]) reject?.(one);
  const file: SourceFile = { source: 'oracle-co', name: basename(resolve(path)), sha256 };
  let standing = await database.write(contextOf(file, tenant), (tx) => beginFile(tx, tenant, file));
  const before = standing.linesTaken;
  let made: Counts<CoCount> = {};
  const rejected = rejects.length + plan.rejects.length;
  const alreadyTaken = linesUpTo(plan, before);
  const report = (stopped: boolean): ImportReport<CoCount> => {
    const taken = linesUpTo(plan, standing.linesTaken) - alreadyTaken;
    return { linesRead: taken + alreadyTaken + rejected, taken, alreadyTaken, rejected, made, stopped };
  };
  const steps = [undefined, ...plan.days].filter((day) => lastLineOf(day) > before);
  for (const day of steps) {
    if (stop?.aborted) return report(true);
    const done = await takeStep(database, tenant, file, standing.linesTaken, plan, day);
    standing = done.standing;
    made = addCounts(made, done.made);
    if (!day) await refreshStatistics(database);
    progress?.(linesUpTo(plan, standing.linesTaken) + rejected, lines);
  }
  if (standing.finishedAt === null) await finishFolder(database, tenant, file, standing);
  return report(false);
}

const lastLineOf = (day: OrderDay | undefined): number => day?.orders.at(-1)?.order.line ?? headerLine;

/** Lines of all files that are in when orders.csv was taken up to `line`. */
function linesUpTo({ folder, days }: CoPlan, line: number): number {
  if (line < headerLine) return 0;
  const orders = days.flatMap((day) => day.orders).filter(({ order }) => order.line <= line);
  const rest = folder.customers.length + folder.products.length + folder.stores.length + folder.shipments.length + folder.inventory.length;
  return orders.reduce((sum, { items }) => sum + 1 + items.length, rest);
}

async function takeStep(
  database: Database,
  tenant: string,
  file: SourceFile,
  linesTaken: number,
  plan: CoPlan,
  day: OrderDay | undefined,
): Promise<{ standing: Standing; made: Counts<CoCount> }> {
  const runId = day && runIdOf(file, day.day);
  return await database.write({ ...contextOf(file, tenant), ...(runId && { runId }) }, async (tx) => {
    const { openRun } = await continueFile(tx, tenant, file, linesTaken);
    let made: Counts<CoCount> = {};
    if (!day || !runId) {
      made = {
        customers: await addCustomers(tx, tenant, plan.folder.customers),
        products: 0,
        stores: plan.folder.stores.length,
        shipments: plan.folder.shipments.length,
        shipmentsWithoutItem: plan.shipmentsWithoutItem,
        inventoryLines: plan.folder.inventory.length,
      };
      for (const { product, stock } of plan.products) made = addCounts(made, { products: await addProduct(tx, tenant, product, stock) });
      await moveFileOn(tx, tenant, file, { linesTaken: headerLine, openRun: null, finished: false, made });
      return { standing: { linesTaken: headerLine, openRun: null, finishedAt: null }, made };
    }
    if (openRun) await finishRun(tx, tenant, file, openRun);
    const [first, last] = [day.orders[0]!.order, day.orders.at(-1)!.order];
    made = { runs: await startRun(tx, tenant, file, `Customer Orders ${day.day}`, runId, first.at) };
    for (const whole of day.orders) {
      made = addCounts(made, { ...(await addOrder(tx, tenant, whole)), timesTruncated: whole.order.isTruncated ? 1 : 0 });
    }
    const lines = day.orders.reduce((sum, { items }) => sum + 1 + items.length, 0);
    const standing = { linesTaken: last.line, openRun: { id: runId, lastAt: last.at, lines }, finishedAt: null };
    await moveFileOn(tx, tenant, file, { ...standing, finished: false, made });
    return { standing, made };
  });
}

function finishFolder(database: Database, tenant: string, file: SourceFile, { linesTaken }: Standing): Promise<void> {
  return database.write(contextOf(file, tenant), async (tx) => {
    const { openRun } = await continueFile(tx, tenant, file, linesTaken);
    if (openRun) await finishRun(tx, tenant, file, openRun);
    await moveFileOn(tx, tenant, file, { linesTaken, openRun: null, finished: true, made: {} });
  });
}

function contextOf({ source }: SourceFile, tenant: string): WriteContext {
  return { tenant, actor: 'import', actorKind: 'SERVICE', application: 'whence import', recordSource: source };
}
