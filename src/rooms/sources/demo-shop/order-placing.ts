import { by, service } from './actors.ts';
import { Random } from './random.ts';
import type { Arrival } from './season.ts';
import { money, type Order, type OrderLine, type PaymentMethod, type Product, type Shop, subtotalCents, totalCents } from './shop.ts';
import type { Action, StepContext } from './step.model.ts';
import { type Micros, whenAtWork } from './time.ts';

interface Wish {
  readonly currency: string;
  readonly method: PaymentMethod;
  readonly basket: readonly (readonly [product: Product, quantity: number])[];
}

const freeShippingFromCents = 30_000;
const methods = [
  ['CARD', 55],
  ['BANK_TRANSFER', 20],
  ['WALLET', 17],
  ['CASH', 8],
] as const;

/** Orders come in: what is bought, at the price of that moment, and taken from the stock. */
export class OrderPlacing {
  private readonly random: Random;
  /** What a product cost on the first day it was bought: cheaper than that, it is bought more often. */
  private readonly usualCents = new Map<string, number>();

  constructor(private readonly shop: Shop) {
    this.random = shop.random('placing');
  }

  place({ at, number, script }: Arrival): Order {
    const { random, shop } = this;
    const wish = script === 'story' ? this.storyWish() : this.wish(script === 'batch');
    const customer = script === 'story' ? shop.customers[16] : random.pick(shop.customers);
    if (!customer) throw new Error('the shop has no customers yet');
    const lines = wish.basket.map(([product, quantity], i): OrderLine => {
      return { key: `${number}/${i + 1}`, product, priceCents: product.priceCents, quantity, status: 'ORDERED' };
    });
    const isPickup = wish.method === 'CASH';
    const shippingCents = isPickup || subtotalCents({ lines }) >= freeShippingFromCents ? 0 : random.pick([690, 690, 690, 1490]);
    const order: Order = { number, customer, currency: wish.currency, lines, payments: [], status: 'PENDING', shippingCents };
    const shippingMethod = isPickup ? 'PICKUP' : shippingCents === 1490 ? 'EXPRESS' : 'STANDARD';
    const payment = shop.addPayment(order, wish.method, `ref_${random.hex(12)}`, at);
    shop.record(at, this.context(at, order, script === 'story'), [
      ...rowsOf(order, shippingMethod, shop.instant(at)),
      payment,
      ...lines.map(({ product, quantity }) => shop.changeStock(product, -quantity)),
    ]);
    return order;
  }

  /** Most come through the shop on the web; the staff enters some while at work. */
  private context(at: Micros, { number }: Order, isOnline: boolean): StepContext {
    const { random } = this;
    const deed = { operationName: 'ORDER_PLACED', reasonCode: 'SALE', reference: `order ${number}` };
    if (!isOnline && whenAtWork(at, new Random('nobody')) === at && random.chance(0.4)) {
      return by(random.pick(['mia', 'jonas'] as const), at, { ...deed, reason: `Order ${number} taken on the telephone` });
    }
    const visit = random.hex(16);
    return service('webshop', {
      ...{
        ...deed,
        reason: `Order ${number} placed on the web`,
        session: `visit-${visit.slice(0, 8)}`,
        hostName: 'web-2.demo-shop.example',
      },
      ...{ clientIp: `203.0.113.${random.integer(10, 250)}`, traceParent: `00-${random.hex(32)}-${visit}-01` },
    });
  }

  private wish(isBatch: boolean): Wish {
    const { random } = this;
    const currency = random.chance(0.12) ? 'EUR' : 'USD';
    const count = random.weighted([1, 2, 3], (n) => [0, 45, 38, 17][n] ?? 0);
    const basket = new Map<Product, number>();
    for (let tries = 0; basket.size < count && tries < 20; tries++) {
      const onOffer = [...this.shop.products.values()].filter((one) => one.isActive && one.currency === currency && one.stock > 0);
      const product = random.weighted(onOffer, (one) => this.appeal(one));
      basket.set(product, Math.min(product.stock, random.integer(1, product.mostPerLine)));
    }
    const method = isBatch ? 'BANK_TRANSFER' : random.weighted(methods, ([, share]) => share)[0];
    return { currency, method, basket: [...basket] };
  }

  private storyWish(): Wish {
    const { shop } = this;
    return {
      currency: 'USD',
      method: 'CARD',
      basket: [
        [shop.product('LAPTOP-15'), 1],
        [shop.product('SKU001'), 2],
      ],
    };
  }

  private appeal({ sku, demand, priceCents }: Product): number {
    const usual = this.usualCents.get(sku) ?? priceCents;
    this.usualCents.set(sku, usual);
    const cheaper = usual / priceCents;
    return demand * cheaper * cheaper * cheaper;
  }
}

function rowsOf(order: Order, shippingMethod: string, placedAt: string): Action[] {
  const { number, customer, currency, lines, status, shippingCents } = order;
  const amounts = {
    subtotal: money(subtotalCents(order)),
    shipping_amount: money(shippingCents),
    total: money(totalCents(order)),
    currency,
  };
  const shipping = { shipping_name: customer.name, shipping_address: customer.address, shipping_method: shippingMethod };
  const items = lines.map(({ key, product, priceCents, quantity }, i) => {
    const prices = { unit_price: money(priceCents), line_total: money(priceCents * quantity), currency };
    return { order: number, line: i + 1, key, product: product.sku, quantity, ...prices, status: 'ORDERED' };
  });
  return [
    {
      kind: 'insert',
      table: 'orders',
      rows: [{ number, customer: customer.key, status, ...amounts, ...shipping, placed_at: placedAt }],
    },
    { kind: 'insert', table: 'order_items', rows: items },
  ];
}
