import { Random } from './random.ts';
import { seasonDays, seasonStart } from './season.ts';
import { day, hour, instantText, type Micros, micros, minute, stampText, weekday } from './time.ts';

/** An operation on the shop's database that has ended. */
export interface Operation {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly status: 'COMPLETED' | 'FAILED';
  readonly at: string;
  readonly durationMs: number;
  readonly objects: readonly string[];
  readonly error: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A backup each night, an import of exchange rates each working day, upkeep on Sundays, two migrations: longer as the shop grows, and some fail. */
export function operations(): Operation[] {
  const random = new Random('operations');
  const done: Operation[] = [];
  const add = (name: string, type: string, at: Micros, durationMs: number, rest: Partial<Operation> = {}) =>
    done.push({
      ...{ key: `${name}_${stampText(at)}_${random.hex(8)}`, name, type, at: instantText(at), durationMs },
      ...{ status: 'COMPLETED', objects: [], error: null, metadata: {}, ...rest },
    });
  for (let i = 0; i < seasonDays; i++) {
    const midnight = seasonStart + i * day;
    const growth = 1 + i / seasonDays;
    const isFull = i === 46;
    add('nightly-backup', 'BACKUP', midnight + 2 * hour, isFull ? 1_250 : Math.round(38_000 * growth) + random.integer(0, 6_000), {
      metadata: { sizeMb: isFull ? 0 : Math.round(180 * growth) + random.integer(0, 9) },
      ...(isFull && { status: 'FAILED', error: 'could not write to backup file: No space left on device' }),
    });
    if (weekday(midnight) >= 1 && weekday(midnight) <= 5) {
      const isRefused = random.chance(0.06);
      add('exchange-rates', 'ETL', midnight + 6 * hour + random.integer(1, 9) * minute, isRefused ? 30_000 : random.integer(900, 2_600), {
        ...(isRefused && { status: 'FAILED', error: 'the rates did not arrive within 30 seconds' }),
      });
    }
    if (weekday(midnight) === 0) {
      add('vacuum-analyze', 'MAINTENANCE', midnight + 3 * hour, Math.round(9_000 * growth) + random.integer(0, 3_000), {
        objects: ['commerce.orders', 'commerce.order_items', 'commerce.payments'],
      });
    }
  }
  add('add-safety-stock', 'MIGRATION', micros('2026-01-12 20:02:11'), 412, { objects: ['commerce.products'] });
  add('split-shipping-address', 'MIGRATION', micros('2026-02-03 20:15:40'), 3_870, {
    ...{ objects: ['commerce.orders'], status: 'FAILED', error: 'column "shipping_zip" of relation "orders" already exists' },
  });
  return done.sort((a, b) => (a.at < b.at ? -1 : 1));
}
