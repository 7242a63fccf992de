import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import { type AsOf, AsOfInput } from '../../shared/as-of.input.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { JsonObject } from '../../shared/scalars.ts';
import type { NodeRegistry } from '../commerce/node-registry.ts';
import type { ProvenanceService } from './provenance.service.ts';
import { RecordType } from './record.type.ts';
import type { TimelineService } from './timeline.service.ts';
import { itemTypes } from './timeline.type.ts';
import type { TrackedRecord } from './version.model.ts';

@Resolver()
export class RecordResolver {
  constructor(private readonly provenance: ProvenanceService) {}

  @Query(() => RecordType, { nullable: true, description: 'A row of any tracked table by its key; of a deleted row its last version.' })
  record(
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'Read at another time.' }) asOf: AsOf | null | undefined,
    @Arg('tableName', () => String, { description: 'Table, with its schema.' }) tableName: string,
    @Arg('key', () => JsonObject, { description: 'Key columns and their values.' }) key: Record<string, unknown>,
    @Ctx() ctx: RequestContext,
  ): Promise<TrackedRecord | null> {
    return this.provenance.record(ctx, tableName, key, asOf);
  }
}

export function registerProvenanceNodes(registry: NodeRegistry, provenance: ProvenanceService, timelines: TimelineService): NodeRegistry {
  for (const typename of Object.keys(itemTypes) as (keyof typeof itemTypes)[]) {
    registry.register(typename, (ctx, key, argument) => timelines.itemByKey(ctx, typename, key, argument));
  }
  return registry
    .register('Record', (ctx, key, argument, asOf) => provenance.recordByGlobalKey(ctx, key, argument, asOf))
    .register('EntityVersion', (ctx, key, argument) => provenance.versionByGlobalKey(ctx, key, argument));
}
