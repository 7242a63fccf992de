import type { Database, Row } from '../../database/database.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { DomainError } from '../../shared/errors.ts';
import type { LiveFeed } from '../../shared/live-feed.ts';
import { type Page, pageWindow } from '../../shared/page.ts';
import { cursorScope } from '../../shared/page-keyset.ts';
import { readPage } from '../../shared/page-read.ts';
import { type RequestContext, requestContext } from '../../shared/request-context.ts';
import { periodOf, type TimeRange } from '../../shared/time-range.ts';
import type { Anomaly } from '../analytics/anomaly.model.ts';
import type { LogFeed, LogQuestion } from '../feed/log-feed.ts';
import type { VaultService } from '../vault/vault.service.ts';
import type { Alert, RaisedAlert } from './alert.model.ts';
import { alertByNumber, alertList, alertsAt, toAlert, type Wanted } from './alert.queries.ts';
import { leastScore } from './findings.ts';

export interface AlertHistoryRequest {
  readonly range?: TimeRange | null;
  readonly first?: number | null;
  readonly after?: string | null;
}

/** What needs attention: anomalies, operations that failed, checks that went wrong. An operation is shown to who may read the vault. */
export class AlertService {
  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly logs: LogFeed,
    private readonly vault: VaultService,
  ) {}

  /** Newest first. */
  async history(ctx: RequestContext, request: AlertHistoryRequest): Promise<Page<Alert>> {
    const { tenant } = ctx.caller;
    const list = alertList(wantedOf(ctx), request.range ? periodOf(request.range) : null);
    const window = pageWindow(request, this.codec, tenant, cursorScope(list.name, list.order));
    const page = await readPage((statement) => this.database.read(ctx.caller, statement), list, window, { codec: this.codec, tenant });
    const shown = await this.shown(ctx, page.nodes);
    return {
      nodes: shown.filter((alert) => alert !== null),
      get edges() {
        return page.edges.flatMap(({ cursor }, i) => (shown[i] ? [{ cursor, node: shown[i] }] : []));
      },
      pageInfo: page.pageInfo,
      totalCount: page.totalCount,
    };
  }

  /**
   * Alerts as they are raised.
   * @throws DomainError `BAD_USER_INPUT`, and what `LogFeed.open` does.
   */
  async feed(ctx: RequestContext, minScore: number): Promise<LiveFeed<Alert>> {
    if (!Number.isFinite(minScore) || minScore < 0) {
      throw new DomainError('BAD_USER_INPUT', '"minScore" must not be negative.', { argument: 'minScore' });
    }
    return await this.logs.open(ctx, this.question(ctx, minScore));
  }

  /** What a caller may see of the alerts, as a question to their log. */
  question(ctx: RequestContext, minScore = leastScore): LogQuestion<Alert> {
    const { caller, requestId } = ctx;
    const wanted = { ...wantedOf(ctx), minScore };
    const read: LogQuestion<Alert>['read'] = async (from, to, limit) => {
      const raised = (await this.database.read(caller, alertsAt(wanted, from, to, limit))).map(toAlert);
      const shown = await this.shown(requestContext(caller, requestId), raised);
      const found = raised.flatMap(({ sequence }, i) => (shown[i] ? [{ sequence: Number(sequence), value: shown[i] }] : []));
      const last = raised.at(-1);
      if (!last || raised.length < limit || found.length === limit) return found;
      return [...found, ...(await read(Number(last.sequence), to, limit - found.length))];
    };
    return { log: 'alerts', key: minScore, read };
  }

  /** The anomaly that an alert of this number told; null when there is none. */
  async anomaly(ctx: RequestContext, number: string): Promise<Anomaly | null> {
    const [row]: (Row | undefined)[] = await this.database.read(ctx.caller, alertByNumber(ctx.caller.tenant, number));
    const alert = row && toAlert(row);
    return alert?.kind === 'ANOMALY' ? alert.anomaly : null;
  }

  /** Null: an operation that was cleaned up meanwhile. */
  private shown(ctx: RequestContext, raised: readonly RaisedAlert[]): Promise<(Alert | null)[]> {
    const executions = this.vault.loaders(ctx);
    return Promise.all(
      raised.map((alert) => {
        if (alert.kind === 'ANOMALY') return alert.anomaly;
        return alert.kind === 'HEALTH' ? alert.check : executions.execution(alert.hashKey);
      }),
    );
  }
}

function wantedOf({ caller: { tenant, scopes } }: RequestContext): Wanted {
  return { tenant, seesExecutions: scopes.has('VAULT_READ') };
}
