import DataLoader from 'dataloader';
import type { SQL } from 'drizzle-orm';
import type { CursorCodec } from '../../shared/cursor.ts';
import { type Page, type PageRequest, type PageWindow, pageWindow } from '../../shared/page.ts';
import { cursorScope, type Direction, type SortTerm } from '../../shared/page-keyset.ts';
import { pageOf, type Row } from '../../shared/page-read.ts';
import type { ProvenanceLoaders } from './provenance.loaders.ts';
import type { TableHistory } from './tracked-table.queries.ts';
import type { RecordRef, Version } from './version.model.ts';
import {
  answeredYes,
  everyVersion,
  historyName,
  toBaseVersion,
  toVersion,
  type VersionQuestion,
  versionCounts,
  versionList,
  versionOrder,
  versionsOf,
} from './version.queries.ts';

const recordsPerStatement = 500;
const questionsPerStatement = 100;

export interface VersionsRequest extends PageRequest {
  readonly direction: Direction;
  /** Which versions; null for all, and then the one before the log is among them. */
  readonly where: SQL | null;
}

/** The same page (same arguments) of the histories of many records of one table: one statement for all that are asked in one turn. */
export class VersionPages {
  private readonly order: readonly SortTerm[];
  private readonly window: PageWindow;
  private readonly where: SQL;
  private readonly includesBase: boolean;
  private readonly pages: DataLoader<RecordRef, Page<Version>, string>;
  private readonly counts: DataLoader<RecordRef, number>;
  private readonly questions: DataLoader<VersionQuestion, boolean>;

  constructor(
    private readonly loaders: ProvenanceLoaders,
    private readonly codec: CursorCodec,
    private readonly table: TableHistory,
    request: VersionsRequest,
  ) {
    this.order = versionOrder(request.direction);
    this.window = pageWindow(request, codec, loaders.tenant, cursorScope(historyName, this.order));
    this.where = request.where ?? everyVersion;
    this.includesBase = request.where === null;
    this.pages = new DataLoader((refs) => this.readPages(refs), {
      maxBatchSize: recordsPerStatement,
      cacheKeyFn: (ref) => JSON.stringify([ref.recordKey, ref.upTo]),
    });
    this.counts = new DataLoader((refs) => this.readCounts(refs), { maxBatchSize: recordsPerStatement });
    this.questions = new DataLoader((questions) => this.readAnswers(questions), { maxBatchSize: questionsPerStatement, cache: false });
  }

  pageOf(ref: RecordRef): Promise<Page<Version>> {
    return this.pages.load(ref);
  }

  private async readPages(refs: readonly RecordRef[]): Promise<Page<Version>[]> {
    const { loaders, table, window, order } = this;
    const rows = await loaders.read(versionsOf(loaders.tenant, table, refs, this.where, order, window));
    const rowsOf = refs.map((): Row[] => []);
    for (const row of rows) rowsOf[Number(row['record_place']) - 1]?.push(row);
    return refs.map((ref, index) => this.toPage(ref, rowsOf[index] ?? []));
  }

  private toPage(ref: RecordRef, found: readonly Row[]): Page<Version> {
    const base = found[0] && this.includesBase ? toBaseVersion(ref, found[0]) : null;
    const rows = this.withBase(
      found.filter((row) => row['id'] !== null),
      base,
    );
    const toRecord = (row: Row) => (row['id'] === baseId && base ? base : this.loaders.keep(toVersion(ref, row)));
    return pageOf(
      versionList(this.where, this.order, toRecord),
      this.window,
      { codec: this.codec, tenant: this.loaders.tenant },
      rows,
      (condition) => this.questions.load({ ref, condition, withBase: base !== null }),
      async () => (await this.counts.load(ref)) + (base ? 1 : 0),
    );
  }

  /** Puts the version before the log where it stands in reading order, if the window reaches it: it is older than every other. */
  private withBase(rows: readonly Row[], base: Version | null): readonly Row[] {
    const { after, before, backward, limit } = this.window;
    const isNewestFirst = this.order[0]?.direction === 'DESC';
    const [newerEnd, olderEnd] = isNewestFirst ? [after, before] : [before, after];
    if (!base || olderEnd !== null || newerEnd?.[0] === baseId) return rows;
    const row: Row = { id: baseId };
    return (isNewestFirst === backward ? [row, ...rows] : [...rows, row]).slice(0, limit + 1);
  }

  private async readCounts(refs: readonly RecordRef[]): Promise<number[]> {
    const rows = await this.loaders.read(versionCounts(this.loaders.tenant, this.table, refs, this.where));
    const counts = new Map(rows.map((row) => [row['record_place'], Number(row['count'])]));
    return refs.map((_, index) => counts.get(index + 1) ?? 0);
  }

  private async readAnswers(questions: readonly VersionQuestion[]): Promise<boolean[]> {
    const rows = await this.loaders.read(answeredYes(this.loaders.tenant, questions, this.where));
    const found = new Set(rows.map((row) => row['place']));
    return questions.map((_, place) => found.has(place));
  }
}

/** Where the version before the log stands: no entry has this id. */
const baseId = '0';
