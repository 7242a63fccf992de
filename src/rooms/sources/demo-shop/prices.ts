import { by, type Deed, service } from './actors.ts';
import type { StaffKey } from './people.ts';
import type { Random } from './random.ts';
import { planRun, type RunPart, runIdOf } from './runs.ts';
import { seasonStart } from './season.ts';
import type { Shop } from './shop.ts';
import { day, hour, micros, minute, second } from './time.ts';
import type { Timeline } from './timeline.ts';

/** The products whose prices only people change. */
const keptByHand = new Set([
  'LAPTOP-15',
  'MONITOR-27',
  'HEADSET-1',
  'DESK-SIT',
  'TABLET-11',
  'SSD-1T',
  'SKU012',
  'WEBCAM-HD',
  'LAMP-D',
  'BACKPACK',
]);

/** At what time whose price became what, in the shop's currency. */
type PriceChange = readonly [
  at: string,
  who: StaffKey,
  sku: string,
  price: number,
  reason: string | null,
  code?: string,
  reference?: string,
  approvedBy?: StaffKey,
];

const changesByHand: readonly PriceChange[] = [
  ['2025-12-05 09:12:30', 'priya', 'HEADSET-1', 69.9, 'Advent offer', 'PROMOTION', 'PRC-401', 'admin'],
  ['2025-12-12 14:41:08', 'priya', 'TABLET-11', 399.0, 'Advent offer', 'PROMOTION', 'PRC-403', 'admin'],
  ['2025-12-27 10:02:55', 'priya', 'HEADSET-1', 79.9, 'End of the advent offer', 'PROMOTION', 'PRC-401', 'admin'],
  ['2025-12-27 10:03:41', 'priya', 'TABLET-11', 429.0, 'End of the advent offer', 'PROMOTION', 'PRC-403', 'admin'],
  ['2026-01-05 08:47:19', 'priya', 'SKU012', 6.9, 'Paper costs more since January', 'COST_CHANGE', 'SUP-88'],
  ['2026-01-08 16:20:33', 'jonas', 'WEBCAM-HD', 64.0, null],
  ['2026-01-13 11:05:02', 'priya', 'DESK-SIT', 599.0, 'Clearance before the new model', 'CLEARANCE', 'PRC-431', 'admin'],
  ['2026-01-16 13:30:27', 'priya', 'SSD-1T', 119.0, 'Supplier raised the price of memory', 'COST_CHANGE', 'SUP-91'],
  ['2026-01-22 23:47:12', 'jonas', 'MONITOR-27', 32.9, null],
  ['2026-01-23 00:31:45', 'priya', 'MONITOR-27', 329.0, 'Decimal point was in the wrong place', 'CORRECTION', 'INC-17', 'admin'],
  ['2026-01-28 09:58:10', 'mia', 'LAMP-D', 44.9, null],
  ['2026-02-02 08:31:54', 'priya', 'BACKPACK', 69.5, 'Back to school', 'PROMOTION', 'PRC-455', 'admin'],
  ['2026-02-06 15:44:21', 'priya', 'WEBCAM-HD', 69.0, 'Price of January was not agreed', 'CORRECTION', 'PRC-458'],
  ['2026-02-13 10:22:36', 'priya', 'MONITOR-27', 299.0, 'Spring offer', 'PROMOTION', 'PRC-471', 'admin'],
  ['2026-02-18 09:15:48', 'priya', 'SSD-1T', 115.0, null],
  ['2026-02-23 08:50:07', 'priya', 'BACKPACK', 74.5, 'End of the offer', 'PROMOTION', 'PRC-455', 'admin'],
  ['2026-02-25 14:09:29', 'priya', 'DESK-SIT', 549.0, 'Last pieces', 'CLEARANCE', 'PRC-480', 'admin'],
];

/** Prices that people set for a reason, mostly; and the nightly run that follows the suppliers' lists. */
export function planPrices(timeline: Timeline, shop: Shop): void {
  for (const [text, who, sku, price, reason, reasonCode, reference, approvedBy] of changesByHand) {
    timeline.at(micros(text), (at) => {
      const deed: Deed = { operationName: 'PRICE_CHANGED', ...(reason !== null && { reason, reasonCode, reference, approvedBy }) };
      const fromHome = text.includes(' 23:') && { clientIp: '203.0.113.77', hostName: 'unknown' };
      shop.record(at, by(who, at, { ...deed, ...fromHome }), [shop.setPrice(shop.product(sku), Math.round(price * 100))]);
    });
  }
  timeline.at(micros('2026-02-19 11:40:02'), (at) => {
    const entry = { entityKey: 'LAMP-D', operationName: 'PRICE_CHANGED' };
    const why = { reason: 'Shelf price of the outlet was meant; keep it', reasonCode: 'CORRECTION', reference: 'PRC-474' };
    shop.record(at, by('priya', at, {}), [{ kind: 'addReason', entry, ...why }]);
  });
  // Mondays and Thursdays.
  for (let week = 1; week < 13; week++) {
    for (const weekdayOffset of [0, 3]) planNightlyRun(timeline, shop, week * 7 + weekdayOffset);
  }
}

/** The prices of the supplier's list of that day, counted from the first day of the season. */
export function planNightlyRun(timeline: Timeline, shop: Shop, dayIndex: number): void {
  const random = shop.random(`price run ${dayIndex}`);
  const isStopped = dayIndex === 70;
  const started = seasonStart + dayIndex * day + 2 * hour + random.micros(10 * second, 4 * minute);
  const list = `LIST-${300 + dayIndex}`;
  const why = { reason: `Supplier price list ${list}`, reasonCode: 'COST_CHANGE', reference: list };
  const plan = {
    ...{ runId: runIdOf(shop.clock(started), random.hex(8)), name: `Nightly prices from ${list}`, prefix: 'PRICE_RUN', started },
    finished: started + random.micros(1_500_000, 4_000_000),
    status: isStopped ? ('FAILED' as const) : ('SUCCEEDED' as const),
    details: { list },
    context: (_at: number, deed: Deed) => service('pricing-job', { ...why, ...deed }),
  };
  const locked: RunPart = {
    operationName: 'PRODUCT_LOCKED',
    act: () => [{ kind: 'event', table: 'products', key: 'DOCK-C', details: { error: 'The row was locked for more than 30 s.' } }],
  };
  planRun(timeline, shop, plan, () => (isStopped ? [locked] : Array.from({ length: random.integer(2, 4) }, () => changeOne(shop, random))));
}

/** Two to four per cent up, or one to two down. */
function changeOne(shop: Shop, random: Random): RunPart {
  return {
    operationName: 'PRICE_CHANGED',
    act: () => {
      const product = random.pick([...shop.products.values()].filter(({ sku, isActive }) => isActive && !keptByHand.has(sku)));
      const percent = random.pick([-2, -1, 2, 3, 4]);
      const priceCents = Math.round((product.priceCents * (100 + percent)) / 100);
      return priceCents === product.priceCents ? [] : [shop.setPrice(product, priceCents)];
    },
  };
}
