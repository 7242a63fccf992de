import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { ListSize } from '../../shared/connection.directives.ts';
import type { Page } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import { TraceableType } from '../commerce/traceable.type.ts';
import { EntityVersionConnectionType } from './entity-version.type.ts';
import { FieldBlameType } from './field-blame.type.ts';
import { HistoryArgs } from './history.args.ts';
import type { ProvenanceService } from './provenance.service.ts';
import type { FieldBlame, Shown, Version } from './version.model.ts';
import { VersionInfoType } from './version-info.type.ts';

/** What the trail adds to every entity. */
@Resolver(() => TraceableType)
export class TraceableHistoryResolver {
  constructor(private readonly provenance: ProvenanceService) {}

  @FieldResolver(() => [FieldBlameType], {
    description: 'For each field the change that produced its present value (git blame for a row).',
  })
  blame(
    @Root() entity: Shown<Entity>,
    @Arg('fields', () => [String], { nullable: true, description: 'Limit to these fields.' }) fields: string[] | null | undefined,
    @Ctx() ctx: RequestContext,
  ): Promise<FieldBlame[]> {
    return this.provenance.blame(ctx, entity, fields);
  }

  @ListSize()
  @FieldResolver(() => EntityVersionConnectionType, { description: 'Every version, newest first unless ordered otherwise.' })
  history(
    @Root() entity: Shown<Entity>,
    @Args(() => HistoryArgs) args: HistoryArgs,
    @Ctx() ctx: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Page<Version>> {
    return this.provenance.history(ctx, entity, args, info.path);
  }

  @FieldResolver(() => VersionInfoType, { description: 'The version this object shows.' })
  version(@Root() entity: Shown<Entity>, @Ctx() ctx: RequestContext): Promise<Version> {
    return this.provenance.version(ctx, entity);
  }
}
