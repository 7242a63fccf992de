/** From one instant to another, in milliseconds with microseconds as decimals. Both as PostgreSQL prints a `timestamptz` in UTC. */
export function millisecondsBetween(from: string, to: string): number {
  return Number(microseconds(to) - microseconds(from)) / 1000;
}

function microseconds(instant: string): bigint {
  const [, date = '', time = '', fraction = ''] = /^(\S{10})[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?/.exec(instant) ?? [];
  return BigInt(Date.parse(`${date}T${time}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0') || 0);
}
