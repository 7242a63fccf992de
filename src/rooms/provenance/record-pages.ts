import DataLoader from 'dataloader';
import type { SQL } from 'drizzle-orm';
import type { CursorCodec } from '../../shared/cursor.ts';
import { type Page, type PageRequest, type PageWindow, pageWindow } from '../../shared/page.ts';
import { cursorScope, type SortTerm } from '../../shared/page-keyset.ts';
import type { CursorWriter, Row } from '../../shared/page-read.ts';
import type { ProvenanceLoaders } from './provenance.loaders.ts';
import type { RecordRef } from './version.model.ts';
import type { RecordQuestion } from './version.queries.ts';

const recordsPerStatement = 500;
const questionsPerStatement = 100;

/** The same page (same arguments) of a list that many records of one table have: one statement for all that are asked in one turn. */
export abstract class RecordPages<T, Q extends RecordQuestion = RecordQuestion> {
  protected readonly window: PageWindow;
  protected readonly writer: CursorWriter;
  private readonly pages: DataLoader<RecordRef, Page<T>, string>;
  private readonly counts: DataLoader<RecordRef, number>;
  private readonly questions: DataLoader<Q, boolean>;

  /** @throws DomainError `BAD_USER_INPUT` or `CURSOR_INVALID`. */
  constructor(
    protected readonly loaders: ProvenanceLoaders,
    codec: CursorCodec,
    name: string,
    protected readonly order: readonly SortTerm[],
    request: PageRequest,
  ) {
    this.window = pageWindow(request, codec, loaders.tenant, cursorScope(name, order));
    this.writer = { codec, tenant: loaders.tenant };
    this.pages = new DataLoader((refs) => this.readPages(refs), {
      maxBatchSize: recordsPerStatement,
      cacheKeyFn: (ref) => JSON.stringify([ref.recordKey, ref.upTo, ref.seenAt?.key]),
    });
    this.counts = new DataLoader((refs) => this.readCounts(refs), { maxBatchSize: recordsPerStatement });
    this.questions = new DataLoader((questions) => this.readAnswers(questions), { maxBatchSize: questionsPerStatement, cache: false });
  }

  pageOf(ref: RecordRef): Promise<Page<T>> {
    return this.pages.load(ref);
  }

  /** `limit + 1` rows of each record in reading order, with its place from 1 as `record_place`. */
  protected abstract select(refs: readonly RecordRef[]): SQL;
  /** Rows (record_place, count). */
  protected abstract selectCounts(refs: readonly RecordRef[]): SQL;
  /** Rows (place): the places, from 0, of the questions that are answered with yes. */
  protected abstract selectAnswers(questions: readonly Q[]): SQL;
  protected abstract toPage(ref: RecordRef, rows: readonly Row[]): Page<T>;

  protected countOf(ref: RecordRef): Promise<number> {
    return this.counts.load(ref);
  }

  protected isAnyOf(question: Q): Promise<boolean> {
    return this.questions.load(question);
  }

  private async readPages(refs: readonly RecordRef[]): Promise<Page<T>[]> {
    const rows = await this.loaders.read(this.select(refs));
    const rowsOf = refs.map((): Row[] => []);
    for (const row of rows) rowsOf[Number(row['record_place']) - 1]?.push(row);
    return refs.map((ref, index) => this.toPage(ref, rowsOf[index] ?? []));
  }

  private async readCounts(refs: readonly RecordRef[]): Promise<number[]> {
    const rows = await this.loaders.read(this.selectCounts(refs));
    const counts = new Map(rows.map((row) => [row['record_place'], Number(row['count'])]));
    return refs.map((_, index) => counts.get(index + 1) ?? 0);
  }

  private async readAnswers(questions: readonly Q[]): Promise<boolean[]> {
    const rows = await this.loaders.read(this.selectAnswers(questions));
    const found = new Set(rows.map((row) => row['place']));
    return questions.map((_, place) => found.has(place));
  }
}
