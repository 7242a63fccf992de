import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type GraphQLSchema, graphql, print } from 'graphql';
import { schemaOf } from '../../src/app.ts';
import { fixedCaller } from '../../src/shared/caller.ts';
import { requestContext } from '../../src/shared/request-context.ts';
import type { TestDatabase } from './databases.ts';

/** Left out where every variable has a default. */
type Variables<V> = Record<string, never> extends V ? [variables?: V] : [variables: V];

const schemas = new WeakMap<TestDatabase, GraphQLSchema>();

/**
 * What the fixed caller (tenant `demo`) is answered, as plain JSON of the type that the document carries: those of schema/operations are in
 * test/generated/operations.ts.
 * @throws the first error of the answer.
 */
export async function ask<Data, V extends Record<string, unknown>>(
  context: TestDatabase,
  document: TypedDocumentNode<Data, V>,
  ...[variables]: Variables<V>
): Promise<Data> {
  const schema = schemas.get(context) ?? schemaOf(context.database, 'a secret for tests only');
  schemas.set(context, schema);
  const contextValue = requestContext(fixedCaller, 'request of a test');
  const { data, errors } = await graphql({ schema, source: print(document), variableValues: variables, contextValue });
  if (errors?.[0]) throw errors[0].originalError ?? errors[0];
  return JSON.parse(JSON.stringify(data));
}
