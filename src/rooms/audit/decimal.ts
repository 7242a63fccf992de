const plain = /^(-?)(\d+)(?:\.(\d+))?$/;

/** `minuend - subtrahend`, exact, with as many decimals as the longer of the two has; null when one is no plain decimal (NaN, 1e20). */
export function difference(minuend: string, subtrahend: string): string | null {
  const a = plain.exec(minuend);
  const b = plain.exec(subtrahend);
  if (!a || !b) return null;
  const scale = Math.max(a[3]?.length ?? 0, b[3]?.length ?? 0);
  return print(units(a, scale) - units(b, scale), scale);
}

/**
 * By how many per cent of the first the second is more, rounded to four decimals (half away from zero); null when the first is 0 or one is no
 * plain decimal.
 */
export function percentChange(before: string, after: string): number | null {
  const a = plain.exec(before);
  const b = plain.exec(after);
  if (!a || !b) return null;
  const scale = Math.max(a[3]?.length ?? 0, b[3]?.length ?? 0);
  const [old, now] = [units(a, scale), units(b, scale)];
  if (old === 0n) return null;
  const negative = now - old < 0n !== old < 0n;
  const [change, base] = [magnitude(now - old), magnitude(old)];
  const rounded = (change * 2_000_000n + base) / (2n * base); // ten thousandths of a per cent
  const percent = Number(rounded) / 10_000;
  if (!Number.isFinite(percent)) return null;
  return negative && percent !== 0 ? -percent : percent;
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/** The sum of plain decimals, exact; what is none counts nothing. */
export function sum(values: readonly string[]): string {
  return values.reduce((total, value) => difference(total, value.startsWith('-') ? value.slice(1) : `-${value}`) ?? total, '0');
}

function units([, sign, whole = '', fraction = '']: RegExpExecArray, scale: number): bigint {
  const digits = BigInt(whole + fraction.padEnd(scale, '0'));
  return sign === '-' ? -digits : digits;
}

function print(value: bigint, scale: number): string {
  const digits = String(magnitude(value)).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return value < 0n ? `-${text}` : text;
}
