import type { Action, Step } from '../demo-shop/step.model.ts';

/** What a simulation has done so far. */
export interface Tally {
  /** Business transactions. */
  transactions: number;
  ordersPlaced: number;
  /** Of orders, the first status left out. */
  statusSteps: number;
  /** Payments made, and steps of theirs. */
  payments: number;
  priceChanges: number;
  stockChanges: number;
  /** In the trail. */
  entries: number;
  /** From the start to the end of the last transaction. */
  tookMs: number;
}

export function newTally(): Tally {
  return { transactions: 0, ordersPlaced: 0, statusSteps: 0, payments: 0, priceChanges: 0, stockChanges: 0, entries: 0, tookMs: 0 };
}

export function count(tally: Tally, { actions }: Step): void {
  tally.transactions++;
  for (const action of actions) countAction(tally, action);
}

function countAction(tally: Tally, action: Action): void {
  tally.entries += action.kind === 'insert' ? action.rows.length : 1;
  if (action.kind === 'insert') {
    if (action.table === 'orders') tally.ordersPlaced++;
    if (action.table === 'payments') tally.payments++;
  } else if (action.kind === 'update') {
    const does = (table: string, column: string) => Number(action.table === table && column in action.set);
    tally.statusSteps += does('orders', 'status');
    tally.payments += does('payments', 'status');
    tally.priceChanges += does('products', 'price');
    tally.stockChanges += does('products', 'stock_quantity');
  }
}
