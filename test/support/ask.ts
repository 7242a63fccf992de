import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { graphql, print } from 'graphql';
import { fixedCaller } from '../../src/shared/caller.ts';
import { requestContext } from '../../src/shared/request-context.ts';
import type { TestDatabase } from './databases.ts';
import { schemaFor } from './schema.ts';

/** Left out where every variable has a default. */
type Variables<V> = Record<string, never> extends V ? [variables?: V] : [variables: V];

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
  const contextValue = requestContext(fixedCaller, 'request of a test');
  const { data, errors } = await graphql({ schema: schemaFor(context), source: print(document), variableValues: variables, contextValue });
  if (errors?.[0]) throw errors[0].originalError ?? errors[0];
  return JSON.parse(JSON.stringify(data));
}
