import { call } from '../demo-shop/accounts.ts';
import { by } from '../demo-shop/actors.ts';
import { catalogue } from '../demo-shop/catalogue.ts';
import { OrderLife } from '../demo-shop/order-life.ts';
import { OrderPlacing } from '../demo-shop/order-placing.ts';
import type { CatalogueCustomer } from '../demo-shop/people.ts';
import { planNightlyRun } from '../demo-shop/prices.ts';
import type { Random } from '../demo-shop/random.ts';
import { seasonDays, seasonEnd } from '../demo-shop/season.ts';
import { type Product, Shop } from '../demo-shop/shop.ts';
import type { Step } from '../demo-shop/step.model.ts';
import { damage, followDemand, planReceipt } from '../demo-shop/stock.ts';
import { day, hour, type Micros, whenAtWork } from '../demo-shop/time.ts';
import { Timeline } from '../demo-shop/timeline.ts';

/** What the tables hold of the shop. */
export interface ShopState {
  readonly products: readonly Product[];
  readonly customers: readonly CatalogueCustomer[];
  readonly lastOrderNumber: number;
}

const ordersPerDay = 5;
/** Lower numbers are the demo shop's, some of which have a story. */
const firstOrderNumber = 1_001;

const priceReasons = [
  { reason: 'Promotion of the week', reasonCode: 'PROMOTION', approvedBy: 'admin' },
  { reason: 'End of the promotion', reasonCode: 'PROMOTION', approvedBy: 'admin' },
  { reason: 'Supplier changed the price', reasonCode: 'COST_CHANGE' },
  { reason: 'Stay close to the price of a competitor', reasonCode: 'COMPETITION', approvedBy: 'admin' },
  null,
];

/**
 * The demo shop after its season, day after day without an end: the same people, orders, prices and stock. Its days pass as fast as steps are
 * taken; `clock` gives the time that rows are given. The same seed and state lead to the same steps. What it keeps in memory does not grow.
 */
export class RunningShop {
  private readonly timeline = new Timeline();
  private readonly shop: Shop;
  private readonly placing: OrderPlacing;
  private readonly life: OrderLife;
  private lastOrderNumber: number;

  constructor({ products, customers, lastOrderNumber }: ShopState, seed: string, clock: () => Micros) {
    this.shop = new Shop({ seed, clock });
    this.placing = new OrderPlacing(this.shop);
    this.life = new OrderLife(this.timeline, this.shop);
    this.lastOrderNumber = Math.max(lastOrderNumber, firstOrderNumber - 1);
    for (const product of products) this.shop.products.set(product.sku, { ...product });
    this.shop.customers.push(...customers);
    this.timeline.at(seasonEnd, (at) => this.beginDay(at, seasonDays));
  }

  next(): Step {
    for (;;) {
      const step = this.shop.steps.shift();
      if (step) return step;
      if (!this.timeline.step()) throw new Error('the shop has no tomorrow');
    }
  }

  /** `index` counts the days since the demo shop opened, which was a Monday. */
  private beginDay(midnight: Micros, index: number): void {
    const { timeline, shop } = this;
    const random = shop.random(`day ${index}`);
    const weekday = index % 7;
    const isWeekend = weekday > 4;
    if (weekday === 0 || weekday === 3) planNightlyRun(timeline, shop, index);
    if (weekday === 1) planReceipt(timeline, shop, (index - weekday) / 7);
    const count = Math.floor(ordersPerDay * (isWeekend ? 0.6 : 1.15) + random.next());
    for (let i = 0; i < count; i++) timeline.at(midnight + random.micros(7 * hour, 23 * hour), (at) => this.place(at));
    if (!isWeekend) this.planChores(midnight, random);
    timeline.at(midnight + day, (at) => this.beginDay(at, index + 1));
  }

  private place(at: Micros): void {
    const onOffer = [...this.shop.products.values()].filter(({ isActive, stock }) => isActive && stock > 0);
    // Until the next delivery an empty shelf sells nothing.
    if (new Set(onOffer.map(({ currency }) => currency)).size < 2) return;
    this.lastOrderNumber++;
    this.life.begin(this.placing.place({ at, number: String(this.lastOrderNumber), script: 'ordinary' }), at, 'ordinary');
  }

  /** What is done on some days, at work. */
  private planChores(midnight: Micros, random: Random): void {
    const chores: readonly [chance: number, chore: (shop: Shop, random: Random, at: Micros) => void][] = [
      [0.6, changePrice],
      [0.3, damage],
      [0.25, followDemand],
      [0.4, call],
    ];
    for (const [chance, chore] of chores) {
      if (random.chance(chance)) {
        this.timeline.at(whenAtWork(midnight + random.micros(8 * hour, 16 * hour), random), (at) => chore(this.shop, random, at));
      }
    }
  }
}

/** Somebody sets another price, mostly for a reason; never far from the usual one. */
function changePrice(shop: Shop, random: Random, at: Micros): void {
  const usual = random.pick(catalogue.filter(({ sku }) => shop.products.get(sku)?.isActive));
  const product = shop.product(usual.sku);
  const priceCents = Math.round((usual.priceCents * random.integer(85, 112)) / 100);
  const why = random.pick(priceReasons);
  const deed = { operationName: 'PRICE_CHANGED', ...(why && { ...why, reference: `PRC-${random.integer(1000, 9999)}` }) };
  if (priceCents !== product.priceCents) {
    shop.record(at, by(why ? 'priya' : 'jonas', at, deed), [shop.setPrice(product, priceCents)]);
  }
}
