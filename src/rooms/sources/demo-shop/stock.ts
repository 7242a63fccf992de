import { by, service, stockClerk } from './actors.ts';
import { catalogue } from './catalogue.ts';
import { Random } from './random.ts';
import { planRun, runIdOf } from './runs.ts';
import { seasonStart } from './season.ts';
import type { Product, Shop } from './shop.ts';
import { day, hour, type Micros, micros, minute, second, whenAtWork } from './time.ts';
import type { Timeline } from './timeline.ts';

const damages = ['Wet carton', 'Dropped while unloading', 'Crushed on the pallet', 'Packaging torn, sent to the outlet', null];
const suppliers = ['Norddeck Supplies', 'Halvorsen Trade', 'Blue Pier Goods'];
/** Whose safety stock is told elsewhere, and stays out of what is done at random. */
const isTold = (sku: string) => sku === 'SKU001';

/** What moves the stock besides orders: receipts, damage, a count; and how much of it should always be there. */
export function planStock(timeline: Timeline, shop: Shop): void {
  for (let i = 0; i < 13; i++) planReceipt(timeline, shop, i);
  planDamage(timeline, shop);
  planCount(timeline, shop, micros('2026-02-03 22:15:00'));
  planSafetyStock(timeline, shop);
  const spring = { reason: 'Safety stock for the spring season', reasonCode: 'PLANNING', reference: 'PLAN-14' };
  planBulkUpdate(timeline, shop, micros('2026-01-20 10:04:11'), '4c0d92be', 'Raise safety stock of supplies', spring);
  const longer = { reason: 'Deliveries take two days longer', reasonCode: 'PLANNING', reference: 'PLAN-19' };
  planBulkUpdate(timeline, shop, micros('2026-02-24 09:31:40'), '9be17a35', 'Longer deliveries', longer);
}

/** On Tuesday mornings what ran low comes in; weeks are counted from the first of the season. */
export function planReceipt(timeline: Timeline, shop: Shop, week: number): void {
  const random = shop.random(`receipt ${week}`);
  const started = seasonStart + (week * 7 + 1) * day + 7 * hour + random.micros(10 * minute, 40 * minute);
  const clerk = stockClerk(started, random);
  const reference = `DN-${4700 + week * 3}`;
  const reason = `Delivery ${reference} from ${random.pick(suppliers)}`;
  planRun(
    timeline,
    shop,
    {
      ...{ runId: runIdOf(shop.clock(started), random.hex(8)), name: `Receipt ${reference}`, prefix: 'RECEIPT', started },
      finished: started + random.micros(70 * second, 400 * second),
      details: { document: reference },
      context: (at, deed) => by(clerk, at, { reason, reasonCode: 'RESTOCK', reference, ...deed }),
    },
    () => {
      const low = catalogue.filter(({ sku, stock }) => {
        const product = shop.product(sku);
        return product.isActive && product.stock <= Math.max(2 * (product.safetyStock ?? 3), Math.floor(stock * 0.45));
      });
      return low.map(({ sku, stock }) => {
        const pieces = Math.ceil(stock / 10) * random.integer(5, 9);
        return { operationName: 'RECEIPT_CLOSED', act: () => [shop.changeStock(shop.product(sku), pieces)] };
      });
    },
  );
}

function planDamage(timeline: Timeline, shop: Shop): void {
  const random = new Random('damage');
  for (let i = 0; i < 18; i++) {
    timeline.at(whenAtWork(seasonStart + random.micros(3 * day, 88 * day), random), (at) => damage(shop, random, at));
  }
}

/** Something was broken and leaves the shelf. */
export function damage(shop: Shop, random: Random, at: Micros): void {
  const product = pickProduct(shop, random, ({ stock }) => stock > 8);
  const pieces = random.integer(1, 3);
  const reason = random.pick(damages);
  const deed = { operationName: 'STOCK_ADJUSTED', ...(reason !== null && { reason, reasonCode: 'DAMAGE' }) };
  shop.record(at, by(stockClerk(at, random), at, deed), [shop.changeStock(product, -pieces)]);
}

/** A stock count whose scanner names a run that nobody opened: it exists by its entries alone. */
function planCount(timeline: Timeline, shop: Shop, started: Micros): void {
  const random = new Random('count');
  const runId = runIdOf(started, '5e1f0c7d');
  for (let i = 0; i < 6; i++) {
    timeline.at(started + i * random.micros(90 * second, 100 * second), (at) => {
      const product = pickProduct(shop, random, ({ stock }) => stock > 4);
      const difference = random.pick([-2, -1, 1, 2]);
      const deed = {
        operationName: 'STOCK_COUNTED',
        runId,
        reason: `Counted ${product.stock + difference} instead of ${product.stock}`,
        reasonCode: 'CORRECTION',
      };
      shop.record(at, by('tom', at, deed), [shop.changeStock(product, difference)]);
    });
  }
}

/** The planner follows the demand, and people correct it. */
function planSafetyStock(timeline: Timeline, shop: Shop): void {
  const random = new Random('safety stock');
  for (let i = 0; i < 14; i++) {
    timeline.at(seasonStart + random.micros(5 * day, 80 * day), (at) => followDemand(shop, random, at));
  }
  for (const text of ['2025-12-18 11:20:05', '2026-01-14 15:02:47', '2026-02-05 09:48:31']) {
    timeline.at(micros(text), (at) => {
      const product = pickProduct(shop, random, ({ sku, safetyStock }) => !isTold(sku) && safetyStock !== null);
      const action = shop.setSafetyStock(product, (product.safetyStock ?? 0) + 4);
      shop.record(at, by(random.pick(['admin', 'tom'] as const), at, { operationName: 'SAFETY_STOCK_CHANGED' }), [action]);
    });
  }
}

/** The planner gives a product another safety stock. */
export function followDemand(shop: Shop, random: Random, at: Micros): void {
  const product = pickProduct(shop, random, ({ sku, safetyStock }) => !isTold(sku) && safetyStock !== null);
  const before = product.safetyStock ?? 0;
  const after = Math.max(1, before + random.pick([-3, -2, 2, 3, 5]));
  if (after === before) return;
  const reason = after > before ? 'Demand of the last 30 days rose' : 'Demand of the last 30 days fell';
  const deed = { operationName: 'SAFETY_STOCK_CHANGED', reason, reasonCode: 'PLANNING' };
  shop.record(at, service('stock-planner', deed), [shop.setSafetyStock(product, after)]);
}

interface Why {
  readonly reason: string;
  readonly reasonCode: string;
  readonly reference: string;
}

function planBulkUpdate(timeline: Timeline, shop: Shop, started: Micros, digits: string, name: string, why: Why): void {
  const supplies = catalogue.filter(({ sku, categories }) => categories[0] === 'Supplies' && !isTold(sku));
  planRun(
    timeline,
    shop,
    {
      ...{ runId: runIdOf(started, digits), name, prefix: 'BULK_UPDATE', started, finished: started + 1_208_331 },
      details: { products: supplies.length },
      context: (at, deed) => by('admin', at, { ...why, ...deed }),
    },
    () =>
      supplies.map(({ sku }) => ({
        operationName: 'SKU_UPDATED',
        act: () => [shop.setSafetyStock(shop.product(sku), Math.ceil((shop.product(sku).safetyStock ?? 0) * 1.2))],
      })),
  );
}

function pickProduct(shop: Shop, random: Random, wanted: (product: Product) => boolean): Product {
  return random.pick([...shop.products.values()].filter((product) => product.isActive && wanted(product)));
}
