import type { SQL } from 'drizzle-orm';
import type { Database, Row } from '../../database/database.ts';
import { DatabaseFault } from '../../database/faults.ts';
import { DomainError } from '../../shared/errors.ts';
import type { ResponsePath } from '../../shared/notice.ts';
import { isEmptyList, type Page, type PageRequest } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { boundedBuckets, type TimeInterval } from '../../shared/time-buckets.ts';
import { type Period, periodOf, type TimeRange } from '../../shared/time-range.ts';
import type { Actor } from '../audit/actor.ts';
import { type ActorType, type AuditEntry, actorOfKey, type TrackedTable } from '../audit/audit.model.ts';
import type { AuditService } from '../audit/audit.service.ts';
import { type Asked, askedBy } from '../audit/emptiness.ts';
import type { AuditEntryFilter } from '../audit/entry-filter.queries.ts';
import type { EntityType } from '../commerce/commerce.model.ts';
import {
  type AuditGroupKey,
  type ChangeGroup,
  groupFields,
  type HeatMapCell,
  type HeatMapDimension,
  type HistogramBucket,
  type TransitionStatistic,
  type TrendPoint,
  type UserActivity,
} from './analytics.model.ts';
import { activityHeatMap, changeSummary, changeSummaryByDay, changeTrend, changeTrendByDay, userActivity } from './analytics.queries.ts';
import type { Counted } from './group-key.queries.ts';
import { filledBars } from './price-bars.ts';
import { priceChanges } from './price-change.queries.ts';
import { mostUncounted } from './rollup.queries.ts';
import { statusTransitions } from './status-transition.queries.ts';
import { isAllowed } from './transitions.ts';
import { filledSeries } from './trend.ts';
import { unexplained } from './unexplained.queries.ts';
import { bucketsByDay, filtersByDay, groupsByDay, type WholeDays, wholeDaysOf } from './whole-days.ts';

export interface RangeRequest {
  readonly range: TimeRange;
}
interface CountedRequest extends RangeRequest {
  readonly filter?: AuditEntryFilter | null;
  readonly timeZone?: string | null;
}
export interface SummaryRequest extends CountedRequest {
  readonly groupBy: readonly AuditGroupKey[];
  readonly havingCountAtLeast?: number | null;
  readonly limit: number;
  /** Whether the number of entities is wanted too, which no count by day can tell. */
  readonly countsEntities: boolean;
}
export interface TrendRequest extends CountedRequest {
  readonly interval: TimeInterval;
  readonly seriesBy?: AuditGroupKey | null;
}
export interface HeatMapRequest extends CountedRequest {
  readonly by: HeatMapDimension;
}
export interface PriceChangeRequest extends RangeRequest {
  readonly bucketPercent: number;
}
export interface TransitionRequest extends RangeRequest {
  readonly entityType: EntityType;
}

const maxGroupKeys = 4;
/** Points of a trend, and bars of a histogram, at most. */
const maxPoints = 10_000;
const maxTransitions = 1_000;

/**
 * Counts over the trail of one tenant, each in one statement that reads its period only. A change is an entry of any operation: events,
 * reasons given later and the like count with the row changes. Time is when it happened, by the clock of the source.
 * All throw DomainError `BAD_USER_INPUT` with `argument`.
 */
export class AnalyticsService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
  ) {}

  /** Largest group first. */
  async changeSummary(ctx: RequestContext, path: ResponsePath, request: SummaryRequest): Promise<ChangeGroup[]> {
    const { groupBy, limit } = request;
    if (groupBy.length < 1 || groupBy.length > maxGroupKeys) throw refused('groupBy', `must hold 1 to ${maxGroupKeys} keys.`);
    if (new Set(groupBy).size < groupBy.length) throw refused('groupBy', 'must hold each key once.');
    const atLeast = within('havingCountAtLeast', request.havingCountAtLeast ?? 1, 1);
    const counted = await this.counted(ctx, request);
    const bounds = { atLeast, limit: within('limit', limit, 1, 10_000) };
    const isByDay = !request.countsEntities && filtersByDay(request.filter) && groupsByDay(groupBy, counted.timeZone);
    const rows = await this.readByDay(ctx, isByDay && ((days) => changeSummaryByDay(counted, days, groupBy, bounds)), counted, () =>
      changeSummary(counted, groupBy, bounds),
    );
    if (rows.length === 0) await this.explain(ctx, path, request);
    return rows.map((row) => ({
      ...Object.fromEntries(groupBy.map((key, index) => [groupFields[key], row[`key${index + 1}`] as string | number | null])),
      ...{ count: Number(row['count']), ...(request.countsEntities && { entityCount: Number(row['entity_count']) }) },
      ...{ firstAt: row['first_at'] as string, lastAt: row['last_at'] as string },
    }));
  }

  /** By series, oldest bucket first. */
  async changeTrend(ctx: RequestContext, path: ResponsePath, request: TrendRequest): Promise<TrendPoint[]> {
    const { interval, seriesBy } = request;
    const counted = await this.counted(ctx, request);
    const starts = boundedBuckets(counted.period, interval, counted.timeZone);
    const series = seriesBy ?? null;
    const isByDay =
      bucketsByDay(interval, counted.timeZone) && filtersByDay(request.filter) && (!series || groupsByDay([series], counted.timeZone));
    const rows = await this.readByDay(
      ctx,
      isByDay && ((days) => changeTrendByDay(counted, days, series, starts.slice(1), maxPoints + 1)),
      counted,
      () => changeTrend(counted, series, starts.slice(1), maxPoints + 1),
    );
    if (rows.length === 0) await this.explain(ctx, path, request);
    const counts = rows.map((row) => ({
      series: row['series'] as string,
      bucket: row['bucket'] as number,
      count: Number(row['count']),
    }));
    const points = filledSeries(starts, counts, maxPoints);
    if (!points) {
      throw refused(
        'seriesBy',
        `makes more than ${maxPoints} points. Ask for a wider interval, a shorter range, or fewer values by "filter".`,
      );
    }
    return points;
  }

  /** The busiest user or table first, then by weekday and hour; hours without a change are left out. */
  async activityHeatMap(ctx: RequestContext, path: ResponsePath, request: HeatMapRequest): Promise<HeatMapCell[]> {
    const rows = await this.read(ctx, activityHeatMap(await this.counted(ctx, request), request.by));
    if (rows.length === 0) await this.explain(ctx, path, request);
    const labels = await Promise.all(
      rows.map((row) => (request.by === 'USER' ? this.actorIn(ctx, row).displayName() : (row['name'] as string))),
    );
    const names = new Map<string, Set<unknown>>();
    for (const [index, label] of labels.entries()) names.set(label, (names.get(label) ?? new Set()).add(nameIn(rows[index])));
    return rows.map((row, index) => {
      const label = labels[index] ?? '';
      const isShared = (names.get(label)?.size ?? 0) > 1; // two people of one name are two rows of the map
      return {
        label: isShared ? `${label} (${row['is_named'] === true ? '' : 'database account '}${row['name']})` : label,
        ...{ weekday: row['weekday'] as number, hourOfDay: row['hour'] as number, count: Number(row['count']) },
      };
    });
  }

  /** Busiest first. */
  async userActivity(ctx: RequestContext, path: ResponsePath, request: RangeRequest & { readonly limit: number }): Promise<UserActivity[]> {
    const limit = within('limit', request.limit, 1, 1_000);
    const rows = await this.read(ctx, userActivity(await this.counted(ctx, request), limit));
    if (rows.length === 0) await this.explain(ctx, path, request);
    return rows.map((row) => {
      const { displayName, user } = this.actorIn(ctx, row);
      const changeCount = Number(row['count']);
      return {
        ...{ user, userName: displayName, changeCount, entityCount: Number(row['entity_count']) },
        ...{ firstAt: row['first_at'] as string, lastAt: row['last_at'] as string },
        reasonRate: Number(row['reasoned']) / changeCount,
      };
    });
  }

  /** Newest first. */
  async unexplainedChanges(ctx: RequestContext, path: ResponsePath, request: RangeRequest & PageRequest): Promise<Page<AuditEntry>> {
    const period = periodOf(request.range);
    const tables = await this.tables(ctx, ({ reasonRequiredColumns }) => reasonRequiredColumns.length > 0);
    const { first, last, after, before } = request;
    const page = await this.audit
      .entryPages(ctx, unexplained(ctx.caller.tenant, keysOf(tables), period), { first, last, after, before })
      .pageOf();
    if (isEmptyList(page, request)) {
      await this.audit.explainEmpty(ctx, path, { tables: tables.map(({ tableName }) => tableName), range: request.range });
    }
    return page;
  }

  /** Lowest bar first. */
  async priceChangeDistribution(ctx: RequestContext, path: ResponsePath, request: PriceChangeRequest): Promise<HistogramBucket[]> {
    const percent = within('bucketPercent', request.bucketPercent, 1, 1_000);
    const tables = await this.tables(ctx, ({ entityType }) => entityType === 'PRODUCT');
    const statement = priceChanges(ctx.caller.tenant, keysOf(tables), periodOf(request.range), percent, maxPoints + 1);
    const rows = await this.read(ctx, statement);
    if (rows.length === 0) await this.audit.explainEmpty(ctx, path, { entityTypes: ['PRODUCT'], range: request.range });
    const counted = rows.map((row) => ({ bar: BigInt(row['bar'] as string), count: Number(row['count']) }));
    const bars = filledBars(counted, percent, maxPoints);
    if (!bars) throw refused('bucketPercent', `makes more than ${maxPoints} bars. Ask for wider ones or a shorter range.`);
    return bars;
  }

  /** The most frequent first, then by name; the first status of a row comes before its others. */
  async statusTransitions(ctx: RequestContext, path: ResponsePath, request: TransitionRequest): Promise<TransitionStatistic[]> {
    const { entityType } = request;
    const period = periodOf(request.range);
    const withStatus = await this.tables(ctx, ({ statusColumn }) => statusColumn !== null);
    const tables = withStatus.filter((table) => table.entityType === entityType);
    if (tables.length === 0) {
      const others = [...new Set(withStatus.map((table) => table.entityType))].sort().join(', ');
      throw refused('entityType', `names a kind of entity without a status column. Those that have one: ${others || 'none'}.`);
    }
    const rows = await this.read(ctx, statusTransitions(ctx.caller.tenant, keysOf(tables), period, maxTransitions));
    if (rows.length === 0) {
      await this.audit.explainEmpty(ctx, path, { tables: tables.map(({ tableName }) => tableName), range: request.range });
    }
    return rows.map((row) => {
      const statusBefore = row['status_before'] as string | null;
      const statusAfter = row['status_after'] as string;
      const keys = row['table_keys'] as number[];
      const isExpected = tables.every((table) => !keys.includes(table.tableKey) || isAllowed(table, statusBefore, statusAfter));
      const times = { medianMs: row['median_ms'] as number | null, p95Ms: row['p95_ms'] as number | null };
      return { statusBefore, statusAfter, count: Number(row['count']), isExpected, ...times };
    });
  }

  private async counted(ctx: RequestContext, { range, filter, timeZone }: CountedRequest): Promise<Counted & { period: Period }> {
    const period = periodOf(range);
    return { tenant: ctx.caller.tenant, where: await this.audit.matching(ctx, filter), period, timeZone: timeZone ?? 'UTC' };
  }

  private explain(ctx: RequestContext, path: ResponsePath, { filter, range }: CountedRequest): Promise<void> {
    const asked: Asked = { ...askedBy(filter), range };
    return this.audit.explainEmpty(ctx, path, asked);
  }

  private actorIn(ctx: RequestContext, row: Row): Actor {
    const name = row['name'] as string;
    const facts =
      row['is_named'] === true ? actorOfKey(name, row['kind'] as ActorType) : { ...actorOfKey(name), key: null, databaseUser: name };
    return this.audit.actor(ctx, facts);
  }

  /** Tables of this tenant, tracked now or once. */
  private async tables(ctx: RequestContext, isWanted: (table: TrackedTable) => boolean): Promise<TrackedTable[]> {
    return [...(await this.audit.loaders(ctx).tables()).values()].filter(isWanted);
  }

  /** From the counts by day where they can tell, and where they have nearly caught up with the entries; else from the entries. */
  private async readByDay(
    ctx: RequestContext,
    byDay: ((days: WholeDays) => SQL) | false,
    { period }: Counted,
    byEntry: () => SQL,
  ): Promise<Row[]> {
    const days = byDay ? wholeDaysOf(period) : null;
    const rows = byDay && days ? await this.read(ctx, byDay(days)) : [];
    const isComplete = rows[0] !== undefined && Number(rows[0]['uncounted']) <= mostUncounted;
    return isComplete ? rows : await this.read(ctx, byEntry());
  }

  private async read(ctx: RequestContext, statement: SQL): Promise<Row[]> {
    try {
      return await this.database.read(ctx.caller, statement);
    } catch (error) {
      // Its list of zones may be older than ours.
      if (error instanceof DatabaseFault && /^time zone .* not recognized$/.test(error.message)) {
        throw refused('timeZone', 'names a zone that the database does not know.');
      }
      throw error;
    }
  }
}

const keysOf = (tables: readonly TrackedTable[]): number[] => tables.map(({ tableKey }) => tableKey);

/** A name and a database account of the same spelling are two actors. */
function nameIn(row: Row | undefined): string {
  return JSON.stringify([row?.['name'], row?.['is_named']]);
}

function within(argument: string, value: number, least: number, most = 2 ** 31 - 1): number {
  if (value < least || value > most) throw refused(argument, `must be ${least} to ${most}.`);
  return value;
}

function refused(argument: string, rule: string): DomainError {
  return new DomainError('BAD_USER_INPUT', `"${argument}" ${rule}`, { argument });
}
