import DataLoader from 'dataloader';
import type { SQL } from 'drizzle-orm';
import type { ReadRows } from '../../shared/page-read.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import { groupsOf, inGroups } from './batches.ts';
import { lastStatements } from './copies.queries.ts';
import type { FieldMap } from './field-map.ts';
import { itemsSoldAround, type MeasuredChange, soldAround, toSoldAround } from './impact.queries.ts';
import type { SoldAround } from './impact.ts';
import { changesOfRecords, type FoundChange, firstChanges, toChanges } from './life.queries.ts';
import type { ProvenanceLoaders } from './provenance.loaders.ts';
import type { RecordRef } from './version.model.ts';

const keysPerStatement = 500;
/** Items that a sentence about sales names for each period. */
const itemsNamed = 20;

/** Which changes of a record are wanted. Equal names share a statement. */
export interface ChangesQuestion {
  readonly ref: RecordRef;
  readonly map: FieldMap;
  /** Null for all fields. */
  readonly field: string | null;
  readonly limit: number;
  /** A condition over `e` and its name. */
  readonly where?: { readonly name: string; readonly sql: SQL };
}

interface SourceQuestion {
  /** Seen up to the entry before the copy. */
  readonly ref: RecordRef;
  readonly column: string;
}

/** The batches of one request that explanations are made from. */
export class ExplainLoaders {
  private readonly changes: DataLoader<ChangesQuestion, FoundChange[], string>;
  private readonly firsts: DataLoader<RecordRef, AuditEntry | null, string>;
  private readonly sources: DataLoader<SourceQuestion, AuditEntry | null, string>;
  private readonly sold: DataLoader<AuditEntry, SoldAround, string>;
  private readonly items: DataLoader<MeasuredChange, string[], string>;

  constructor(
    private readonly read: ReadRows,
    private readonly tenant: string,
    private readonly provenance: ProvenanceLoaders,
    private readonly keep: (entry: AuditEntry) => AuditEntry,
  ) {
    const maxBatchSize = keysPerStatement;
    const nameOfRef = ({ table, recordKey, upTo }: RecordRef) => JSON.stringify([table.tableKey, table.entityType, recordKey, upTo]);
    const nameOfChanges = ({ ref, field, limit, where }: ChangesQuestion) =>
      JSON.stringify([ref.table.tableKey, ref.table.entityType, field, limit, where?.name]);
    this.changes = new DataLoader((asked) => inGroups(asked, nameOfChanges, (group) => this.readChanges(group)), {
      maxBatchSize,
      cacheKeyFn: (asked) => JSON.stringify([nameOfChanges(asked), nameOfRef(asked.ref)]),
    });
    this.firsts = new DataLoader(
      (refs) =>
        inGroups(
          refs,
          ({ table }) => table.tableKey,
          (group) => this.readFirsts(group),
        ),
      { maxBatchSize, cacheKeyFn: nameOfRef },
    );
    this.sources = new DataLoader(
      (asked) =>
        inGroups(
          asked,
          ({ ref, column }) => `${ref.table.tableKey}:${column}`,
          (group) => this.readSources(group),
        ),
      { maxBatchSize, cacheKeyFn: ({ ref, column }) => JSON.stringify([nameOfRef(ref), column]) },
    );
    this.sold = new DataLoader((changes) => this.readSold(changes), { maxBatchSize, cacheKeyFn: ({ id }) => id });
    this.items = new DataLoader((measured) => this.readItems(measured), { maxBatchSize, cacheKeyFn: ({ change }) => change.id });
  }

  /** Newest first, down to the newest creation; it and deletions are always among them: see `presentLife`. */
  changesOf(question: ChangesQuestion): Promise<FoundChange[]> {
    return this.changes.load(question);
  }

  /** The first change of a record that the log holds; null when it holds none. */
  firstChangeOf(ref: RecordRef): Promise<AuditEntry | null> {
    return this.firsts.load(ref);
  }

  /** The newest entry, up to the record's `upTo`, that states a column; null when there is none, or when the row was gone by then. */
  lastStatementOf(ref: RecordRef, column: string): Promise<AuditEntry | null> {
    return this.sources.load({ ref, column });
  }

  /** What was sold around a change of a product's price. */
  soldAround(change: AuditEntry): Promise<SoldAround> {
    return this.sold.load(change);
  }

  /** Ids of the entries that created the newest items counted for it, newest first. */
  itemsSoldAround(measured: MeasuredChange): Promise<string[]> {
    return this.items.load(measured);
  }

  private async readChanges(asked: readonly ChangesQuestion[]): Promise<FoundChange[][]> {
    const [first] = asked;
    if (!first) return [];
    const { map, field, limit, where } = first;
    const refs = asked.map(({ ref }) => ref);
    const request = { field, limit, ...(where && { where: where.sql }) };
    const found = toChanges(refs, await this.read(changesOfRecords(this.tenant, first.ref.table, refs, map, request)));
    for (const { entry } of found.flat()) this.keep(entry);
    return found;
  }

  private async readFirsts(refs: readonly RecordRef[]): Promise<(AuditEntry | null)[]> {
    const [first] = refs;
    if (!first) return [];
    const found = toChanges(refs, await this.read(firstChanges(this.tenant, first.table, refs)));
    return found.map(([first]) => (first ? this.keep(first.entry) : null));
  }

  private async readSources(asked: readonly SourceQuestion[]): Promise<(AuditEntry | null)[]> {
    const [first] = asked;
    if (!first) return [];
    const refs = asked.map(({ ref }) => ref);
    const found = toChanges(refs, await this.read(lastStatements(this.tenant, first.ref.table, refs, first.column)));
    return found.map(([first]) => (first ? this.keep(first.entry) : null));
  }

  /** All are of products: their table has one key. */
  private async readSold(changes: readonly AuditEntry[]): Promise<SoldAround[]> {
    const answers = new Map<AuditEntry, SoldAround>();
    for (const [tableKey, group] of groupsOf(changes, (change) => change.tableKey)) {
      const found = toSoldAround(group, await this.read(soldAround(this.tenant, tableKey ?? 0, group)));
      for (const [place, change] of group.entries()) answers.set(change, found[place] as SoldAround);
    }
    return changes.map((change) => answers.get(change) as SoldAround);
  }

  private async readItems(measured: readonly MeasuredChange[]): Promise<string[][]> {
    const table = await this.provenance.table('commerce.order_items');
    const rows = table ? await this.read(itemsSoldAround(this.tenant, table.tableKey, measured, itemsNamed)) : [];
    return measured.map((_, place) => rows.filter((row) => row['place'] === place + 1).map((row) => row['id'] as string));
  }
}
