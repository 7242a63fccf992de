import type { Random } from './random.ts';

/** Microseconds since 1970, UTC; exact as a number until the year 2255. The demo shop has no other clock. */
export type Micros = number;

export const second = 1_000_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** `2026-02-10 09:15:33` or `2026-02-17 14:30:22.104512`, UTC. */
export function micros(text: string): Micros {
  const [whole = '', fraction = ''] = text.split('.');
  return Date.parse(`${whole.replace(' ', 'T')}Z`) * 1_000 + Number(fraction.padEnd(6, '0'));
}

/** RFC 3339 with six digits: `2026-02-10T09:15:33.000000Z`. */
export function instantText(at: Micros): string {
  const seconds = new Date(Math.floor(at / second) * 1_000).toISOString().slice(0, 19);
  return `${seconds}.${String(at % second).padStart(6, '0')}Z`;
}

/** `20260210_091533`, as it stands in run ids. */
export function stampText(at: Micros): string {
  return instantText(at).slice(0, 19).replace(/[-:]/g, '').replace('T', '_');
}

/** 0 is Sunday. */
export function weekday(at: Micros): number {
  return new Date(at / 1_000).getUTCDay();
}

/** `at` when somebody is at work then (Monday to Friday, 8 to 17 UTC), else some minutes after the next morning's start. */
export function whenAtWork(at: Micros, random: Random): Micros {
  const midnight = Math.floor(at / day) * day;
  const isWorkday = weekday(at) !== 0 && weekday(at) !== 6;
  const timeOfDay = at - midnight;
  if (isWorkday && timeOfDay >= 8 * hour && timeOfDay < 17 * hour) return at;
  let morning = isWorkday && timeOfDay < 8 * hour ? midnight : midnight + day;
  while (weekday(morning) === 0 || weekday(morning) === 6) morning += day;
  return morning + 8 * hour + random.micros(1 * minute, 95 * minute);
}
