import { isUtf8 } from 'node:buffer';
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { badText } from '../shared/text.ts';
import { HttpError } from './http-error.ts';

const maxPurposeLength = 200;
const maxProgramLength = 200;

/**
 * What the caller reads for, in its own words: the header X-Purpose; null without one.
 * @throws HttpError when it is longer than 200 characters, DomainError `BAD_TEXT` when it holds control characters.
 */
export function purposeOf({ headers }: FastifyRequest): string | null {
  const given = headers['x-purpose'];
  return purposeIn(textOf(Array.isArray(given) ? given.join(', ') : given));
}

/** The same, where it does not come as a header. */
export function purposeIn(text: string): string | null {
  const purpose = text.trim();
  if (purpose === '') return null;
  if (purpose.length > maxPurposeLength) {
    throw new HttpError(400, 'BAD_USER_INPUT', `X-Purpose has more than ${maxPurposeLength} characters.`, { argument: 'X-Purpose' });
  }
  if (/[\p{Cc}\p{Surrogate}]/u.test(purpose)) throw badText('X-Purpose');
  return purpose;
}

/** Program and address that a request comes from, as far as they are told. */
export function originOf({ headers, ip }: FastifyRequest): { readonly application: string | null; readonly clientIp: string | null } {
  const program = [...textOf(headers['user-agent']).replaceAll(/[\p{Cc}\p{Surrogate}]/gu, ' ')].slice(0, maxProgramLength).join('');
  const [address = ''] = ip.split('%'); // an address of this link names the interface behind it
  return { application: program || null, clientIp: isIP(address) === 0 ? null : address };
}

/** Node reads headers as Latin-1; most programs send UTF-8. */
function textOf(value: string | undefined): string {
  const bytes = Buffer.from(value ?? '', 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');
}
