import DataLoader from 'dataloader';
import type { ReadRows, Row } from '../../shared/page-read.ts';
import type { AuditLoaders } from '../audit/audit.loaders.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import { positionAt } from '../audit/between-points.queries.ts';
import { toEntry } from '../audit/entry.queries.ts';
import type { Point } from '../audit/point.model.ts';
import { inGroups } from './batches.ts';
import type { EntityDiff, NetColumn } from './diff.model.ts';
import { changesWithin, differencesOf, differencesWithin, netColumns, type Stretch, toNetColumn } from './diff.queries.ts';

const keysPerStatement = 500;
/** Entries of one difference at most. */
const maxEntries = 100;

/** A record, and two points to compare it at; instead of the newer one a change of it. */
export interface DiffQuestion {
  readonly tableKey: number;
  readonly recordKey: string;
  readonly from: Point;
  readonly to: Point | null;
  readonly toId: string | null;
}

/** What a question is answered. */
export type Found = Pick<EntityDiff, 'fromId' | 'toId' | 'kind'>;

/** The batches of one request for one tenant. */
export class DiffLoaders {
  private readonly questions: DataLoader<DiffQuestion, Found, string>;
  private readonly stretches: DataLoader<Stretch, Found, string>;
  private readonly columns: DataLoader<Stretch, NetColumn[], string>;
  private readonly entries: DataLoader<Stretch, AuditEntry[], string>;
  private readonly positions: DataLoader<Point, string, string>;

  constructor(
    private readonly read: ReadRows,
    private readonly tenant: string,
    private readonly audit: AuditLoaders,
  ) {
    const options = { maxBatchSize: keysPerStatement, cacheKeyFn: nameOfStretch };
    this.questions = new DataLoader((asked) => inGroups(asked, nameOfPoints, (group) => this.readQuestions(group)), {
      maxBatchSize: keysPerStatement,
      cacheKeyFn: (asked) => JSON.stringify([nameOfPoints(asked), asked.recordKey, asked.toId]),
    });
    this.stretches = new DataLoader((asked) => this.readStretches(asked), options);
    this.columns = new DataLoader((asked) => this.readColumns(asked), options);
    this.entries = new DataLoader((asked) => this.readEntries(asked), options);
    this.positions = new DataLoader((points) => Promise.all(points.map((point) => this.readPosition(point))), {
      cacheKeyFn: ({ key }) => key,
    });
  }

  /** Records of one table that are compared at the same points share a statement. */
  differenceOf(question: DiffQuestion): Promise<Found> {
    return this.questions.load(question);
  }

  differenceWithin(stretch: Stretch): Promise<Found> {
    return this.stretches.load(stretch);
  }

  /** Every column that a change between the two states names. */
  columnsOf(stretch: Stretch): Promise<NetColumn[]> {
    return this.columns.load(stretch);
  }

  /** Oldest first, at most a hundred. */
  entriesOf(stretch: Stretch): Promise<AuditEntry[]> {
    return this.entries.load(stretch);
  }

  positionAt(point: Point): Promise<string> {
    return this.positions.load(point);
  }

  private async readQuestions(asked: readonly DiffQuestion[]): Promise<Found[]> {
    const [first] = asked;
    if (!first) return [];
    const rows = await this.read(differencesOf(this.tenant, first.tableKey, asked, first.from, first.to));
    return rows.map(toFound);
  }

  private async readStretches(asked: readonly Stretch[]): Promise<Found[]> {
    return (await this.read(differencesWithin(this.tenant, asked))).map(toFound);
  }

  private async readColumns(asked: readonly Stretch[]): Promise<NetColumn[][]> {
    return byPlace(asked, await this.read(netColumns(this.tenant, asked)), toNetColumn);
  }

  private async readEntries(asked: readonly Stretch[]): Promise<AuditEntry[][]> {
    const rows = await this.read(changesWithin(this.tenant, asked, maxEntries));
    return byPlace(asked, rows, (row) => this.audit.keep(toEntry(row)));
  }

  private async readPosition(point: Point): Promise<string> {
    if (point.kind === 'LOG') return point.sequence;
    const [row] = await this.read(positionAt(this.tenant, point));
    return row?.['sequence'] as string;
  }
}

export function toFound(row: Row): Found {
  return { fromId: row['from_id'] as string, toId: row['to_id'] as string, kind: row['kind'] as EntityDiff['kind'] };
}

function byPlace<T>(asked: readonly unknown[], rows: readonly Row[], toItem: (row: Row) => T): T[][] {
  const found = asked.map((): T[] => []);
  for (const row of rows) found[Number(row['place']) - 1]?.push(toItem(row));
  return found;
}

function nameOfPoints({ tableKey, from, to }: DiffQuestion): string {
  return JSON.stringify([tableKey, from.key, to?.key]);
}

function nameOfStretch({ tableKey, recordKey, fromId, toId }: Stretch): string {
  return JSON.stringify([tableKey, recordKey, fromId, toId]);
}
