import type { GraphQLFormattedError } from 'graphql';
import { openGraphql } from '../../src/server/graphql.ts';
import { type Caller, fixedCaller } from '../../src/shared/caller.ts';
import { openLog } from '../../src/shared/log.ts';
import { requestContext } from '../../src/shared/request-context.ts';
import type { TestDatabase } from './databases.ts';
import { schemaFor } from './schema.ts';

/** What the server answers, with codes as callers see them. */
export async function answered<Data>(
  context: Pick<TestDatabase, 'database' | 'owner'>,
  query: string,
  caller: Partial<Caller> = {},
  variables?: Record<string, unknown>,
): Promise<{ data: Data | undefined; errors: readonly GraphQLFormattedError[] }> {
  const executor = await openGraphql(schemaFor(context), openLog('silent'));
  const request = { method: 'POST', query, variables, operationName: undefined, extensions: undefined } as const;
  const { answer } = await executor.execute(request, requestContext({ ...fixedCaller, ...caller }, 'request of a test'));
  await executor.stop();
  return { data: answer.data as Data | undefined, errors: answer.errors ?? [] };
}
