// Endpoints on this machine, each with a weakness of its own.
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP status, no answer at all, the end of the connection, or that after the delivery was taken. */
type Reaction = number | 'hang' | 'cut' | 'take and cut';

export interface Delivery {
  /** Header Webhook-Id. */
  readonly id: string;
  /** What it tells, in that order: ids of entries, names of alerts. */
  readonly entries: readonly string[];
  readonly alerts: readonly string[];
  readonly isSigned: boolean;
}

export interface Receiver {
  readonly name: string;
  readonly url: string;
  /** To check signatures with. */
  secret: string;
  react: () => Reaction;
  readonly received: Delivery[];
  /** Those of them that it kept, whatever it answered. */
  readonly taken: Delivery[];
  close(): void;
}

const oneOf = (...reactions: readonly Reaction[]) => reactions[Math.floor(Math.random() * reactions.length)] ?? 200;

/** Fewer than the tries of a delivery, so that chance alone has none given up. */
const mostInARow = 8;

function atRandom(...reactions: readonly Reaction[]): () => Reaction {
  let failed = 0;
  return () => {
    const reaction = failed < mostInARow ? oneOf(...reactions) : 200;
    failed = reaction === 200 ? 0 : failed + 1;
    return reaction;
  };
}

/** By what they do; the last one takes nothing until it is told to. */
export const weaknesses: Readonly<Record<string, () => Reaction>> = {
  'one that is well': () => 200,
  'one that fails': atRandom(200, 500, 503),
  'one that hangs': atRandom(200, 200, 200, 'hang'),
  'one that is cut off': atRandom(200, 'cut', 'take and cut'),
  'one that is down': () => 503,
};

export async function startReceiver(name: string, react: () => Reaction): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    const delivery = deliveryOf(request, body, receiver.secret);
    receiver.received.push(delivery);
    const reaction = receiver.react();
    if (reaction === 200 || reaction === 'take and cut') receiver.taken.push(delivery);
    if (reaction === 'cut' || reaction === 'take and cut') request.socket.destroy();
    else if (reaction !== 'hang') response.writeHead(reaction).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  const receiver: Receiver = { name, url, secret: '', react, received: [], taken: [], close };
  return receiver;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // the server was killed while it sent: what came is no delivery
  }
  return Buffer.concat(chunks).toString('utf8');
}

interface Body {
  readonly entries?: readonly { readonly entry: { readonly id: string } }[];
  readonly alerts?: readonly { readonly alert: { readonly name?: string } }[];
}

function deliveryOf({ headers }: IncomingMessage, body: string, secret: string): Delivery {
  const id = String(headers['webhook-id']);
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${headers['webhook-timestamp']}.${body}`).digest('base64');
  const { entries = [], alerts = [] } = bodyOf(body);
  return {
    id,
    entries: entries.map(({ entry }) => entry.id),
    alerts: alerts.map(({ alert }) => alert.name ?? ''),
    isSigned: headers['webhook-signature'] === `v1,${signature}`,
  };
}

function bodyOf(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {};
  }
}
