import type { SQL } from 'drizzle-orm';
import type { CursorCodec } from '../../shared/cursor.ts';
import type { Page, PageRequest } from '../../shared/page.ts';
import type { Direction } from '../../shared/page-keyset.ts';
import { pageOf, type Row } from '../../shared/page-read.ts';
import type { ProvenanceLoaders } from './provenance.loaders.ts';
import { RecordPages } from './record-pages.ts';
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

export interface VersionsRequest extends PageRequest {
  readonly direction: Direction;
  /** Which versions; null for all, and then the one before the log is among them. */
  readonly where: SQL | null;
}

/** Pages of the histories of records of one table. */
export class VersionPages extends RecordPages<Version, VersionQuestion> {
  private readonly where: SQL;
  private readonly includesBase: boolean;

  constructor(
    loaders: ProvenanceLoaders,
    codec: CursorCodec,
    private readonly table: TableHistory,
    request: VersionsRequest,
  ) {
    super(loaders, codec, historyName, versionOrder(request.direction), request);
    this.where = request.where ?? everyVersion;
    this.includesBase = request.where === null;
  }

  protected override select(refs: readonly RecordRef[]): SQL {
    return versionsOf(this.loaders.tenant, this.table, refs, this.where, this.order, this.window);
  }

  protected override selectCounts(refs: readonly RecordRef[]): SQL {
    return versionCounts(this.loaders.tenant, this.table, refs, this.where);
  }

  protected override selectAnswers(questions: readonly VersionQuestion[]): SQL {
    return answeredYes(this.loaders.tenant, questions, this.where);
  }

  protected override toPage(ref: RecordRef, found: readonly Row[]): Page<Version> {
    const base = found[0] && this.includesBase ? toBaseVersion(ref, found[0]) : null;
    const rows = this.withBase(
      found.filter((row) => row['id'] !== null),
      base,
    );
    const toRecord = (row: Row) => (row['id'] === baseId && base ? base : this.loaders.keep(toVersion(ref, row)));
    return pageOf(
      versionList(this.where, this.order, toRecord),
      this.window,
      this.writer,
      rows,
      (condition) => this.isAnyOf({ ref, condition, withBase: base !== null }),
      async () => (await this.countOf(ref)) + (base ? 1 : 0),
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
}

/** Where the version before the log stands: no entry has this id. */
const baseId = '0';
