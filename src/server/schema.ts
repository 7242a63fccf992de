import { GraphQLSchema, isEnumType, isInputObjectType } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { requiresScopeDirective, sensitiveDirective } from '../shared/access.directives.ts';
import { costDirective, listSizeDirective } from '../shared/connection.directives.ts';
import { connectSources } from '../shared/live-source.ts';
import { guardScopes } from './scope-guard.ts';

/** The types of a schema, once; given what answers for each class of resolvers, they are the executable schema. */
export type Types = (resolvers: readonly object[]) => GraphQLSchema;

/** Takes as long as opening a database, and needs none: only the classes of the resolvers count. */
export function typesOf(resolvers: readonly object[]): Types {
  const instances = new Map<unknown, object>();
  const [first, ...others] = resolvers.map((resolver) => resolver.constructor);
  if (first === undefined) throw new Error('a schema needs a resolver');
  const schema = withDirectives(
    buildSchemaSync({
      resolvers: [first, ...others],
      container: { get: (resolver: unknown) => instances.get(resolver) },
      validate: false, // services check what they are given: their errors name the argument
      skipCheck: true, // an introspection of the whole, at every start; a test makes it
      pubSub: nobody,
    }),
  );
  describeRoots(schema);
  enforceOneOf(schema);
  return (answering) => {
    for (const resolver of answering) instances.set(resolver.constructor, resolver);
    const missing = resolvers.find((resolver) => !instances.has(resolver.constructor));
    if (missing) throw new Error(`nothing answers for ${missing.constructor.name}`);
    connectSources(schema, answering);
    guardScopes(schema);
    return schema;
  };
}

/** The executable schema of these resolver instances; each is the one that answers for its class. */
export const schemaFrom = (resolvers: readonly object[]): GraphQLSchema => typesOf(resolvers)(resolvers);

/** Asked for as soon as there is a subscription; every one of ours has its own `subscribe` and needs none. */
const nobody = {
  publish(): void {},
  subscribe(): AsyncIterable<never> {
    throw new Error('a subscription needs a subscribe of its own');
  },
};

/** type-graphql makes these three types itself, without a word. */
function describeRoots(schema: GraphQLSchema): void {
  const [query, mutation, subscription] = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  if (query) query.description = 'Reads.';
  if (mutation) mutation.description = 'Writes.';
  if (subscription) subscription.description = 'Live feeds; graphql-ws, and server-sent events for readers behind proxies.';
}

/** type-graphql prints `@oneOf` but builds the input without it, so that graphql would take two fields or none. */
function enforceOneOf(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInputObjectType(type) && type.astNode?.directives?.some((directive) => directive.name.value === 'oneOf')) type.isOneOf = true;
  }
}

/** Added afterwards: `@requiresScope` takes the enum Scope, which type-graphql makes while it builds. */
function withDirectives(schema: GraphQLSchema): GraphQLSchema {
  const scope = schema.getType('Scope');
  if (!isEnumType(scope)) throw new Error('the schema has no enum Scope');
  const config = schema.toConfig();
  const ours = [costDirective, listSizeDirective, requiresScopeDirective(scope), sensitiveDirective];
  return new GraphQLSchema({ ...config, directives: [...config.directives, ...ours] });
}
