// Instants stay text: a JavaScript Date would cut microseconds.
const rfc3339 = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/;
const fromPostgres = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d(?::?\d\d)?)$/;

/** `2026-02-17T15:30:22.1+01:00` to `2026-02-17T14:30:22.100000Z`; null when it is no RFC 3339 instant of the years 1 to 9999 or is finer than a microsecond. */
export function instantFromInput(text: string): string | null {
  const match = rfc3339.exec(text);
  if (!match) return null;
  const [, date = '', time = '', fraction = '', zone = ''] = match;
  if (fraction.length > 6 && /[1-9]/.test(fraction.slice(6))) return null;
  return utc(date, time, fraction.slice(0, 6), zone.toUpperCase());
}

/** The same form from a `timestamptz` as PostgreSQL prints it, bare or inside jsonb; null for `infinity` and years beyond four digits. */
export function instantFromPostgres(text: string): string | null {
  const match = fromPostgres.exec(text);
  if (!match) return null;
  const [, date = '', time = '', fraction = '', zone = ''] = match;
  if (zone === '+00' || zone === 'Z' || zone === '+00:00') return `${date}T${time}.${fraction.padEnd(6, '0')}Z`;
  return utc(date, time, fraction, zone.length === 3 ? `${zone}:00` : zone);
}

const beyondRfc3339 = /^(?:-?infinity|\d{4,6}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00)(?: BC)?)$/;

/**
 * What callers are told: the same form, and what RFC 3339 cannot spell as the trail spells it (`infinity`, `294276-12-31T00:00:00Z`,
 * `0044-03-15T00:00:00Z BC`). An application may store such a time, and the rest of its row must stay readable. Null when it is no instant.
 */
export function instantForCaller(text: string): string | null {
  return instantFromPostgres(text) ?? (beyondRfc3339.test(text) ? text.replace(/(?<=\d) (?=\d)/, 'T').replace('+00', 'Z') : null);
}

function utc(date: string, time: string, fraction: string, zone: string): string | null {
  const wallClock = new Date(`${date}T${time}Z`);
  // Date turns 30 February into 2 March and 24:00 into the next day: what was meant is not known, so it is refused.
  if (Number.isNaN(wallClock.getTime()) || !wallClock.toISOString().startsWith(`${date}T${time}`)) return null;
  const offset = offsetMinutes(zone);
  if (offset === null) return null;
  const shifted = new Date(wallClock.getTime() - offset * 60_000).toISOString();
  if (!/^(?!0000)\d{4}-/.test(shifted)) return null;
  return `${shifted.slice(0, 19)}.${fraction.padEnd(6, '0')}Z`;
}

function offsetMinutes(zone: string): number | null {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
