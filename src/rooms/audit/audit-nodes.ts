import { notAGlobalId } from '../../shared/global-id.ts';
import { byBigint, type NodeRegistry } from '../commerce/node-registry.ts';
import type { AuditService } from './audit.service.ts';
import type { RunService } from './run.service.ts';

const runId = /^run_\d{8}_\d{6}_[0-9a-f]{8}$/;

/** What `node` and `nodes` find of the trail. */
export function registerAuditNodes(registry: NodeRegistry, audit: AuditService, runs: RunService): NodeRegistry {
  return registry
    .register(
      'AuditEntry',
      byBigint((ctx, id) => audit.loaders(ctx).entry(id)),
    )
    .register('Run', async (ctx, key, argument) => {
      if (!runId.test(key)) throw notAGlobalId(argument);
      return await runs.run(ctx, key);
    })
    .register(
      'TrackedTable',
      byBigint(async (ctx, key) => (await audit.loaders(ctx).tables()).get(Number(key)) ?? null),
    );
}
