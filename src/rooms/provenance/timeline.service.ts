import DataLoader from 'dataloader';
import type { Database } from '../../database/database.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { isBigintKey, notAGlobalId } from '../../shared/global-id.ts';
import type { ResponsePath } from '../../shared/notice.ts';
import { isEmptyList, type Page, type PageRequest } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditService } from '../audit/audit.service.ts';
import { millisecondsBetween } from '../audit/duration.ts';
import type { Entity, Order, Product } from '../commerce/commerce.model.ts';
import { inGroups } from './batches.ts';
import type { ProvenanceService } from './provenance.service.ts';
import type { PriceChange, StatusTransition, TimelineItem, TimelineTable } from './timeline.model.ts';
import { statusesBefore, type TimelineFilter } from './timeline.queries.ts';
import { itemsOf } from './timeline.ts';
import { TimelinePages, type TimelineRequest } from './timeline-pages.ts';
import { timelineTableOf } from './timeline-slots.ts';
import type { RecordRef, Shown } from './version.model.ts';

/** Statuses of one order at most: the newest. */
const maxFlow = 500;
const transitionsPerStatement = 500;

/** What happened to a record, told item by item; of a row that was deleted and made again, all its lives. As of a version, up to it. */
export class TimelineService {
  private readonly pages = {};
  private readonly tables = {};
  private readonly times = {};

  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly audit: AuditService,
    private readonly provenance: ProvenanceService,
  ) {}

  /**
   * Oldest first.
   * @param path where the answer stands, to say there why it is empty.
   */
  timeline(
    ctx: RequestContext,
    entity: Shown<Entity>,
    request: PageRequest & TimelineFilter,
    path?: ResponsePath,
  ): Promise<Page<TimelineItem>> {
    return this.explainedPage(ctx, entity, { ...request, direction: 'ASC' }, path);
  }

  /**
   * Newest first.
   * @param path where the answer stands, to say there why it is empty.
   */
  async priceHistory(
    ctx: RequestContext,
    product: Shown<Product>,
    request: PageRequest & Pick<TimelineFilter, 'range'>,
    path?: ResponsePath,
  ): Promise<Page<PriceChange>> {
    const page = await this.explainedPage(ctx, product, { ...request, itemTypes: ['PRICE_CHANGE'], direction: 'DESC' }, path);
    return page as Page<PriceChange>;
  }

  /** Oldest first, at most the newest `maxFlow`. */
  async statusFlow(ctx: RequestContext, order: Shown<Order>): Promise<readonly StatusTransition[]> {
    const ref = await this.provenance.refOf(ctx, order);
    const { nodes } = await this.page(ctx, ref, { last: maxFlow, itemTypes: ['STATUS_TRANSITION'], direction: 'ASC' });
    return nodes as readonly StatusTransition[];
  }

  /** Time from the entry that set the old status to this one, in milliseconds; null for the first, and when the log does not hold the earlier. */
  async timeInPreviousMs(ctx: RequestContext, transition: StatusTransition): Promise<number | null> {
    if (transition.statusBefore === null) return null;
    const since = await this.timesBefore(ctx).load(transition);
    return since === null ? null : millisecondsBetween(since, transition.occurredAt);
  }

  /**
   * The item of a type with that key; null when this tenant has none.
   * @throws DomainError `BAD_USER_INPUT` for what is no key of an item.
   */
  async itemByKey(ctx: RequestContext, typename: TimelineItem['__typename'], key: string, argument: string): Promise<TimelineItem | null> {
    const [, entryId = ''] = /^(\d+)(?:\.\w+)?$/.exec(key) ?? [];
    if (!isBigintKey(entryId)) throw notAGlobalId(argument);
    const entry = await this.audit.loaders(ctx).entry(entryId);
    const tracked = entry && entry.recordKey !== null ? await this.audit.table(ctx, entry) : null;
    const table = tracked && (await this.tableNamed(ctx, tracked.tableName));
    if (!entry || !table) return null;
    return itemsOf(entry, table).find((item) => item.__typename === typename && item.key === key) ?? null;
  }

  private async explainedPage(
    ctx: RequestContext,
    entity: Shown<Entity>,
    request: TimelineRequest,
    path: ResponsePath | undefined,
  ): Promise<Page<TimelineItem>> {
    const ref = await this.provenance.refOf(ctx, entity);
    const page = await this.page(ctx, ref, request);
    if (path && isEmptyList(page, request))
      await this.audit.explainEmpty(ctx, path, { tables: [ref.table.tableName], range: request.range });
    return page;
  }

  private async page(ctx: RequestContext, ref: RecordRef, request: TimelineRequest): Promise<Page<TimelineItem>> {
    // A row of the shop that was asked for as a record is told as what it is: its items are the same, with the same ids.
    const table = await this.tableNamed(ctx, ref.table.tableName);
    return table ? this.pagesOf(ctx, table, request).pageOf(ref) : Promise.reject(new TypeError('a record has a table'));
  }

  private tableNamed(ctx: RequestContext, tableName: string): Promise<TimelineTable | null> {
    const tables = ctx.memo(this.tables, () => new Map<string, Promise<TimelineTable | null>>());
    const known = tables.get(tableName);
    if (known) return known;
    const found = this.provenance
      .loaders(ctx)
      .table(tableName)
      .then((history) => history && timelineTableOf(history));
    tables.set(tableName, found);
    return found;
  }

  /** Records that are asked with the same arguments share a batch. */
  private pagesOf(ctx: RequestContext, table: TimelineTable, request: TimelineRequest): TimelinePages {
    const made = ctx.memo(this.pages, () => new Map<string, TimelinePages>());
    const { first, last, after, before, itemTypes, range, direction } = request;
    const key = JSON.stringify([table.history.tableKey, first, last, after, before, itemTypes, range, direction]);
    const audit = this.audit.loaders(ctx);
    const pages =
      made.get(key) ?? new TimelinePages(this.provenance.loaders(ctx), this.codec, table, request, (entry) => audit.keep(entry));
    made.set(key, pages);
    return pages;
  }

  private timesBefore(ctx: RequestContext): DataLoader<StatusTransition, string | null, string> {
    const { tenant } = ctx.caller;
    const readGroup = async (group: readonly StatusTransition[]): Promise<(string | null)[]> => {
      const [first] = group;
      if (!first) return [];
      const rows = await this.database.read(ctx.caller, statusesBefore(tenant, first.of, group));
      const found = new Map(rows.map((row) => [row['id'], row['occurred_at'] as string]));
      return group.map(({ entry }) => found.get(entry.id) ?? null);
    };
    return ctx.memo(
      this.times,
      () =>
        new DataLoader((transitions) => inGroups(transitions, ({ entry }) => entry.tableKey, readGroup), {
          maxBatchSize: transitionsPerStatement,
          cacheKeyFn: ({ key }) => key,
        }),
    );
  }
}
