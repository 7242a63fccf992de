import { Random } from './random.ts';
import { day, hour, type Micros, micros, weekday } from './time.ts';

/** The ninety days that the demo shop lives, 1 December 2025 to 28 February 2026. */
export const seasonDays = 90;
export const seasonStart: Micros = micros('2025-12-01 00:00:00');
export const seasonEnd: Micros = seasonStart + seasonDays * day;

/** 1 to 90. */
export function dayOfSeason(at: Micros): number {
  return Math.floor((at - seasonStart) / day) + 1;
}

/** What an order is told beforehand about its life: most nothing. */
export type Script = 'ordinary' | 'story' | 'batch';

export interface Arrival {
  readonly at: Micros;
  readonly number: string;
  readonly script: Script;
}

/** The order whose way from pending to delivered is told. */
const storyNumber = 123;

/** When orders come in: slowly more of them, fewer at weekends, and fifteen at once that wait for the batch. Numbers follow the time. */
export function arrivals(): Arrival[] {
  const random = new Random('arrivals');
  const ordinary: Pick<Arrival, 'at' | 'script'>[] = [];
  for (let i = 0; i < seasonDays; i++) {
    const midnight = seasonStart + i * day;
    const isWeekend = weekday(midnight) === 0 || weekday(midnight) === 6;
    const expected = (1.2 + (2.9 * i) / seasonDays) * (isWeekend ? 0.6 : 1.15);
    const count = Math.floor(expected + random.next());
    for (let n = 0; n < count; n++) ordinary.push({ at: midnight + random.micros(7 * hour, 23 * hour), script: 'ordinary' });
  }
  const batch = Array.from({ length: 15 }, () => {
    return { at: random.micros(micros('2026-02-16 08:00:00'), micros('2026-02-17 09:30:00')), script: 'batch' } as const;
  });
  return [...ordinary, ...batch]
    .sort((a, b) => a.at - b.at)
    .map(({ at, script }, i) => ({ at, number: String(i + 1), script: i + 1 === storyNumber ? 'story' : script }));
}
