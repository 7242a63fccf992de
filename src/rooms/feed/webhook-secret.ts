import { createHmac, randomBytes } from 'node:crypto';
import { Sealer } from '../../shared/sealer.ts';

const prefix = 'whsec_';

/** What an endpoint checks signatures with. It is told once, when the endpoint is made. */
export function newWebhookSecret(): string {
  return `${prefix}${randomBytes(32).toString('base64')}`;
}

/** Signature of a delivery as Standard Webhooks has it (standardwebhooks.com), over id, time in seconds and body. */
export function signatureOf(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.slice(prefix.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** Secrets as the database keeps them: encrypted and bound to their tenant. */
export class WebhookSecrets extends Sealer {
  constructor(secret: string) {
    super(secret, 'whence webhook secrets');
  }
}
