import { Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { RequiresScope } from '../../shared/access.directives.ts';
import { ListSize } from '../../shared/connection.directives.ts';
import { encodeGlobalId } from '../../shared/global-id.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { NodeType } from '../commerce/node.type.ts';
import { byBigint, type NodeRegistry } from '../commerce/node-registry.ts';
import type { Actor } from './actor.ts';
import { ActorType } from './actor.type.ts';
import type { AuditService } from './audit.service.ts';
import { OriginType } from './audit-entry.type.ts';
import type { ReadAccess } from './read-access.model.ts';
import type { ReadAccessService } from './read-access.service.ts';
import { ReadAccessConnectionType, ReadAccessesArgs, ReadAccessType } from './read-access.type.ts';

@Resolver(() => ReadAccessType)
export class ReadAccessResolver {
  constructor(
    private readonly reads: ReadAccessService,
    private readonly audit: AuditService,
  ) {}

  @RequiresScope('AUDIT_READ')
  @ListSize()
  @Query(() => ReadAccessConnectionType, { nullable: true, description: 'Who read which data.' })
  readAccesses(@Args(() => ReadAccessesArgs) args: ReadAccessesArgs, @Ctx() ctx: RequestContext): Promise<Page<ReadAccess>> {
    return this.reads.page(ctx, args);
  }

  @FieldResolver(() => ID, { description: 'Global id.' })
  id(@Root() access: ReadAccess): string {
    return encodeGlobalId('ReadAccess', access.id);
  }

  @FieldResolver(() => ActorType, { description: 'Who read.' })
  actor(@Root() { actorKey, actorRole, actorVerified }: ReadAccess, @Ctx() ctx: RequestContext): Actor {
    return this.audit.actor(ctx, { key: actorKey, kind: null, role: actorRole, isVerified: actorVerified, databaseUser: null });
  }

  @FieldResolver(() => NodeType, { nullable: true, description: 'Entity that was read; null when many were.' })
  entity(@Root() access: ReadAccess, @Ctx() ctx: RequestContext): Promise<object | null> {
    return this.reads.entity(ctx, access);
  }

  @FieldResolver(() => OriginType, { description: 'Session, program and address.' })
  origin(@Root() { sessionId, application, clientIp, requestId }: ReadAccess): OriginType {
    return { sessionId, application, clientIp, requestId, traceParent: null, hostName: null, recordSource: 'graphql', statement: null };
  }
}

export function registerReadNodes(registry: NodeRegistry, reads: ReadAccessService): NodeRegistry {
  return registry.register(
    'ReadAccess',
    byBigint((ctx, id) => reads.byId(ctx, id)),
  );
}
