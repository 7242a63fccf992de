import type { RequestContext } from '../../shared/request-context.ts';
import { instantIn, type RestRequest, type RestRoute } from '../../shared/rest.ts';
import type { TimeRange } from '../../shared/time-range.ts';
import type { VaultService } from './vault.service.ts';

/** For monitoring from outside: GET /api/v1/vault/dashboard, GET /api/v1/vault/health. */
export function vaultRoutes(vault: VaultService): RestRoute[] {
  const range = (request: RestRequest): TimeRange | null => {
    const from = instantIn(request, 'from');
    return from === null ? null : { from, to: instantIn(request, 'to', true) };
  };
  const dashboard = async (ctx: RequestContext, request: RestRequest) => {
    const { totalCount, failedCount, runningCount, successRate, averageDurationMs, byType } = await vault.dashboard(ctx, range(request));
    return {
      ...{
        total: totalCount,
        failed: failedCount,
        running: runningCount,
        success_rate: successRate,
        average_duration_ms: averageDurationMs,
      },
      by_type: Object.fromEntries(byType.map(({ label, count }) => [label, count])),
    };
  };
  const health = async (ctx: RequestContext) => {
    const { status, checks, checkedAt } = await vault.health(ctx);
    return { status, checked_at: checkedAt, checks };
  };
  return [
    { method: 'GET', path: '/api/v1/vault/dashboard', scope: 'VAULT_READ', answer: dashboard },
    { method: 'GET', path: '/api/v1/vault/health', scope: 'VAULT_READ', answer: health },
  ];
}
