import { parseExactly } from '../shared/exact-json.ts';

// How column values arrive, the same for both drivers: by type number (OID) of PostgreSQL's catalogue. Everything else stays text.
const numberOids = [21, 23, 26, 700, 701]; // int2, int4, oid, float4, float8
const booleanOid = 16;
const jsonOids = [114, 3802]; // json, jsonb

export type ColumnParser = (text: string) => unknown;

const toNumber: ColumnParser = (text) => Number(text);
const toBoolean: ColumnParser = (text) => text === 't';
const asIs = (text: string): string => text;

export const parsers: ReadonlyMap<number, ColumnParser> = new Map<number, ColumnParser>([
  ...numberOids.map((oid) => [oid, toNumber] as const),
  [booleanOid, toBoolean],
  ...jsonOids.map((oid) => [oid, parseExactly] as const),
]);

const type = (oids: number[], parse: ColumnParser) => ({ to: oids[0]!, from: oids, serialize: asIs, parse });

/** postgres.js: parameters go out untouched, whatever type the server infers for them; its own Date, Buffer and JSON handling is off. */
export const postgresTypes = {
  number: type(numberOids, toNumber),
  boolean: type([booleanOid], toBoolean),
  json: type(jsonOids, parseExactly),
  text: type([25, 0, 17, 1082, 1114, 1184], asIs), // text, unknown, bytea, date, timestamp, timestamptz
};
