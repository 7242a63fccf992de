import { type SQL, sql } from 'drizzle-orm';
import { type ExecutionResult, graphql } from 'graphql';
import type { WriteContext } from '../../../src/database/database.ts';
import { type Caller, fixedCaller } from '../../../src/shared/caller.ts';
import { requestContext } from '../../../src/shared/request-context.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { schemaFor } from '../../support/schema.ts';

type Variables = Record<string, unknown>;

/** What a tenant is answered, and the names of the statements that were sent for it, in order. */
export async function ask(
  context: TestDatabase,
  tenant: string,
  source: string,
  variableValues: Variables = {},
  caller: Partial<Caller> = {},
): Promise<ExecutionResult & { statements: string[] }> {
  const statements: string[] = [];
  const stop = context.observe(({ asked }) => statements.push(/^\s*\/\* (\S+) \*\//.exec(asked.text)?.[1] ?? asked.text));
  try {
    const contextValue = requestContext({ ...fixedCaller, ...caller, tenant }, `request-${tenant}`);
    return { ...(await graphql({ schema: schemaFor(context), source, variableValues, contextValue })), statements };
  } finally {
    stop();
  }
}

/** The query states the shape of its answer; a test reads deep into it. */
type Parsed = ReturnType<typeof JSON.parse>;

/** The answer of an operation that must succeed, as plain JSON. */
export async function answer<T = Parsed>(context: TestDatabase, tenant: string, source: string, variables?: Variables): Promise<T> {
  const { data, errors } = await ask(context, tenant, source, variables);
  if (errors?.[0]) throw errors[0].originalError ?? errors[0];
  return JSON.parse(JSON.stringify(data)) as T;
}

/** `extensions.code` of the first error. */
export async function codeOf(
  context: TestDatabase,
  tenant: string,
  source: string,
  variables?: Variables,
  caller?: Partial<Caller>,
): Promise<string | undefined> {
  const { errors } = await ask(context, tenant, source, variables, caller);
  const origin = errors?.[0]?.originalError as { code?: string } | undefined;
  return origin?.code ?? (errors?.[0] ? `graphql: ${errors[0].message}` : undefined);
}

/** One transaction of an importer, so that it may set the time. Where from is said, too: each database would fill in something else. */
export async function change(context: TestDatabase, who: WriteContext, ...statements: SQL[]): Promise<void> {
  const somewhere = { application: 'terminal', session: 's-0', clientIp: '192.0.2.1' };
  await context.source.write({ ...somewhere, ...who }, async (tx) => {
    for (const statement of statements) await tx.run(statement);
  });
}

/** Rows as they go into a table of the shop, with the context of their transaction. */
export function insert(table: string, tenant: string, ...rows: Record<string, unknown>[]): SQL {
  const name = sql.raw(`commerce.${table}`);
  const columns = sql.raw(['tenant', ...Object.keys(rows[0] ?? {})].join(', '));
  const text = JSON.stringify(rows.map((row) => ({ ...row, tenant })));
  return sql`insert into ${name} (${columns}) select ${columns} from jsonb_populate_recordset(null::${name}, ${text}::text::jsonb)`;
}

export const ann = {
  id: 1,
  key: 'ann',
  email: 'ann@shop.example',
  display_name: 'Ann Price',
  roles: ['admin'],
  is_active: true,
  created_at: '2026-01-01',
};
export const bob = { ...ann, id: 2, key: 'bob', email: 'bob@shop.example', display_name: 'Bob Ray' };
export const laptop = {
  ...{ id: 1, sku: 'LAPTOP-15', name: 'Laptop 15', categories: ['Computers'], price: '1299.99', currency: 'USD', stock_quantity: 7 },
  ...{ safety_stock: 2, is_active: true, created_at: '2026-01-01' },
};

/** Two users and a laptop, its price lowered by Ann for a reason, its stock by nobody in particular. */
export async function openTrail(context: TestDatabase, tenant: string): Promise<void> {
  const setup = { tenant, actor: 'setup', actorKind: 'SERVICE', occurredAt: '2026-01-01T08:00:00Z' };
  await change(context, setup, insert('users', tenant, ann, bob), insert('products', tenant, laptop));
  await change(
    context,
    {
      ...{ tenant, actor: 'ann', role: 'buyer', reason: 'spring promotion', reasonCode: 'PROMOTION', reference: 'T-1', approvedBy: 'bob' },
      ...{
        occurredAt: '2026-02-01T09:00:00Z',
        application: 'shop',
        clientIp: '10.1.2.3',
        requestId: 'r-1',
        session: 's-1',
        recordSource: 'erp',
      },
    },
    sql`update commerce.products set price = 1199.99 where tenant = ${tenant} and id = 1`,
  );
  await change(
    context,
    { tenant, actor: '', occurredAt: '2026-02-02T09:00:00Z' },
    sql`update commerce.products set stock_quantity = 5 where tenant = ${tenant} and id = 1`,
  );
}
