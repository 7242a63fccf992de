import DataLoader from 'dataloader';
import type { CursorCodec } from '../../shared/cursor.ts';
import { type Page, type PageRequest, pageWindow } from '../../shared/page.ts';
import { cursorScope } from '../../shared/page-keyset.ts';
import { type NestedList, NestedPages } from '../../shared/page-nested.ts';
import type { ReadRows, Row } from '../../shared/page-read.ts';
import type { Customer, Entity, Order, OrderItem, Payment, Product, User } from './commerce.model.ts';
import { customerList } from './customer.queries.ts';
import { EntityLoaders } from './entity.loaders.ts';
import type { Moment } from './moment.model.ts';
import { type OrderFilter, orderList, ordersOfCustomers } from './order.queries.ts';
import { itemsOfOrders, orderItemTable } from './order-item.queries.ts';
import { paymentList, paymentsOfCustomers, paymentsOfOrders } from './payment.queries.ts';
import { productList } from './product.queries.ts';
import { userList } from './user.queries.ts';

const ordersPerStatement = 500;

/** The batches of one request for one tenant, at one moment. */
export class CommerceLoaders {
  readonly users: EntityLoaders<User>;
  readonly customers: EntityLoaders<Customer>;
  readonly products: EntityLoaders<Product>;
  readonly orders: EntityLoaders<Order>;
  readonly orderItems: EntityLoaders<OrderItem>;
  readonly payments: EntityLoaders<Payment>;
  private readonly items: DataLoader<string, OrderItem[]>;
  private readonly nested = new Map<string, NestedPages<unknown>>();

  constructor(
    private readonly read: ReadRows,
    private readonly tenant: string,
    private readonly codec: CursorCodec,
    private readonly moment: Moment | null,
  ) {
    this.users = new EntityLoaders(read, userList, tenant, moment);
    this.customers = new EntityLoaders(read, customerList, tenant, moment);
    this.products = new EntityLoaders(read, productList, tenant, moment);
    this.orders = new EntityLoaders(read, orderList, tenant, moment);
    this.orderItems = new EntityLoaders(read, orderItemTable, tenant, moment);
    this.payments = new EntityLoaders(read, paymentList, tenant, moment);
    this.items = new DataLoader((orderIds) => this.readItems(orderIds), { maxBatchSize: ordersPerStatement });
  }

  /** Lines of an order, first line first. */
  itemsOfOrder(orderId: string): Promise<OrderItem[]> {
    return this.items.load(orderId);
  }

  ordersOfCustomer(customerId: string, request: PageRequest, filter: OrderFilter | null | undefined): Promise<Page<Order>> {
    const list = () => ordersOfCustomers(this.tenant, filter, this.moment);
    return this.pagesOf('orders of customers', this.orders, list, request, filter).pageOf(customerId);
  }

  paymentsOfCustomer(customerId: string, request: PageRequest): Promise<Page<Payment>> {
    return this.pagesOf('payments of customers', this.payments, () => paymentsOfCustomers(this.tenant, this.moment), request).pageOf(
      customerId,
    );
  }

  paymentsOfOrder(orderId: string, request: PageRequest): Promise<Page<Payment>> {
    return this.pagesOf('payments of orders', this.payments, () => paymentsOfOrders(this.tenant, this.moment), request).pageOf(orderId);
  }

  /** Parents that are asked with the same arguments share a batch; other arguments (an alias) make another. */
  private pagesOf<T extends Entity>(
    name: string,
    loaders: EntityLoaders<T>,
    listOf: () => NestedList<T>,
    { first, last, after, before }: PageRequest,
    filter: unknown = null,
  ): NestedPages<T> {
    const key = JSON.stringify([name, first, last, after, before, filter]);
    let pages = this.nested.get(key) as NestedPages<T> | undefined;
    if (!pages) {
      const list = listOf();
      const window = pageWindow({ first, last, after, before }, this.codec, this.tenant, cursorScope(list.name, list.order));
      const kept = { ...list, toRecord: (row: Row) => loaders.take(row) };
      pages = new NestedPages(this.read, kept, window, { codec: this.codec, tenant: this.tenant });
      this.nested.set(key, pages);
    }
    return pages;
  }

  private async readItems(orderIds: readonly string[]): Promise<OrderItem[][]> {
    const items = (await this.read(itemsOfOrders(this.tenant, orderIds, this.moment))).map((row) => this.orderItems.take(row));
    const byOrder = new Map(orderIds.map((id): [string, OrderItem[]] => [id, []]));
    for (const item of items) byOrder.get(item.orderId)?.push(item);
    return orderIds.map((id) => byOrder.get(id) ?? []);
  }
}
