import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '../shared/caller.ts';
import { DomainError } from '../shared/errors.ts';
import type { HealthCheck } from '../shared/health.ts';
import type { Metrics } from './metrics.ts';

export interface HealthOptions {
  readonly health: () => Promise<readonly HealthCheck[]>;
  readonly metrics: Metrics;
  /** Whether the server is about to stop: balancers should send nothing more. */
  readonly isStopping: () => boolean;
  /** Who asks for figures. */
  readonly callerOf: (request: FastifyRequest) => Promise<Caller>;
}

/** /livez, /healthz: the process answers. /readyz: requests can be answered as they should, else 503. /metrics: for Prometheus, with TENANT_REPORT. */
export function addHealth(app: FastifyInstance, { health, metrics, isStopping, callerOf }: HealthOptions): void {
  for (const path of ['/livez', '/healthz']) app.get(path, () => ({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const checks = isStopping() ? [{ name: 'server', isWell: false, detail: 'The server is about to stop.' }] : await health();
    const isReady = checks.every(({ isWell }) => isWell);
    return reply
      .status(isReady ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: isReady ? 'ready' : 'not ready', checks });
  });
  app.get('/metrics', async (request, reply) => {
    const { scopes } = await callerOf(request);
    if (!scopes.has('TENANT_REPORT'))
      throw new DomainError('FORBIDDEN', 'This needs the permission TENANT_REPORT.', { scope: 'TENANT_REPORT' });
    return reply
      .type(metrics.contentType)
      .header('cache-control', 'no-store')
      .send(await metrics.text());
  });
}
