import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Database } from '../../database/database.ts';
import { customers, orders, payments, products, users } from '../../database/tables/commerce.ts';
import type { AsOf } from '../../shared/as-of.input.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { DomainError } from '../../shared/errors.ts';
import type { FilterTree } from '../../shared/filter.ts';
import { bigintKeyOfGlobalId } from '../../shared/global-id.ts';
import { type Page, type PageRequest, pageWindow } from '../../shared/page.ts';
import { cursorScope } from '../../shared/page-keyset.ts';
import { readPage } from '../../shared/page-read.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { CommerceLoaders } from './commerce.loaders.ts';
import type { Customer, Entity, Order, OrderItem, Payment, Product, User } from './commerce.model.ts';
import { type CustomerFilter, type CustomerOrderField, customerList } from './customer.queries.ts';
import type { EntityLoaders } from './entity.loaders.ts';
import { type EntityList, entityList, type ListRequest } from './entity.queries.ts';
import type { Moments } from './moment.model.ts';
import { type OrderFilter, type OrderOrderField, orderList } from './order.queries.ts';
import { type PaymentFilter, type PaymentOrderField, paymentList } from './payment.queries.ts';
import { type ProductFilter, type ProductOrderField, productList } from './product.queries.ts';
import { type UserFilter, type UserOrderField, userList } from './user.queries.ts';

/** Names one entity: exactly one field is given, `id` being a global id. */
export type Identifier<Field extends string> = { readonly [name in 'id' | 'key' | Field]?: string | null };
type ListArgs<F, O extends string> = PageRequest & ListRequest<F, O> & { readonly asOf?: AsOf | null };
type AsOfArgument = AsOf | null | undefined;

/**
 * The shop as it is now, or as it was. An id or key that this tenant does not have is `null`, whoever else has it. What hangs below an entity is
 * read at the moment that the entity is shown at.
 */
export class CommerceService {
  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly moments: Moments,
  ) {}

  users(ctx: RequestContext, args: ListArgs<UserFilter, UserOrderField>): Promise<Page<User>> {
    return this.page(ctx, (loaders) => loaders.users, userList, args);
  }
  customers(ctx: RequestContext, args: ListArgs<CustomerFilter, CustomerOrderField>): Promise<Page<Customer>> {
    return this.page(ctx, (loaders) => loaders.customers, customerList, args);
  }
  products(ctx: RequestContext, args: ListArgs<ProductFilter, ProductOrderField>): Promise<Page<Product>> {
    return this.page(ctx, (loaders) => loaders.products, productList, args);
  }
  orders(ctx: RequestContext, args: ListArgs<OrderFilter, OrderOrderField>): Promise<Page<Order>> {
    return this.page(ctx, (loaders) => loaders.orders, orderList, args);
  }
  payments(ctx: RequestContext, args: ListArgs<PaymentFilter, PaymentOrderField>): Promise<Page<Payment>> {
    return this.page(ctx, (loaders) => loaders.payments, paymentList, args);
  }

  async user(ctx: RequestContext, by: Identifier<'email'>, asOf?: AsOfArgument): Promise<User | null> {
    return find((await this.loadersAt(ctx, asOf)).users, 'User', by, { key: users.key, email: users.email });
  }
  async customer(ctx: RequestContext, by: Identifier<'email'>, asOf?: AsOfArgument): Promise<Customer | null> {
    return find((await this.loadersAt(ctx, asOf)).customers, 'Customer', by, { key: customers.key, email: customers.email });
  }
  async product(ctx: RequestContext, by: Identifier<'sku'>, asOf?: AsOfArgument): Promise<Product | null> {
    return find((await this.loadersAt(ctx, asOf)).products, 'Product', by, { key: products.sku, sku: products.sku });
  }
  async order(ctx: RequestContext, by: Identifier<'number'>, asOf?: AsOfArgument): Promise<Order | null> {
    return find((await this.loadersAt(ctx, asOf)).orders, 'Order', by, { key: orders.number, number: orders.number });
  }
  async payment(ctx: RequestContext, by: Identifier<'reference'>, asOf?: AsOfArgument): Promise<Payment | null> {
    return find((await this.loadersAt(ctx, asOf)).payments, 'Payment', by, { key: payments.key, reference: payments.reference });
  }

  ordersOfCustomer(ctx: RequestContext, customer: Customer, request: PageRequest, filter?: OrderFilter | null): Promise<Page<Order>> {
    return this.loaders(ctx, customer).ordersOfCustomer(customer.id, request, filter);
  }
  paymentsOfCustomer(ctx: RequestContext, customer: Customer, request: PageRequest): Promise<Page<Payment>> {
    return this.loaders(ctx, customer).paymentsOfCustomer(customer.id, request);
  }
  paymentsOfOrder(ctx: RequestContext, order: Order, request: PageRequest): Promise<Page<Payment>> {
    return this.loaders(ctx, order).paymentsOfOrder(order.id, request);
  }
  itemsOfOrder(ctx: RequestContext, order: Order): Promise<OrderItem[]> {
    return this.loaders(ctx, order).itemsOfOrder(order.id);
  }

  /** The batches of this request; other rooms load entities through them too. What is reached `from` an entity is read at its moment. */
  loaders(ctx: RequestContext, from?: Pick<Entity, 'seenAt'> | null): CommerceLoaders {
    const { tenant } = ctx.caller;
    const moment = from?.seenAt ?? null;
    const made = ctx.memo(this, () => new Map<string | null, CommerceLoaders>());
    const key = moment?.key ?? null;
    const loaders =
      made.get(key) ?? new CommerceLoaders((statement) => this.database.read(ctx.caller, statement), tenant, this.codec, moment);
    made.set(key, loaders);
    return loaders;
  }

  /** @throws DomainError for a point in time that there is not. */
  async loadersAt(ctx: RequestContext, asOf: AsOfArgument): Promise<CommerceLoaders> {
    const seenAt = await this.moments.at(ctx, asOf);
    return this.loaders(ctx, seenAt && { seenAt });
  }

  private async page<T extends Entity, F extends FilterTree<F>, O extends string>(
    ctx: RequestContext,
    loadersOf: (loaders: CommerceLoaders) => EntityLoaders<T>,
    entity: EntityList<T, F, O>,
    args: ListArgs<F, O>,
  ): Promise<Page<T>> {
    const { tenant } = ctx.caller;
    const moment = await this.moments.at(ctx, args.asOf);
    await moment?.prepare(entity.table);
    const loaders = loadersOf(this.loaders(ctx, moment && { seenAt: moment }));
    const isBackward = typeof args.last === 'number';
    const list = entityList({ ...entity, toRecord: (row) => loaders.take(row) }, tenant, args, moment, isBackward);
    const window = pageWindow(args, this.codec, tenant, cursorScope(list.name, list.order));
    return readPage((statement) => this.database.read(ctx.caller, statement), list, window, { codec: this.codec, tenant });
  }
}

async function find<T extends Entity, F extends string>(
  loaders: EntityLoaders<T>,
  type: string,
  by: Identifier<F>,
  columns: Readonly<Record<'key' | F, PgColumn>>,
): Promise<T | null> {
  const given = Object.entries<string | null | undefined>(by).filter(([, value]) => value !== undefined);
  const [name, value] = given[0] ?? [];
  if (given.length !== 1 || typeof value !== 'string') {
    throw new DomainError('BAD_USER_INPUT', '"by" must have exactly one field, and that field must not be null.', { argument: 'by' });
  }
  if (name === 'id') return loaders.byId(bigintKeyOfGlobalId(value, type, 'by.id'));
  return loaders.by(columns[name as 'key' | F], value);
}
