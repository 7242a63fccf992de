import { createHash } from 'node:crypto';
import type { Image } from '../audit/audit.model.ts';

/** SHA-256, in hexadecimal, over the canonical JSON of a row: equal rows have equal hashes on every installation. */
export function contentHash(image: Image): string {
  return createHash('sha256').update(canonicalJson(image)).digest('hex');
}

/** JSON with the keys of every object in code unit order and no white space (as RFC 8785 wants it). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}
