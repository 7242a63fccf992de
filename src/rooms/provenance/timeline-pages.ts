import type { SQL } from 'drizzle-orm';
import type { CursorCodec } from '../../shared/cursor.ts';
import type { Page, PageRequest } from '../../shared/page.ts';
import type { Direction } from '../../shared/page-keyset.ts';
import { pageOf, type Row } from '../../shared/page-read.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import { toEntry } from '../audit/entry.queries.ts';
import type { ProvenanceLoaders } from './provenance.loaders.ts';
import { RecordPages } from './record-pages.ts';
import type { TimelineItem, TimelineTable } from './timeline.model.ts';
import {
  type ItemRows,
  itemAnswers,
  itemCounts,
  itemsOfRecords,
  type TimelineFilter,
  timelineList,
  timelineName,
  timelineOrder,
  timelineWhere,
  wantedSlots,
} from './timeline.queries.ts';
import { itemAt } from './timeline.ts';
import type { RecordRef } from './version.model.ts';
import type { RecordQuestion } from './version.queries.ts';

export interface TimelineRequest extends PageRequest, TimelineFilter {
  readonly direction: Direction;
}

/** Pages of the timelines of records of one table. */
export class TimelinePages extends RecordPages<TimelineItem> {
  private readonly rows: ItemRows;

  constructor(
    loaders: ProvenanceLoaders,
    codec: CursorCodec,
    private readonly table: TimelineTable,
    request: TimelineRequest,
    private readonly keep: (entry: AuditEntry) => AuditEntry,
  ) {
    super(loaders, codec, timelineName, timelineOrder(request.direction), request);
    this.rows = { table, slots: wantedSlots(table, request), where: timelineWhere(request) };
  }

  protected override select(refs: readonly RecordRef[]): SQL {
    return itemsOfRecords(this.loaders.tenant, this.rows, refs, this.order, this.window);
  }

  protected override selectCounts(refs: readonly RecordRef[]): SQL {
    return itemCounts(this.loaders.tenant, this.rows, refs);
  }

  protected override selectAnswers(questions: readonly RecordQuestion[]): SQL {
    return itemAnswers(this.loaders.tenant, this.rows, questions);
  }

  protected override toPage(ref: RecordRef, rows: readonly Row[]): Page<TimelineItem> {
    const toItem = (row: Row): TimelineItem => ({
      ...itemAt(this.keep(toEntry(row)), this.table, Number(row['slot'])),
      seenAt: ref.seenAt,
    });
    return pageOf(
      timelineList(this.order, toItem),
      this.window,
      this.writer,
      rows,
      (condition) => this.isAnyOf({ ref, condition }),
      () => this.countOf(ref),
    );
  }
}
