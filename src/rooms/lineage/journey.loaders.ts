import DataLoader from 'dataloader';
import { moneyOf } from '../../shared/money.ts';
import type { ReadRows, Row } from '../../shared/page-read.ts';
import type { TimeRange } from '../../shared/time-range.ts';
import type { CustomerFigures, JourneyFact } from './journey.model.ts';
import {
  type Anchor,
  factsById,
  factsOfCustomers,
  factsOfRows,
  figuresOf,
  type JourneyScope,
  maxEvents,
  rowsNearby,
  type TableKeys,
  toFact,
} from './journey.queries.ts';

const customersPerStatement = 100;
const idsPerStatement = 500;
/** A deleted order is found beside its customer, and its items beside the order: no further. */
const rounds = 2;

/** The batches of one request for one tenant, at one moment. */
export class JourneyLoaders {
  private readonly ofCustomers: DataLoader<string, readonly JourneyFact[]>;
  private readonly byId: DataLoader<string, JourneyFact | null>;
  private readonly figures = new Map<string, DataLoader<string, CustomerFigures>>();

  constructor(
    private readonly read: ReadRows,
    private readonly scope: JourneyScope,
    private readonly tables: () => Promise<TableKeys>,
  ) {
    this.ofCustomers = new DataLoader((ids) => this.readFacts(ids), { maxBatchSize: customersPerStatement });
    this.byId = new DataLoader((ids) => this.readById(ids), { maxBatchSize: idsPerStatement });
  }

  /** Everything that is told of a customer, oldest first; of more than `maxEvents` entries the newest. */
  facts(customerId: string): Promise<readonly JourneyFact[]> {
    return this.ofCustomers.load(customerId);
  }

  /** An entry of a customer's rows; null when it is of nothing else's. */
  fact(entryId: string): Promise<JourneyFact | null> {
    return this.byId.load(entryId);
  }

  figuresOf(customerId: string, range: TimeRange | null): Promise<CustomerFigures> {
    const key = JSON.stringify([range?.from, range?.to]);
    let loader = this.figures.get(key);
    if (!loader) {
      loader = new DataLoader((ids) => this.readFigures(ids, range), { maxBatchSize: customersPerStatement });
      this.figures.set(key, loader);
    }
    return loader.load(customerId);
  }

  /** One statement for the rows that are there and the names of others beside them, and two more where there are some; twice at most. */
  private async readFacts(customerIds: readonly string[]): Promise<JourneyFact[][]> {
    const tables = await this.tables();
    const factsOf = customerIds.map((): JourneyFact[] => []);
    const seen = new Set<string>();
    const rows = await this.read(factsOfCustomers(this.scope, tables, customerIds));
    let fresh = anchorsOf(rows.filter(({ id }) => id !== null));
    let others = rows.filter(({ id }) => id === null);
    for (let round = 1; fresh.length > 0; round++) {
      for (const { place, fact } of fresh) {
        factsOf[place - 1]?.push(fact);
        seen.add(nameOf(fact));
      }
      const gone = others.map(toRowName).filter((row) => seen.size < seen.add(nameOf(row)).size);
      fresh = gone.length === 0 ? [] : anchorsOf(await this.read(factsOfRows(this.scope, tables, gone)));
      const anchors = fresh.filter(({ fact }) => (fact.kind === 'ORDER' || fact.kind === 'CUSTOMER') && fact.operation !== 'EVENT');
      others = round === rounds || anchors.length === 0 ? [] : await this.read(rowsNearby(this.scope, tables, anchors));
    }
    return factsOf.map((facts) => facts.sort(byTime).slice(-maxEvents));
  }

  private async readById(ids: readonly string[]): Promise<(JourneyFact | null)[]> {
    const rows = await this.read(factsById(this.scope, await this.tables(), ids));
    const found = new Map(rows.map(toFact).map((fact) => [fact.id, fact]));
    return ids.map((id) => found.get(id) ?? null);
  }

  private async readFigures(customerIds: readonly string[], range: TimeRange | null): Promise<CustomerFigures[]> {
    const rows = await this.read(figuresOf(this.scope, customerIds, range));
    return customerIds.map((_, index) => {
      const own = rows.filter((row) => row['place'] === index + 1);
      return {
        orderCount: Number(own.find((row) => row['currency'] === null)?.['value'] ?? 0),
        lifetimeValue: own.filter((row) => row['currency'] !== null).map((row) => moneyOf(String(row['value']), String(row['currency']))),
      };
    });
  }
}

const nameOf = ({ kind, recordKey }: Pick<JourneyFact, 'kind' | 'recordKey'>): string => `${kind}:${recordKey}`;

function anchorsOf(rows: readonly Row[]): Anchor[] {
  return rows.map((row) => ({ place: row['place'] as number, fact: toFact(row) }));
}

function toRowName(row: Row) {
  return {
    place: row['place'] as number,
    kind: row['kind'] as JourneyFact['kind'],
    recordKey: row['record_key'] as string,
    orderId: row['order_id'] as string | null,
  };
}

/** Oldest first; what happened at one moment in the order it was recorded. */
export function byTime(a: Pick<JourneyFact, 'occurredAt' | 'id'>, b: Pick<JourneyFact, 'occurredAt' | 'id'>): number {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt < b.occurredAt ? -1 : 1;
  return a.id.length - b.id.length || (a.id < b.id ? -1 : Number(a.id > b.id));
}
