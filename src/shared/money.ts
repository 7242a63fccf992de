/** Exact amount in one currency. `amount` is a decimal in text, never a float. */
export interface Money {
  readonly amount: string;
  /** ISO 4217 code. */
  readonly currency: string;
}

/** Money from a `numeric(19,4)` as PostgreSQL prints it and its currency column. */
export function moneyOf(amount: string, currency: string): Money {
  return { amount: printAmount(amount), currency };
}

/** Cuts trailing zeros down to two decimals: `1199.9900` to `1199.99`, `5` to `5.00`, `0.0001` stays. */
export function printAmount(amount: string): string {
  const [whole = '0', decimals = ''] = amount.split('.');
  return `${whole}.${decimals.replace(/0+$/, '').padEnd(2, '0')}`;
}
