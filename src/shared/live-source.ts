import type { GraphQLSchema } from 'graphql';
import type { RequestContext } from './request-context.ts';

/** For `subscribe` of a subscription field whose resolver has a method `<field>Source(args, context)`, which `connectSources` puts in its place. */
export function bySource(): never {
  throw new Error('this subscription has no source');
}

/**
 * type-graphql knows no instance where a subscription begins: gives each field of the subscription type the source method of the resolver
 * that has one.
 */
export function connectSources(schema: GraphQLSchema, resolvers: readonly object[]): void {
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
    const name = `${field.name}Source`;
    const resolver = resolvers.find((one) => name in one) as Record<string, (args: unknown, ctx: RequestContext) => unknown> | undefined;
    if (resolver) field.subscribe = (_root, args, ctx: RequestContext) => resolver[name]?.(args, ctx);
  }
}
