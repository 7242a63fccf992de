import type { BusinessImpact } from './explain.model.ts';

/** What was sold around a price change. */
export interface SoldAround {
  /** Length of each period in whole days; less than 1 where nothing can be compared. */
  readonly days: number;
  /** Units in whole numbers, in text. */
  readonly unitsBefore: string;
  readonly unitsAfter: string;
}

/** Null where the periods are shorter than a day. */
export function impactOf({ days, unitsBefore, unitsAfter }: SoldAround): BusinessImpact | null {
  if (days < 1) return null;
  return { measure: 'units_per_day', before: perDay(unitsBefore, days), after: perDay(unitsAfter, days), periodDays: days };
}

/** Exact division, rounded half up (away from zero) to two decimals. */
export function perDay(units: string, days: number): string {
  const total = BigInt(units);
  const size = total < 0n ? -total : total;
  const hundredths = (200n * size + BigInt(days)) / (2n * BigInt(days));
  const digits = String(hundredths).padStart(3, '0');
  return `${total < 0n && hundredths > 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
