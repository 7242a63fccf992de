import type { CatalogueCustomer } from './people.ts';
import { Random } from './random.ts';
import type { Action, ColumnValue, EntryReference, Step, StepContext } from './step.model.ts';
import { instantText, type Micros } from './time.ts';

export interface Product {
  readonly sku: string;
  readonly currency: string;
  readonly demand: number;
  readonly mostPerLine: number;
  priceCents: number;
  stock: number;
  safetyStock: number | null;
  isActive: boolean;
}

export interface OrderLine {
  readonly key: string;
  readonly product: Product;
  readonly priceCents: number;
  quantity: number;
  status: 'ORDERED' | 'CANCELLED' | 'REFUNDED';
}

export type PaymentMethod = 'CARD' | 'BANK_TRANSFER' | 'WALLET' | 'CASH';
export interface Payment {
  readonly key: string;
  readonly method: PaymentMethod;
  status: 'PENDING' | 'AUTHORIZED' | 'SETTLED' | 'FAILED' | 'REFUNDED';
}

export type OrderStatus = 'PENDING' | 'CONFIRMED' | 'PROCESSING' | 'SHIPPED' | 'DELIVERED' | 'CANCELLED' | 'REFUNDED';
export interface Order {
  readonly number: string;
  readonly customer: CatalogueCustomer;
  readonly currency: string;
  readonly lines: OrderLine[];
  readonly payments: Payment[];
  status: OrderStatus;
  shippingCents: number;
}

/** Exact: 129999 is `1299.99`. */
export function money(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

export interface ShopOptions {
  /** What is chosen at random is chosen by it. */
  readonly seed?: string;
  /** The time that rows are given for what happens at a moment of the plan; that moment itself when left out. */
  readonly clock?: (at: Micros) => Micros;
}

/** The shop as it stands at a moment, and every step that led there. Methods change the state and give the action that does so in the tables. */
export class Shop {
  readonly products = new Map<string, Product>();
  readonly customers: CatalogueCustomer[] = [];
  readonly steps: Step[] = [];
  private readonly seed: string;
  readonly clock: (at: Micros) => Micros;

  constructor({ seed = '', clock = (at) => at }: ShopOptions = {}) {
    this.seed = seed;
    this.clock = clock;
  }

  /** A stream of its own for a part of the shop. */
  random(stream: string): Random {
    return new Random(this.seed + stream);
  }

  /** As it goes into a column. */
  instant(at: Micros): string {
    return instantText(this.clock(at));
  }

  record(at: Micros, context: StepContext, actions: readonly Action[], cause?: EntryReference): void {
    this.steps.push({ at, context, actions, cause });
  }

  product(sku: string): Product {
    const product = this.products.get(sku);
    if (!product) throw new Error(`the shop has no product ${sku}`);
    return product;
  }

  changeStock(product: Product, by: number): Action {
    if (product.stock + by < 0) throw new Error(`the shop has not got ${-by} of ${product.sku}`);
    product.stock += by;
    return { kind: 'update', table: 'products', key: product.sku, set: { stock_quantity: product.stock } };
  }

  setSafetyStock(product: Product, safetyStock: number): Action {
    product.safetyStock = safetyStock;
    return { kind: 'update', table: 'products', key: product.sku, set: { safety_stock: safetyStock } };
  }

  setPrice(product: Product, priceCents: number): Action {
    product.priceCents = priceCents;
    return { kind: 'update', table: 'products', key: product.sku, set: { price: money(priceCents) } };
  }

  deactivate(product: Product): Action {
    product.isActive = false;
    return { kind: 'update', table: 'products', key: product.sku, set: { is_active: false } };
  }

  setStatus(order: Order, status: OrderStatus): Action {
    order.status = status;
    return { kind: 'update', table: 'orders', key: order.number, set: { status } };
  }

  setLineStatus(line: OrderLine, status: OrderLine['status']): Action {
    line.status = status;
    return { kind: 'update', table: 'order_items', key: line.key, set: { status } };
  }

  setQuantity(line: OrderLine, quantity: number): Action {
    line.quantity = quantity;
    return { kind: 'update', table: 'order_items', key: line.key, set: { quantity, line_total: money(quantity * line.priceCents) } };
  }

  setPayment(payment: Payment, status: Payment['status'], at: Micros): Action {
    payment.status = status;
    const set: Readonly<Record<string, ColumnValue>> = status === 'SETTLED' ? { status, settled_at: this.instant(at) } : { status };
    return { kind: 'update', table: 'payments', key: payment.key, set };
  }

  /** A first payment, or another try after one that failed. */
  addPayment(order: Order, method: PaymentMethod, reference: string, at: Micros): Action {
    const number = order.payments.length + 1;
    const payment: Payment = { key: `PAY-${order.number}${number > 1 ? `-${number}` : ''}`, method, status: 'PENDING' };
    order.payments.push(payment);
    const { key, status } = payment;
    const amount = money(totalCents(order));
    const row = { key, order: order.number, method, status, amount, currency: order.currency, reference, created_at: this.instant(at) };
    return { kind: 'insert', table: 'payments', rows: [row] };
  }

  /** What the order costs now, after a line or the shipping changed; an open payment follows. */
  setAmounts(order: Order): Action[] {
    const total = money(totalCents(order));
    const set = { subtotal: money(subtotalCents(order)), shipping_amount: money(order.shippingCents), total };
    const open = openPayment(order);
    return [
      { kind: 'update', table: 'orders', key: order.number, set },
      ...(open ? [{ kind: 'update', table: 'payments', key: open.key, set: { amount: total } } as const] : []),
    ];
  }
}

/** Of the lines that still stand. */
export function subtotalCents(order: Pick<Order, 'lines'>): number {
  return order.lines.filter(({ status }) => status === 'ORDERED').reduce((sum, { quantity, priceCents }) => sum + quantity * priceCents, 0);
}

export function totalCents(order: Pick<Order, 'lines' | 'shippingCents'>): number {
  return subtotalCents(order) + order.shippingCents;
}

/** The payment that may still be collected. */
export function openPayment(order: Order): Payment | undefined {
  return order.payments.find(({ status }) => status === 'PENDING' || status === 'AUTHORIZED');
}
