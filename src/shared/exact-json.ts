// Strings are matched too, so that digits inside them are passed over; one without an end up to the end, so that no text is read twice.
const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"?|-?\d[\d.eE+-]*/gs;
const maybeInexact = /\d[\d.]{15}/; // a double holds every number of 15 digits
const longestExact = 400; // characters; no double is written with more

/**
 * JSON as PostgreSQL prints it. A number that a double does not hold comes as text with all its digits, e.g. `"12345678901234567890"`: rounded,
 * two values of a row would look like one, and its history would tell no change.
 */
export function parseExactly(json: string): unknown {
  return JSON.parse(withNumbers(json, (digits) => (isExact(digits) ? digits : `"${digits}"`)));
}

/**
 * JSON of a caller in which each whole number that a double would round stands for infinity: whatever takes numbers refuses that, and nothing
 * stores or looks up a number that nobody sent.
 */
export function refusableNumbers(json: string): string {
  return withNumbers(json, (digits) => (/^-?\d+$/.test(digits) && !isExact(digits) ? '1e999' : digits));
}

/** Whether a double is written as the same number again. */
export function isExact(digits: string): boolean {
  return digits.length <= longestExact && significant(String(Number(digits))) === significant(digits);
}

function withNumbers(json: string, replace: (digits: string) => string): string {
  if (!maybeInexact.test(json)) return json;
  return json.replace(stringOrNumber, (token) => (token.startsWith('"') ? token : replace(token)));
}

/** One spelling per number: `-1.50` and `-15e-1` are both `-15e-1`; null when it is not finite. */
function significant(text: string): string | null {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (whole === '') return null;
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  return kept === '' ? '0' : `${sign}${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}
