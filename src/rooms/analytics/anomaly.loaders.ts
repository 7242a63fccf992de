import DataLoader from 'dataloader';
import type { ReadRows } from '../../shared/page-read.ts';
import type { Period } from '../../shared/time-range.ts';
import type { AuditLoaders } from '../audit/audit.loaders.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import type { Anomaly, Departure, Judged } from './anomaly.model.ts';
import {
  evidenceOf,
  priceChanges,
  statusSteps,
  toHours,
  toOrigins,
  toPrices,
  toStep,
  toTransactions,
  transactionSizes,
  workHours,
} from './anomaly.queries.ts';
import { inRankOrder } from './anomaly-rank.ts';
import { bulkChanges, offHours, priceJumps, rateSpikes, unusualOrigins, unusualTransitions } from './anomaly-score.ts';

const departuresPerStatement = 100;

/** Anomalies of one request for one tenant: a period is worked out once, and the evidence of a page is one statement. */
export class AnomalyLoaders {
  private readonly periods = new Map<string, Promise<Anomaly[]>>();
  private readonly evidenceIds: DataLoader<Anomaly, string[]>;

  constructor(
    private readonly read: ReadRows,
    private readonly tenant: string,
    private readonly audit: AuditLoaders,
  ) {
    this.evidenceIds = new DataLoader((anomalies) => this.readEvidence(anomalies), { maxBatchSize: departuresPerStatement });
  }

  /** Every departure upwards, strongest first. */
  anomalies(period: Period): Promise<Anomaly[]> {
    const key = `${period.from}|${period.to}`;
    let found = this.periods.get(key);
    if (!found) {
      found = this.readAnomalies(period);
      this.periods.set(key, found);
    }
    return found;
  }

  /** The entries that show it, oldest first. */
  async evidence(anomaly: Anomaly): Promise<AuditEntry[]> {
    const ids = await this.evidenceIds.load(anomaly);
    const entries = await Promise.all(ids.map((id) => this.audit.entry(id)));
    return entries.filter((entry) => entry !== null);
  }

  private async readAnomalies(period: Period): Promise<Anomaly[]> {
    const departures = await departuresOf(this.read, this.tenant, { period });
    return inRankOrder(departures.map((departure) => ({ ...departure, period })));
  }

  /** Of a departure of one entry that entry; of the others those that the log holds for them. */
  private async readEvidence(anomalies: readonly Anomaly[]): Promise<string[][]> {
    const ofMany = anomalies.filter(({ about }) => 'lastEntryId' in about);
    const found = new Map(anomalies.map((anomaly) => [anomaly, ofMany.includes(anomaly) ? [] : [anomaly.about.entryId]]));
    const rows = ofMany.length > 0 ? await this.read(evidenceOf(this.tenant, ofMany)) : [];
    for (const row of rows) {
      const anomaly = ofMany[(row['place'] as number) - 1];
      if (anomaly) found.get(anomaly)?.push(row['id'] as string);
    }
    return anomalies.map((anomaly) => found.get(anomaly) ?? []);
  }
}

/** Every departure upwards, in no order. */
export async function departuresOf(read: ReadRows, tenant: string, judged: Judged): Promise<Departure[]> {
  const [work, prices, transactions, steps] = await Promise.all([
    read(workHours(tenant, judged)),
    read(priceChanges(tenant, judged)).then(toPrices),
    read(transactionSizes(tenant, judged)).then(toTransactions),
    read(statusSteps(tenant, judged)),
  ]);
  const hours = toHours(work);
  const departures = [
    ...rateSpikes(hours),
    ...offHours(hours),
    ...priceJumps(prices.sizes, prices.largest),
    ...bulkChanges(transactions.sizes, transactions.largest),
    ...unusualTransitions(steps.map(toStep)),
    ...unusualOrigins(toOrigins(work)),
  ];
  return departures.filter(({ score }) => score > 0);
}
