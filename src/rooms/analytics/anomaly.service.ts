import type { Database } from '../../database/database.ts';
import type { CursorCodec, CursorScope } from '../../shared/cursor.ts';
import { DomainError } from '../../shared/errors.ts';
import { isBigintKey, notAGlobalId } from '../../shared/global-id.ts';
import { instantFromInput } from '../../shared/instant.ts';
import { languageOf } from '../../shared/language/languages.ts';
import { type Page, type PageRequest, pageWindow } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { type Period, periodOf, type TimeRange } from '../../shared/time-range.ts';
import { type AuditEntry, actorOfKey } from '../audit/audit.model.ts';
import type { AuditService } from '../audit/audit.service.ts';
import { AnomalyLoaders } from './anomaly.loaders.ts';
import { type Anomaly, AnomalyKind } from './anomaly.model.ts';
import { comparePositions, positionOf } from './anomaly-rank.ts';
import { anomalySentence } from './anomaly-sentence.ts';

export interface AnomaliesRequest extends PageRequest {
  readonly range: TimeRange;
  readonly minScore?: number | null;
}

const usualMinScore = 3;
const maxDays = 400;
const scope: CursorScope = { kind: 'analytics.anomalies', version: 1, order: 'score:desc,kind:asc,entry:asc' };

/** What departs from the usual pattern. The pattern is that of the period and of the time before it, as far as 90 days before its end. */
export class AnomalyService {
  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly audit: AuditService,
  ) {}

  /** Strongest first; equal ones by kind, then in the order of the log. Without an end of the period, the end is kept in the cursors. */
  async anomalies(ctx: RequestContext, request: AnomaliesRequest): Promise<Page<Anomaly>> {
    const minScore = checkedScore(request.minScore ?? usualMinScore);
    const { tenant } = ctx.caller;
    const window = pageWindow(request, this.codec, tenant, scope);
    const to = request.range.to ?? window.after?.[0] ?? window.before?.[0] ?? null;
    const period = checkedPeriod({ from: request.range.from, to });
    const all = (await this.loaders(ctx).anomalies(period)).filter(({ score }) => score >= minScore);
    const { after, before } = window;
    const start = after ? all.findIndex((anomaly) => comparePositions(positionOf(anomaly), after) > 0) : 0;
    const reachable = start < 0 ? [] : all.slice(start).filter((anomaly) => !before || comparePositions(positionOf(anomaly), before) < 0);
    const shown = window.backward ? reachable.slice(Math.max(0, reachable.length - window.limit)) : reachable.slice(0, window.limit);
    const edges = shown.map((node) => ({ node, cursor: this.codec.encode(tenant, scope, positionOf(node)) }));
    const first = shown[0] ? all.indexOf(shown[0]) : start < 0 ? all.length : start;
    return {
      edges,
      nodes: shown,
      pageInfo: {
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
        hasNextPage: () => first + shown.length < all.length,
        hasPreviousPage: () => first > 0,
      },
      totalCount: async () => all.length,
    };
  }

  /** By the key part of its global id; null when nothing of the kind begins with that entry in that period. */
  async anomaly(ctx: RequestContext, key: string, argument: string): Promise<Anomaly | null> {
    const [kind, entryId, from, to, ...rest] = key.split('|');
    const known = kind !== undefined && Object.hasOwn(AnomalyKind, kind) && isBigintKey(entryId ?? '') && rest.length === 0;
    if (!known || !from || !to || instantFromInput(from) !== from || instantFromInput(to) !== to) throw notAGlobalId(argument);
    const found = await this.loaders(ctx).anomalies(checkedPeriod({ from, to }, argument));
    return found.find((anomaly) => anomaly.kind === kind && anomaly.about.entryId === entryId) ?? null;
  }

  /** Oldest first, at most 20. */
  evidence(ctx: RequestContext, anomaly: Anomaly): Promise<AuditEntry[]> {
    return this.loaders(ctx).evidence(anomaly);
  }

  /** One sentence. An address is personal: who may not see it is not told it here either. */
  async summary(ctx: RequestContext, anomaly: Anomaly): Promise<string> {
    const actor = await this.audit.actor(ctx, actorOfKey(anomaly.about.actor)).displayName();
    return anomalySentence(anomaly, actor, languageOf(null), ctx.caller.scopes.has('PII_READ'));
  }

  private loaders(ctx: RequestContext): AnomalyLoaders {
    const { tenant } = ctx.caller;
    return ctx.memo(
      this,
      () => new AnomalyLoaders((statement) => this.database.read(ctx.caller, statement), tenant, this.audit.loaders(ctx)),
    );
  }
}

/** Key part of the global id: the number of the alert, or the kind, the entry that it begins with, and the period in which it was found. */
export function anomalyKey({ kind, about, period, alert }: Anomaly): string {
  return alert === undefined ? [kind, about.entryId, period.from, period.to].join('|') : alert;
}

function checkedScore(minScore: number): number {
  if (Number.isFinite(minScore) && minScore >= 0) return minScore;
  throw new DomainError('BAD_USER_INPUT', '"minScore" must not be negative.', { argument: 'minScore' });
}

/** @throws DomainError `BAD_USER_INPUT` when it holds no instant, or is longer than 400 days. */
function checkedPeriod(range: TimeRange, argument = 'range'): Period {
  const period = periodOf(range, argument);
  if (Date.parse(period.to) - Date.parse(period.from) > maxDays * 86_400_000) {
    throw new DomainError('BAD_USER_INPUT', `"${argument}" must not be longer than ${maxDays} days.`, { argument });
  }
  return period;
}
