import { lookup as lookUp } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type Outgoing, OutgoingFault } from '../shared/outgoing.ts';
import { OutgoingNetworks } from './outgoing-networks.ts';

export interface OutgoingOptions {
  /** Networks in CIDR form that may be reached although they are not public, over plain HTTP too. */
  readonly allowed: readonly string[];
  /** Longest time from the look-up of the name to the head of the answer. */
  readonly timeoutMs: number;
  /** Addresses of a name, as the machine knows them. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}

/** Of an answer, at most this much is taken from the wire. */
const mostAnswerBytes = 65_536;

const addressesOf = async (name: string) => (await lookUp(name, { all: true })).map(({ address }) => address);

/**
 * Sends to public addresses, and to networks that the operator named. A name is looked up once for each request, all of its addresses are
 * checked, and the connection goes to one of these: a name that leads elsewhere a moment later changes nothing.
 */
export function outgoingHttp({ allowed, timeoutMs, resolve = addressesOf }: OutgoingOptions): Outgoing {
  const networks = new OutgoingNetworks(allowed);

  const reach = async (text: string, signal: AbortSignal): Promise<{ url: URL; addresses: readonly string[] }> => {
    const url = urlOf(text);
    const name = url.hostname.replace(/^\[|\]$/g, '');
    const addresses = isIP(name) ? [name] : await aborted(resolve(name), signal).catch((cause: unknown) => refuseUnknown(cause, signal));
    if (addresses.length === 0) throw unknownName();
    if (!addresses.every((address) => networks.mayBeReached(address))) {
      throw new OutgoingFault(
        'REFUSED',
        'The URL leads to an address inside a network: WHENCE_WEBHOOK_ALLOW names those that may be reached.',
      );
    }
    if (url.protocol === 'http:' && !addresses.every((address) => networks.isNamed(address))) {
      throw new OutgoingFault('REFUSED', 'The URL must be https://; plain http:// is for networks in WHENCE_WEBHOOK_ALLOW.');
    }
    return { url, addresses };
  };

  return {
    async refusalOf(text) {
      try {
        await reach(text, AbortSignal.timeout(timeoutMs));
        return null;
      } catch (error) {
        if (error instanceof OutgoingFault) return error;
        throw error;
      }
    },
    async post(text, headers, body, stop) {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
      try {
        const { url, addresses } = await reach(text, signal);
        return await send(url, addresses, headers, body, signal);
      } catch (error) {
        throw error instanceof OutgoingFault ? error : new OutgoingFault('FAILED', faultOf(error, signal), { cause: error });
      }
    },
  };
}

function send(
  url: URL,
  addresses: readonly string[],
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<number> {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  const pinned: LookupFunction = (_name, { all }, give) => {
    const [first] = found;
    if (all) give(null, found);
    else give(null, first?.address ?? '', first?.family);
  };
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const bytes = Buffer.from(body);
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent: false, // a connection that is kept would be used without looking the name up again
      lookup: pinned,
      signal,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': bytes.length },
    });
    sent.on('error', reject);
    sent.on('response', (answer) => {
      let taken = 0;
      answer.on('data', (chunk: Buffer) => {
        taken += chunk.length;
        if (taken > mostAnswerBytes) answer.destroy();
      });
      answer.on('error', () => {}); // its status is all that counts
      resolve(answer.statusCode ?? 0);
    });
    sent.end(bytes);
  });
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new OutgoingFault('MALFORMED', 'The URL must begin with https://.');
  if (url.username !== '' || url.password !== '') throw new OutgoingFault('MALFORMED', 'The URL must hold no user name or password.');
  if (url.hash !== '') throw new OutgoingFault('MALFORMED', 'The URL must have no fragment (#).');
  return url;
}

const unknownName = (cause?: unknown) => new OutgoingFault('UNKNOWN_NAME', 'The name in the URL leads to no address.', { cause });

function refuseUnknown(cause: unknown, signal: AbortSignal): never {
  throw signal.aborted ? cause : unknownName(cause);
}

/** A look-up cannot be called off, but nobody needs to wait for it. */
function aborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason as Error);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}

/** Codes of Node.js and OpenSSL name no address and no content. */
function faultOf(error: unknown, { aborted: isOver }: AbortSignal): string {
  if (isOver) return 'It did not answer in time.';
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? `The connection failed: ${code}.` : 'The connection failed.';
}
