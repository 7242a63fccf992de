import { Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../../shared/request-context.ts';
import { BigIntText, Hex } from '../../shared/scalars.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import { AuditEntryType } from '../audit/audit-entry.type.ts';
import { contentHash } from './content-hash.ts';
import type { ProvenanceService } from './provenance.service.ts';
import type { Version } from './version.model.ts';
import { VersionInfoType } from './version-info.type.ts';

@Resolver(() => VersionInfoType)
export class VersionInfoResolver {
  constructor(private readonly provenance: ProvenanceService) {}

  @FieldResolver(() => AuditEntryType, { nullable: true, description: 'The audit entry that wrote this version.' })
  auditEntry(@Root() version: Version): AuditEntry | null {
    return version.entry;
  }

  @FieldResolver(() => Hex, { description: "Hash of the version's content (Data Vault hash_diff)." })
  async contentHash(@Root() version: Version, @Ctx() ctx: RequestContext): Promise<string> {
    return contentHash(await this.provenance.imageOf(ctx, version));
  }

  @FieldResolver(() => Boolean, { description: 'Whether this is the latest version.' })
  isCurrent(@Root() version: Version): boolean {
    return version.systemTo === null;
  }

  @FieldResolver(() => Int, { description: '1 for the first version of the entity; 0 for a row that is older than the log.' })
  number(@Root() version: Version, @Ctx() ctx: RequestContext): Promise<number> {
    return this.provenance.numberOf(ctx, version);
  }

  @FieldResolver(() => BigIntText, { nullable: true, description: "Position in the tenant's sealed log; null until sealed." })
  sequence(@Root() version: Version, @Ctx() ctx: RequestContext): Promise<string | null> {
    return this.provenance.sequenceOf(ctx, version);
  }
}
