import { Ctx, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { encodeGlobalId } from '../../shared/global-id.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { JsonObject } from '../../shared/scalars.ts';
import type { Image } from '../audit/audit.model.ts';
import { FieldChangeType } from '../audit/audit-entry.type.ts';
import type { FieldChange } from '../audit/changes.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import { TraceableType } from '../commerce/traceable.type.ts';
import { EntityVersionType } from './entity-version.type.ts';
import type { ProvenanceService } from './provenance.service.ts';
import { encodeVersionKey, type Version } from './version.model.ts';
import { VersionInfoType } from './version-info.type.ts';

@Resolver(() => EntityVersionType)
export class EntityVersionResolver {
  constructor(private readonly provenance: ProvenanceService) {}

  @FieldResolver(() => [FieldChangeType], { description: 'Difference from the version before.' })
  changes(@Root() version: Version): FieldChange[] {
    return this.provenance.changesOf(version);
  }

  @FieldResolver(() => TraceableType, { description: 'The entity as of this version, with full types.' })
  entity(@Root() version: Version, @Ctx() ctx: RequestContext): Promise<Entity> {
    return this.provenance.entityOf(ctx, version);
  }

  @FieldResolver(() => ID, { description: 'Global id.' })
  id(@Root() version: Version): string {
    return encodeGlobalId('EntityVersion', encodeVersionKey(version));
  }

  @FieldResolver(() => JsonObject, { description: 'Whole row image.' })
  snapshot(@Root() version: Version, @Ctx() ctx: RequestContext): Promise<Image> {
    return this.provenance.imageOf(ctx, version);
  }

  @FieldResolver(() => VersionInfoType, { description: 'Stamp.' })
  version(@Root() version: Version): Version {
    return version;
  }
}
