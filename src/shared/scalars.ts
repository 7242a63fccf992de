import { isIP } from 'node:net';
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode, visit } from 'graphql';
import { GraphQLJSON, GraphQLJSONObject } from 'graphql-scalars';
import { isExact } from './exact-json.ts';
import { instantForCaller, instantFromInput } from './instant.ts';

interface TextScalar {
  readonly name: string;
  readonly description: string;
  readonly specifiedByURL?: string;
  /** Whether whole numbers are taken beside text. */
  readonly takesIntegers?: true;
  /** The form we keep of what a caller sent; null refuses it. */
  readonly read: (text: string) => string | null;
  /** What a caller gets for a value of ours; null is a fault of the server. */
  readonly write: (value: unknown) => string | null;
}

/** A scalar that is text for the caller, for us and for the database: no value passes through a float or a Date. */
function textScalar({ name, description, specifiedByURL, takesIntegers, read, write }: TextScalar): GraphQLScalarType<string, string> {
  const readOrRefuse = (text: string | null, nodes?: ValueNode): string => {
    const value = text === null ? null : read(text);
    if (value === null) throw new GraphQLError(`Not a ${name}: ${description}`, { nodes });
    return value;
  };
  return new GraphQLScalarType<string, string>({
    name,
    description,
    specifiedByURL,
    parseValue: (value) =>
      readOrRefuse(typeof value === 'string' ? value : takesIntegers && Number.isSafeInteger(value) ? String(value) : null),
    parseLiteral: (node) => readOrRefuse(node.kind === Kind.STRING || (takesIntegers && node.kind === Kind.INT) ? node.value : null, node),
    serialize: (value) => {
      const text = write(value);
      if (text === null) throw new TypeError(`a value of type ${typeof value} cannot be written as ${name}`);
      return text;
    },
  });
}

const asItIs = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const matching = (pattern: RegExp) => (text: string) => (pattern.test(text) ? text : null);

export const Decimal = textScalar({
  name: 'Decimal',
  description: 'Exact decimal number as a string, e.g. "1199.99"; never a float.',
  specifiedByURL: 'https://www.w3.org/TR/xmlschema11-2/#decimal',
  takesIntegers: true,
  read: (text) => (text.length <= 1_000 && /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text) ? plainDecimal(text) : null),
  write: (value) => (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? value : integerText(value)),
});

export const DateTime = textScalar({
  name: 'DateTime',
  description: 'Instant in RFC 3339 form, UTC, microsecond precision, e.g. 2026-02-17T14:30:22.104512Z.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  read: instantFromInput,
  write: (value) => (typeof value === 'string' ? instantForCaller(value) : null),
});

export const BigIntText = textScalar({
  name: 'BigInt',
  description: 'Signed 64-bit integer as a string of digits.',
  takesIntegers: true,
  read: (text) => (/^-?\d{1,30}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text) ? String(BigInt(text)) : null),
  write: (value) => (typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? value : integerText(value)),
});

export const Hex = textScalar({
  name: 'Hex',
  description: 'Bytes in lower-case hexadecimal, e.g. a Data Vault hash key.',
  read: (text) => (/^([0-9a-f]{2})+$/i.test(text) ? text.toLowerCase() : null),
  write: (value) => (typeof value === 'string' && /^(\\x)?([0-9a-f]{2})*$/.test(value) ? value.replace(/^\\x/, '') : null),
});

export const RunId = textScalar({
  name: 'RunId',
  description: 'Batch identifier run_YYYYMMDD_HHMMSS_<8 hex digits>.',
  read: matching(/^run_\d{8}_\d{6}_[0-9a-f]{8}$/),
  write: asItIs, // a trail may hold run ids of other makers: they are shown as they were written
});

export const CurrencyCode = textScalar({
  name: 'CurrencyCode',
  description: 'ISO 4217 currency code.',
  read: matching(/^[A-Z]{3}$/),
  write: asItIs,
});

export const TimeZone = textScalar({
  name: 'TimeZone',
  description: 'IANA time zone name, e.g. Europe/Rome.',
  read: (text) => (isTimeZone(text) ? text : null),
  write: asItIs,
});

export const IPAddress = textScalar({
  name: 'IPAddress',
  description: 'IPv4 or IPv6 address.',
  read: (text) => (isIP(text) ? text : null),
  write: (value) => (typeof value === 'string' ? value.replace(/\/(32|128)$/, '') : null), // inet prints a host's mask inside jsonb
});

export const Url = textScalar({
  name: 'URL',
  description: 'Absolute URL.',
  read: (text) => (text.length <= 2_000 && URL.canParse(text) ? text : null),
  write: asItIs,
});

export const Json = jsonScalar(GraphQLJSON, 'Any JSON value.');
export const JsonObject = jsonScalar(GraphQLJSONObject, 'A JSON object.');

/** Takes no number that would be kept as another one: JSON knows no infinity (it would become null), and a double rounds long whole numbers. */
function jsonScalar<I, O>(scalar: GraphQLScalarType<I, O>, description: string): GraphQLScalarType<I, O> {
  const config = scalar.toConfig();
  return new GraphQLScalarType<I, O>({
    ...config,
    description,
    specifiedByURL: null,
    parseValue: (value) => {
      refuseInfinity(value);
      return config.parseValue(value);
    },
    parseLiteral: (node, variables) => {
      visit(node, {
        IntValue: (number) => {
          if (!isExact(number.value)) throw notExact(number);
        },
        FloatValue: (number) => {
          if (!Number.isFinite(Number(number.value))) throw notExact(number);
        },
      });
      return config.parseLiteral(node, variables);
    },
  });
}

function refuseInfinity(value: unknown): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw notExact();
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(refuseInfinity);
}

function notExact(nodes?: ValueNode): GraphQLError {
  return new GraphQLError('A number is out of range, or has more digits than are kept: send it as text.', { nodes });
}

/** `+007.50` to `7.50`, `.5` to `0.5`, `5.` to `5`: the digits that were sent stay, zeros at the end included. */
function plainDecimal(text: string): string {
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.');
  const digits = `${whole.replace(/^0+(?=\d)/, '') || '0'}${fraction && `.${fraction}`}`;
  return text.startsWith('-') && /[1-9]/.test(digits) ? `-${digits}` : digits;
}

/**
 * Only names with a slash, and UTC: PostgreSQL reads short ones (CET, IST) as abbreviations of a fixed offset, and `+05:30` with the sign
 * turned round.
 */
function isTimeZone(text: string): boolean {
  if (text !== 'UTC' && !/^[A-Za-z]\w*\/[\w+/-]{1,60}$/.test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }) !== null;
  } catch {
    return false;
  }
}

function integerText(value: unknown): string | null {
  return typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : null;
}
