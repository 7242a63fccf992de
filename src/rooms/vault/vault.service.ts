import type { Database, Row } from '../../database/database.ts';
import type { Caller } from '../../shared/caller.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { DomainError } from '../../shared/errors.ts';
import type { OrderTerm } from '../../shared/filter.input.ts';
import { type Page, type PageRequest, pageWindow } from '../../shared/page.ts';
import { cursorScope } from '../../shared/page-keyset.ts';
import { readPage } from '../../shared/page-read.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { boundedBuckets, type TimeInterval } from '../../shared/time-buckets.ts';
import { type Period, periodOf, type TimeRange } from '../../shared/time-range.ts';
import {
  type ExecutionFilter,
  type ExecutionOrderField,
  type ExecutionsAsked,
  executionList,
  toExecution,
  versionsAt,
} from './execution.queries.ts';
import { MetadataSeal } from './metadata-seal.ts';
import { VaultLoaders } from './vault.loaders.ts';
import {
  dashboardOf,
  type ExecutionTrendPoint,
  type HealthStatus,
  type PerformanceMetric,
  rounded,
  type ScriptType,
  type SystemHealth,
  type VaultDashboard,
  type VaultExecution,
  worstOf,
} from './vault.model.ts';
import { executionTrend, performanceMetrics, systemHealth, typeCounts } from './vault.queries.ts';

export interface ExecutionsRequest extends PageRequest {
  readonly filter?: ExecutionFilter | null;
  readonly orderBy?: readonly OrderTerm<ExecutionOrderField>[] | null;
}
export interface ExecutionTrendRequest {
  readonly interval: TimeInterval;
  readonly range: TimeRange;
  readonly timeZone?: string | null;
}

const maxMetrics = 1000;
const dayMs = 86_400_000;

/** Operations on the database, of one tenant. */
export class VaultService {
  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly seal: MetadataSeal = new MetadataSeal(null),
  ) {}

  executions(ctx: RequestContext, request: ExecutionsRequest): Promise<Page<VaultExecution>> {
    const { filter = null, orderBy = null } = request;
    return this.page(ctx, 'vault.executions', request, { filter, orderBy });
  }

  /** Newest first; of the last 24 hours when no period is named. */
  recentErrors(ctx: RequestContext, request: PageRequest & { readonly range?: TimeRange | null }): Promise<Page<VaultExecution>> {
    return this.page(ctx, 'vault.recentErrors', request, { filter: { status: { eq: 'FAILED' } }, period: recent(request.range) });
  }

  async dashboard(ctx: RequestContext, range: TimeRange | null | undefined): Promise<VaultDashboard> {
    const rows = await this.read(ctx, typeCounts(recent(range)));
    return dashboardOf(
      rows.map((row) => ({
        type: row['type'] as ScriptType,
        ...{ total: Number(row['total']), completed: Number(row['completed']), failed: Number(row['failed']) },
        ...{ running: Number(row['running']), timed: Number(row['timed']), totalMs: Number(row['total_ms']) },
      })),
    );
  }

  /** The most frequent first. */
  async performanceMetrics(ctx: RequestContext, range: TimeRange, limit: number): Promise<PerformanceMetric[]> {
    if (limit < 1 || limit > maxMetrics) {
      throw new DomainError('BAD_USER_INPUT', `"limit" must be from 1 to ${maxMetrics}.`, { argument: 'limit' });
    }
    const rows = await this.read(ctx, performanceMetrics(periodOf(range), limit));
    return rows.map((row) => {
      const [medianMs, before] = [Number(row['median']), row['median_before'] as number | null];
      return {
        scriptName: row['script_name'] as string,
        count: Number(row['count']),
        medianMs: rounded(medianMs),
        p95Ms: rounded(Number(row['p95'])),
        p99Ms: rounded(Number(row['p99'])),
        trendPercent: before ? Math.round((medianMs / before - 1) * 10_000) / 100 : null,
      };
    });
  }

  /** Oldest first, buckets without operations filled in. */
  async executionTrend(ctx: RequestContext, { interval, range, timeZone }: ExecutionTrendRequest): Promise<ExecutionTrendPoint[]> {
    const period = periodOf(range);
    const starts = boundedBuckets(period, interval, timeZone ?? 'UTC');
    const rows = await this.read(ctx, executionTrend(period, starts.slice(1)));
    const found = new Map(rows.map((row) => [row['bucket'] as number, row]));
    return starts.map((bucketStart, bucket) => {
      const row = found.get(bucket);
      return {
        bucketStart,
        count: Number(row?.['count'] ?? 0),
        failedCount: Number(row?.['failed'] ?? 0),
        medianMs: (row?.['median'] as number | null | undefined) ?? null,
      };
    });
  }

  async health(ctx: RequestContext): Promise<SystemHealth> {
    const rows = await this.read(ctx, systemHealth);
    const checks = rows.map((row) => ({
      name: row['check_name'] as string,
      status: row['status'] as HealthStatus,
      detail: row['detail'] as string,
    }));
    return { checks, checkedAt: new Date().toISOString(), status: worstOf(checks) };
  }

  /**
   * Reads versions in the order in which they came; each is its operation as it was then. See `versionsAt` of the queries.
   * @throws DomainError `BAD_USER_INPUT` when the filter is wrong.
   */
  versionsAt(caller: Caller, filter: ExecutionFilter | null | undefined) {
    const statement = (from: number, to: number, limit: number) => versionsAt(caller.tenant, from, to, limit, filter);
    statement(0, 0, 0); // says so at once
    return async (from: number, to: number, limit: number) => {
      const rows = await this.database.read(caller, statement(from, to, limit));
      return rows.map((row) => ({ sequence: Number(row['sequence']), value: toExecution(row) }));
    };
  }

  /** What the database keeps sealed, opened; as it is without the key. */
  metadataOf({ caller }: RequestContext, metadata: VaultExecution['metadata']): VaultExecution['metadata'] {
    return metadata && this.seal.open(caller.tenant, metadata);
  }

  loaders(ctx: RequestContext): VaultLoaders {
    const { tenant } = ctx.caller;
    return ctx.memo(this, () => new VaultLoaders((statement) => this.database.read(ctx.caller, statement), tenant));
  }

  private page(ctx: RequestContext, name: string, request: PageRequest, asked: ExecutionsAsked): Promise<Page<VaultExecution>> {
    const { tenant } = ctx.caller;
    const list = executionList(name, tenant, asked);
    const window = pageWindow(request, this.codec, tenant, cursorScope(list.name, list.order));
    return readPage((statement) => this.database.read(ctx.caller, statement), list, window, { codec: this.codec, tenant });
  }

  private read(ctx: RequestContext, statement: Parameters<Database['read']>[1]): Promise<Row[]> {
    return this.database.read(ctx.caller, statement);
  }
}

function recent(range: TimeRange | null | undefined): Period {
  return periodOf(range ?? { from: new Date(Date.now() - dayMs).toISOString().replace('Z', '000Z') });
}
