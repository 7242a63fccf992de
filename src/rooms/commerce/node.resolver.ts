import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { type AsOf, AsOfInput } from '../../shared/as-of.input.ts';
import { DomainError } from '../../shared/errors.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { NodeType } from './node.type.ts';
import type { NodeRegistry } from './node-registry.ts';

const maxIds = 100;

@Resolver()
export class NodeResolver {
  constructor(private readonly registry: NodeRegistry) {}

  @Query(() => NodeType, { nullable: true, description: 'Anything with an id.' })
  node(
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'Read at another time.' }) asOf: AsOf | null | undefined,
    @Arg('id', () => ID, { description: 'Global id.' }) id: string,
    @Ctx() ctx: RequestContext,
  ): Promise<object | null> {
    return this.registry.load(ctx, id, 'id', asOf);
  }

  @Query(() => [NodeType], { nullable: 'itemsAndList', description: 'Many things by id, in the order asked; null where there is none.' })
  nodes(
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'Read at another time.' }) asOf: AsOf | null | undefined,
    @Arg('ids', () => [ID], { description: 'Global ids, at most 100.' }) ids: string[],
    @Ctx() ctx: RequestContext,
  ): Promise<(object | null)[]> {
    if (ids.length > maxIds) throw new DomainError('BAD_USER_INPUT', `"ids" has more than ${maxIds} items.`, { argument: 'ids' });
    return Promise.all(ids.map((id, index) => this.registry.load(ctx, id, `ids[${index}]`, asOf)));
  }
}
