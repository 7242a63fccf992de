import { sql } from 'drizzle-orm';
import { type ExecutionResult, graphql } from 'graphql';
import type { TestDatabase } from '../../support/databases.ts';
import { schemaFor } from '../../support/schema.ts';
import { contextOf } from './callers.ts';

/** What a tenant is answered, and the names of the statements that were sent for it, in order. */
export async function ask(
  context: TestDatabase,
  tenant: string,
  source: string,
  variableValues: Record<string, unknown> = {},
): Promise<ExecutionResult & { statements: string[] }> {
  const statements: string[] = [];
  const stop = context.observe(({ asked }) => statements.push(/^\/\* (\S+) \*\//.exec(asked.text)?.[1] ?? asked.text));
  try {
    return { ...(await graphql({ schema: schemaFor(context), source, variableValues, contextValue: contextOf(tenant) })), statements };
  } finally {
    stop();
  }
}

/** The answer of an operation that must succeed, as plain JSON. */
export async function answer<T = Record<string, never>>(
  context: TestDatabase,
  tenant: string,
  source: string,
  variables?: Record<string, unknown>,
): Promise<T> {
  const { data, errors } = await ask(context, tenant, source, variables);
  if (errors?.[0]) throw errors[0].originalError ?? errors[0];
  return JSON.parse(JSON.stringify(data)) as T;
}

/** Code and message of the first error. */
export async function refusal(context: TestDatabase, tenant: string, source: string, variables?: Record<string, unknown>): Promise<string> {
  const { errors } = await ask(context, tenant, source, variables);
  const error = errors?.[0]?.originalError as { code?: string; message?: string } | undefined;
  return `${error?.code}: ${error?.message}`;
}

/** Rows as they go into a table of the shop; ids are the tenant's own. */
export async function insert(
  { owner }: TestDatabase,
  table: string,
  tenant: string,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  const name = sql.raw(`commerce.${table}`);
  const columns = sql.raw(['tenant', ...Object.keys(rows[0] ?? {})].join(', '));
  const json = JSON.stringify(rows.map((row) => ({ ...row, tenant })));
  await owner.run(
    sql`insert into ${name} (${columns}) select ${columns} from jsonb_populate_recordset(null::${name}, ${json}::text::jsonb)`,
  );
}
