const plain = /^(-?)(\d+)(?:\.(\d+))?$/;

/** `minuend - subtrahend`, exact, with as many decimals as the longer of the two has; null when one is no plain decimal (NaN, 1e20). */
export function difference(minuend: string, subtrahend: string): string | null {
  const a = plain.exec(minuend);
  const b = plain.exec(subtrahend);
  if (!a || !b) return null;
  const scale = Math.max(a[3]?.length ?? 0, b[3]?.length ?? 0);
  return print(units(a, scale) - units(b, scale), scale);
}

function units([, sign, whole = '', fraction = '']: RegExpExecArray, scale: number): bigint {
  const magnitude = BigInt(whole + fraction.padEnd(scale, '0'));
  return sign === '-' ? -magnitude : magnitude;
}

function print(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return value < 0n ? `-${text}` : text;
}
