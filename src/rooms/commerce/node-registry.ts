import type { AsOf } from '../../shared/as-of.input.ts';
import { decodeGlobalId, isBigintKey, notAGlobalId } from '../../shared/global-id.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { CommerceService } from './commerce.service.ts';

/**
 * Loads what a global id names for the caller's tenant; `null` when there is none. `argument` is for error messages. What never changes (an entry,
 * a version) is the same at every time.
 */
export type LoadNode = (ctx: RequestContext, key: string, argument: string, asOf: AsOf | null | undefined) => Promise<object | null>;

/** What `node` and `nodes` can find. Each room registers its types in app.ts, by their name in the schema. */
export class NodeRegistry {
  private readonly loaders = new Map<string, LoadNode>();

  register(type: string, load: LoadNode): this {
    if (this.loaders.has(type)) throw new Error(`The node type ${type} is registered twice.`);
    this.loaders.set(type, load);
    return this;
  }

  /**
   * The thing that an id names, marked with the name of its type.
   * @throws DomainError `BAD_USER_INPUT` when the id is malformed or of a type that is no node.
   */
  async load(ctx: RequestContext, id: string, argument: string, asOf?: AsOf | null): Promise<object | null> {
    const { type, key } = decodeGlobalId(id, argument);
    const load = this.loaders.get(type);
    if (!load) throw notAGlobalId(argument);
    const node = await load(ctx, key, argument, asOf);
    return node && { ...node, __typename: type };
  }
}

/** Types whose key is a bigint: other keys are no ids of ours and never reach the database. */
export function byBigint(load: (ctx: RequestContext, key: string, asOf: AsOf | null | undefined) => Promise<object | null>): LoadNode {
  return async (ctx, key, argument, asOf) => {
    if (!isBigintKey(key)) throw notAGlobalId(argument);
    return await load(ctx, key, asOf);
  };
}

export function registerCommerceNodes(registry: NodeRegistry, commerce: CommerceService): NodeRegistry {
  return registry
    .register(
      'User',
      byBigint(async (ctx, id, asOf) => (await commerce.loadersAt(ctx, asOf)).users.byId(id)),
    )
    .register(
      'Customer',
      byBigint(async (ctx, id, asOf) => (await commerce.loadersAt(ctx, asOf)).customers.byId(id)),
    )
    .register(
      'Product',
      byBigint(async (ctx, id, asOf) => (await commerce.loadersAt(ctx, asOf)).products.byId(id)),
    )
    .register(
      'Order',
      byBigint(async (ctx, id, asOf) => (await commerce.loadersAt(ctx, asOf)).orders.byId(id)),
    )
    .register(
      'OrderItem',
      byBigint(async (ctx, id, asOf) => (await commerce.loadersAt(ctx, asOf)).orderItems.byId(id)),
    )
    .register(
      'Payment',
      byBigint(async (ctx, id, asOf) => (await commerce.loadersAt(ctx, asOf)).payments.byId(id)),
    );
}
