// What the sources' fields have in common.

/** `2.5` to `2.5000`; null when it is no plain decimal, is finer than four decimals, or has more than seven digits before the point. */
export function decimalOf(text: string): string | null {
  const match = /^(-?)0*([0-9]{1,7})(?:\.([0-9]{1,4})0*)?$/.exec(text);
  return match ? `${match[1]}${match[2]}.${(match[3] ?? '').padEnd(4, '0')}` : null;
}
