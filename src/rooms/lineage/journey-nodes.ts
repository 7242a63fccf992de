import { byBigint, type NodeRegistry } from '../commerce/node-registry.ts';
import type { JourneyService } from './journey.service.ts';

/** What `node` and `nodes` find of journeys. */
export function registerJourneyNodes(registry: NodeRegistry, journeys: JourneyService): NodeRegistry {
  return registry.register(
    'JourneyEvent',
    byBigint((ctx, id) => journeys.event(ctx, id)),
  );
}
