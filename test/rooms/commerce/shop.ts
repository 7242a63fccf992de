import 'reflect-metadata';
import { sql } from 'drizzle-orm';
import { type ExecutionResult, type GraphQLSchema, graphql } from 'graphql';
import { ViewerResolver } from '../../../src/rooms/access/viewer.resolver.ts';
import { PointService } from '../../../src/rooms/audit/point.service.ts';
import { ShopMoments } from '../../../src/rooms/audit/shop-moments.ts';
import { CommerceService } from '../../../src/rooms/commerce/commerce.service.ts';
import { CustomerResolver } from '../../../src/rooms/commerce/customer.resolver.ts';
import { NodeResolver } from '../../../src/rooms/commerce/node.resolver.ts';
import { NodeRegistry, registerCommerceNodes } from '../../../src/rooms/commerce/node-registry.ts';
import { OrderResolver } from '../../../src/rooms/commerce/order.resolver.ts';
import { OrderItemResolver } from '../../../src/rooms/commerce/order-item.resolver.ts';
import { PaymentResolver } from '../../../src/rooms/commerce/payment.resolver.ts';
import { ProductResolver } from '../../../src/rooms/commerce/product.resolver.ts';
import { TraceableResolver } from '../../../src/rooms/commerce/traceable.resolver.ts';
import { UserResolver } from '../../../src/rooms/commerce/user.resolver.ts';
import { schemaFrom } from '../../../src/server/schema.ts';
import { fixedCaller } from '../../../src/shared/caller.ts';
import { CursorCodec } from '../../../src/shared/cursor.ts';
import { type RequestContext, requestContext } from '../../../src/shared/request-context.ts';
import type { TestDatabase } from '../../support/databases.ts';

const codec = new CursorCodec('a secret for tests only');

function contextOf(tenant: string): RequestContext {
  return requestContext({ ...fixedCaller, tenant }, `request-${tenant}`);
}

function serviceOf({ database }: TestDatabase): CommerceService {
  return new CommerceService(database, codec, new ShopMoments(database, new PointService(database, codec)));
}

function shopSchema(service: CommerceService): GraphQLSchema {
  return schemaFrom([
    new ViewerResolver(),
    new NodeResolver(registerCommerceNodes(new NodeRegistry(), service)),
    new TraceableResolver(),
    new UserResolver(service),
    new CustomerResolver(service),
    new ProductResolver(service),
    new OrderResolver(service),
    new OrderItemResolver(service),
    new PaymentResolver(service),
  ]);
}

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
    const result = await graphql({ schema: schemaFor(context), source, variableValues, contextValue: contextOf(tenant) });
    return { ...result, statements };
  } finally {
    stop();
  }
}

/** The answer of an operation that must succeed, as plain JSON. */
export async function answer(
  context: TestDatabase,
  tenant: string,
  source: string,
  variables?: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { data, errors } = await ask(context, tenant, source, variables);
  if (errors?.[0]) throw errors[0].originalError ?? errors[0];
  return JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
}

const schemas = new WeakMap<TestDatabase, GraphQLSchema>();

function schemaFor(context: TestDatabase): GraphQLSchema {
  let schema = schemas.get(context);
  if (!schema) {
    schema = shopSchema(serviceOf(context));
    schemas.set(context, schema);
  }
  return schema;
}

/** Rows as they go into a table; ids are the tenant's own. */
async function insert({ owner }: TestDatabase, table: string, tenant: string, rows: readonly Record<string, unknown>[]): Promise<void> {
  if (rows.length === 0) return;
  const name = sql.raw(`commerce.${table}`);
  const columns = sql.raw(['tenant', ...Object.keys(rows[0] ?? {})].join(', '));
  const json = JSON.stringify(rows.map((row) => ({ ...row, tenant })));
  await owner.run(
    sql`insert into ${name} (${columns}) select ${columns} from jsonb_populate_recordset(null::${name}, ${json}::text::jsonb)`,
  );
}

/** A small shop: 2 users, 3 customers (the last without orders), 3 products, 4 orders (the last without a customer), 6 items, 4 payments. */
export async function openShop(context: TestDatabase, tenant: string): Promise<void> {
  const usd = { currency: 'USD' };
  await insert(context, 'users', tenant, [
    {
      id: 1,
      key: 'ann',
      email: 'ann@shop.example',
      display_name: 'Ann Lee',
      roles: ['admin', 'buyer'],
      is_active: true,
      created_at: '2026-01-01',
    },
    { id: 2, key: 'bob', email: null, display_name: 'Bob Ray', roles: [], is_active: false, created_at: '2026-01-02' },
  ]);
  await insert(context, 'customers', tenant, [
    { id: 1, key: 'C1', email: 'cara@mail.example', name: 'Cara', phone: null, created_by: 1, created_at: '2026-01-03' },
    { id: 2, key: 'C2', email: 'same@mail.example', name: 'Dan', phone: '+1 555', created_by: null, created_at: '2026-01-03' },
    { id: 3, key: 'C3', email: 'same@mail.example', name: 'Eve', phone: null, created_by: null, created_at: '2026-01-04' },
  ]);
  const stocked = { ...usd, is_active: true, created_at: '2026-01-01' };
  await insert(context, 'products', tenant, [
    {
      ...stocked,
      id: 1,
      sku: 'LAPTOP-15',
      name: 'Laptop 15',
      categories: ['Computers', 'Laptops'],
      price: '1199.99',
      stock_quantity: 7,
      safety_stock: 2,
    },
    { ...stocked, id: 2, sku: 'CABLE', name: 'Cable', categories: [], price: '0.0001', stock_quantity: 500, safety_stock: null },
    {
      ...stocked,
      id: 9007199254740993n.toString(),
      sku: 'RING',
      name: 'Ring',
      categories: [],
      price: '5',
      stock_quantity: -1,
      safety_stock: null,
    },
  ]);
  const order = { ...usd, subtotal: '1', shipping_amount: '0' };
  await insert(context, 'orders', tenant, [
    { ...order, id: 1, number: '121', customer_id: 1, status: 'pending', total: '10', placed_at: '2026-02-01T10:00:00.000001Z' },
    { ...order, id: 2, number: '122', customer_id: 1, status: 'DELIVERED', total: '20.5', placed_at: '2026-02-01T10:00:00.000002Z' },
    { ...order, id: 3, number: '123', customer_id: 2, status: 'Lost in post', total: '1199.99', placed_at: '2026-02-02T10:00:00Z' },
    { ...order, id: 4, number: '124', customer_id: null, status: 'shipped', total: '3', placed_at: '2026-02-03T10:00:00Z' },
  ]);
  const item = (id: number, orderId: number, line: number, productId: number | string) => ({
    ...{
      id,
      order_id: orderId,
      line,
      key: `${120 + orderId}/${line}`,
      product_id: productId,
      quantity: line,
      unit_price: '5',
      line_total: 5 * line,
    },
    ...usd,
    status: 'ORDERED',
  });
  await insert(context, 'order_items', tenant, [
    item(1, 1, 2, 2),
    item(2, 1, 1, 1),
    item(3, 2, 1, '9007199254740993'),
    item(4, 3, 1, 1),
    item(5, 3, 2, 1),
    item(6, 4, 1, 2),
  ]);
  const paid = { ...usd, method: 'card', created_at: '2026-02-04' };
  await insert(context, 'payments', tenant, [
    { ...paid, id: 1, key: 'P1', order_id: 1, status: 'settled', amount: '4', reference: 'ch_1', settled_at: '2026-02-05' },
    { ...paid, id: 2, key: 'P2', order_id: 1, status: 'failed', amount: '6', reference: null, settled_at: null },
    {
      ...paid,
      id: 3,
      key: 'P3',
      order_id: 3,
      status: 'Chargeback',
      amount: '1199.99',
      reference: 'ch_3',
      settled_at: null,
      method: 'cheque',
    },
    { ...paid, id: 4, key: 'P4', order_id: 4, status: 'settled', amount: '3', reference: null, settled_at: '2026-02-06' },
  ]);
}
