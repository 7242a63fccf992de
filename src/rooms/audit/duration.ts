/** From one instant to another, in milliseconds with microseconds as decimals. */
export function millisecondsBetween(from: string, to: string): number {
  return Number(microsecondsSince1970(to) - microsecondsSince1970(from)) / 1000;
}

const cycleYears = 400; // after as many the Gregorian calendar repeats; a Date ends 18,000 years too early
const cycleMs = 146_097 * 86_400_000;

/** Of an instant as PostgreSQL prints a `timestamptz` in UTC, or as the trail spells it. Infinity counts as the end of PostgreSQL's calendar. */
export function microsecondsSince1970(instant: string): bigint {
  if (instant === 'infinity') return microsecondsSince1970('294276-12-31 23:59:59.999999+00');
  if (instant === '-infinity') return microsecondsSince1970('4714-11-24 00:00:00+00 BC');
  const [, year = '', rest = '', fraction = '', era] = /^(\d{4,6})(-\d\d-\d\d[ T]\d\d:\d\d:\d\d)(?:\.(\d+))?.*?( BC)?$/.exec(instant) ?? [];
  const years = era ? 1 - Number(year) : Number(year);
  const cycles = Math.floor(years / cycleYears);
  const withinCycle = Date.parse(`${2000 + years - cycles * cycleYears}${rest.replace(' ', 'T')}Z`);
  return BigInt(withinCycle + (cycles - 2000 / cycleYears) * cycleMs) * 1000n + BigInt(fraction.padEnd(6, '0') || 0);
}
