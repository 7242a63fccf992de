import { by, type Deed, service } from './actors.ts';
import type { OrderLife } from './order-life.ts';
import { planRun } from './runs.ts';
import { seasonEnd } from './season.ts';
import type { Shop } from './shop.ts';
import { type Micros, micros, second } from './time.ts';
import type { Timeline } from './timeline.ts';

/** What the examples ask about, to the second. Order 123 is told by the order itself: see order-trouble.ts. */
export function planStory(timeline: Timeline, shop: Shop, life: OrderLife): void {
  planLaptop(timeline, shop);
  planSafetyStock(timeline, shop);
  planBatch(timeline, shop, life);
  planClosing(timeline, shop);
}

/** Ends with the last step of all: once it has ended, the demo shop is complete. */
export const closingRunId = 'run_20260228_235957_0f2b6c91';

/** A competitor's price is seen; four hours later ours goes from 1299.99 to 1199.99. */
function planLaptop(timeline: Timeline, shop: Shop): void {
  timeline.at(micros('2026-02-11 06:00:12.418905'), (at) => {
    const details = { competitor: 'Northgate Electronics', price: '1189.00', currency: 'USD' };
    shop.record(at, service('price-watch', { operationName: 'COMPETITOR_PRICE' }), [
      { kind: 'event', table: 'products', key: 'LAPTOP-15', details },
    ]);
  });
  timeline.at(micros('2026-02-11 10:04:37.250114'), (at) => {
    const deed = {
      ...{
        operationName: 'PRICE_CHANGED',
        reason: 'Spring promotion: stay close to the price of Northgate Electronics',
        reasonCode: 'PROMOTION',
      },
      ...{ reference: 'PRC-468', approvedBy: 'admin' },
    };
    const cause = { entityKey: 'LAPTOP-15', operationName: 'COMPETITOR_PRICE' };
    shop.record(at, by('priya', at, deed), [shop.setPrice(shop.product('LAPTOP-15'), 119_999)], cause);
  });
}

/** SKU001: the planner lowers it from 15 to 10, the admin raises it to 20. */
function planSafetyStock(timeline: Timeline, shop: Shop): void {
  timeline.at(micros('2026-02-10 09:15:33'), (at) => {
    const deed = { operationName: 'SAFETY_STOCK_CHANGED', reason: 'Demand of the last 30 days fell', reasonCode: 'PLANNING' };
    shop.record(at, service('stock-planner', deed), [shop.setSafetyStock(shop.product('SKU001'), 10)]);
  });
  timeline.at(micros('2026-02-15 14:32:11'), (at) => {
    const why = { reason: 'Supplier now needs ten days to deliver', reasonCode: 'SUPPLIER', reference: 'PLAN-17' };
    const action = shop.setSafetyStock(shop.product('SKU001'), 20);
    shop.record(at, by('admin', at, { operationName: 'SAFETY_STOCK_CHANGED', ...why }), [action]);
  });
}

/** Fifteen orders whose transfers came in that morning, confirmed in 2.34 seconds: seventeen entries. */
function planBatch(timeline: Timeline, shop: Shop, life: OrderLife): void {
  const why = { reason: 'Transfers of the morning are booked', reasonCode: 'PAYMENT' };
  const runId = 'run_20260217_143022_a1b2c3d4';
  planRun(
    timeline,
    shop,
    {
      ...{
        runId,
        name: 'Confirm 15 orders',
        prefix: 'BATCH',
        started: micros('2026-02-17 14:30:22.104512'),
        finished: micros('2026-02-17 14:30:24.446104'),
      },
      details: { orders: 15 },
      context: (at, deed) => by('mia', at, { ...why, ...deed }),
    },
    () =>
      life.waitingForBatch.map((order) => ({
        operationName: 'ORDER_CONFIRMED',
        cause: { entityKey: order.payments[0]?.key ?? '', operationName: 'PAYMENT_SETTLED' },
        act: (at) => life.confirmed(order, at),
      })),
  );
}

/** The books of February are closed in the last seconds of the season. */
function planClosing(timeline: Timeline, shop: Shop): void {
  const why = { reason: 'End of the month', reasonCode: 'CLOSING', reference: 'FEB-2026' };
  const plan = {
    ...{
      runId: closingRunId,
      name: 'Close the books of February',
      prefix: 'CLOSING',
      started: seasonEnd - 3 * second,
      finished: seasonEnd - 1,
    },
    ...{ details: { month: '2026-02' }, context: (_at: Micros, deed: Deed) => service('ledger', { ...why, ...deed }) },
  };
  planRun(timeline, shop, plan, () => []);
}
