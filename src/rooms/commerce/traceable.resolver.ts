import { FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { encodeGlobalId } from '../../shared/global-id.ts';
import type { Entity } from './commerce.model.ts';
import { typenameOf } from './node.type.ts';
import { TraceableType } from './traceable.type.ts';

@Resolver(() => TraceableType)
export class TraceableResolver {
  @FieldResolver(() => ID)
  id(@Root() entity: Entity): string {
    return encodeGlobalId(typenameOf(entity.entityType), entity.id);
  }
}
