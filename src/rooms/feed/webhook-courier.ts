import type { SQL } from 'drizzle-orm';
import type { GraphQLSchema } from 'graphql';
import type { Database } from '../../database/database.ts';
import type { Caller } from '../../shared/caller.ts';
import { DomainError } from '../../shared/errors.ts';
import { type Outgoing, OutgoingFault } from '../../shared/outgoing.ts';
import { type RequestContext, requestContext } from '../../shared/request-context.ts';
import { type ClaimedWebhook, eventBetween, type WebhookEvent, type WebhookPlace } from './webhook.model.ts';
import { bodyOf, type WebhookBody } from './webhook-body.ts';
import { beginDelivery, type Ended, endDelivery, type Lease, releaseWebhook } from './webhook-lease.queries.ts';
import { type WebhookRules, waitAfter } from './webhook-rules.ts';
import { signatureOf, type WebhookSecrets } from './webhook-secret.ts';
import { isWithin, nameOf, type TopicItem, type Topics } from './webhook-topic.ts';

/** Pages of one endpoint in a row, sent or passed over; then how far it has come is kept, and others have their turn. */
const mostInARow = 20;
/** Attempts of an endpoint that its log keeps. */
const keptAttempts = 500;
/** After a fault that is not the endpoint's: while the database is away, and else. */
const [waitForDatabaseMs, waitForUsMs] = [1_000, 30_000];

/** What deliveries are made of. */
export interface CourierParts {
  readonly database: Database;
  readonly topics: Topics;
  readonly schema: GraphQLSchema;
  readonly outgoing: Outgoing;
  readonly secrets: WebhookSecrets;
  readonly rules: WebhookRules;
}

/** How a server that stops says so. */
export interface Stops {
  /** No delivery is begun any more. */
  readonly after: AbortSignal;
  /** The one under way is cut off. */
  readonly cut: AbortSignal;
}

interface Delivery {
  readonly id: string;
  readonly after: WebhookPlace;
  readonly end: WebhookPlace;
  readonly body: WebhookBody;
}

/** What comes next for an endpoint; without a delivery how far there is nothing for it. */
interface Following {
  readonly delivery: Delivery | null;
  readonly reached: WebhookPlace;
  readonly isNewest: boolean;
}

/** Alerts do not wait behind however many entries. */
const inTurn: readonly WebhookEvent[] = ['ALERT', 'AUDIT_ENTRY'];

/** Sends an endpoint what waits for it. */
export class WebhookCourier {
  constructor(
    private readonly parts: CourierParts,
    /** Name of this server among those that hold leases. */
    private readonly server: string,
  ) {}

  /**
   * Until nothing waits, an attempt fails, or others have waited long enough. The lease is given back, unless another server has taken it.
   * @throws DomainError when the database is away: the lease ends by itself then.
   */
  async serve(webhook: ClaimedWebhook, stops: Stops): Promise<void> {
    const lease: Lease = { id: webhook.id, server: this.server, generation: webhook.generation };
    const secret = this.parts.secrets.open(webhook.tenant, webhook.sealedSecret);
    try {
      if (secret === null) throw new DomainError('UNAVAILABLE', 'The signing secret was sealed with another WHENCE_WEBHOOK_KEY.');
      await this.sendAll(webhook, lease, secret, stops);
    } catch (error) {
      // Neither an attempt nor its fault: it stays as it is and is tried again.
      const { isCut, waitMs, told } = faultOf(error, stops);
      await this.ask(webhook, releaseWebhook(lease, null, waitMs, told));
      if (!isCut) throw error;
    }
  }

  private async sendAll(webhook: ClaimedWebhook, lease: Lease, secret: string, { after: stop, cut }: Stops): Promise<void> {
    const { rules } = this.parts;
    let { reached, attempts, givenUp, delivery } = webhook;
    for (let turn = 0; turn < mostInARow && !stop.aborted; turn++) {
      const ctx = readerOf(webhook.tenant);
      const following = await (delivery ? this.again(ctx, webhook, reached, delivery) : this.following(ctx, webhook, reached));
      const { delivery: next } = following;
      if (next === null) {
        reached = following.reached;
        if (following.isNewest) break;
        continue;
      }
      if (!(await this.ask(webhook, beginDelivery(lease, rules.leaseMs, next.id, next.after, next.end)))) return;
      const ended = await this.attempt(webhook, secret, next, attempts + 1, givenUp, cut);
      const isOver = ended.outcome !== 'DELIVERED';
      const isOurs = await this.ask(webhook, endDelivery(lease, isOver ? null : rules.leaseMs, ended, keptAttempts));
      if (isOver || !isOurs) return;
      ({ end: reached } = next);
      [delivery, attempts, givenUp] = [null, 0, 0];
    }
    await this.ask(webhook, releaseWebhook(lease, delivery ? null : reached, 0, null));
  }

  /** The delivery under way once more: up to where it was to end, whatever a page holds by now. */
  private async again(
    ctx: RequestContext,
    { id: webhookId, filter }: ClaimedWebhook,
    after: WebhookPlace,
    { id, end }: NonNullable<ClaimedWebhook['delivery']>,
  ): Promise<Following> {
    const { schema, topics, rules } = this.parts;
    const event = eventBetween(after, end);
    const items: TopicItem[] = [];
    for (let at = after, isNewest = false; !isNewest; ) {
      const page = await topics[event](ctx, filter, at, rules.entries);
      items.push(...page.items);
      at = page.reached;
      isNewest = page.isNewest || isWithin(end, at, event);
    }
    const same = items.filter(({ place }) => isWithin(place, end, event));
    const body = await bodyOf(schema, ctx, event, webhookId, same, Number.POSITIVE_INFINITY);
    return { delivery: { id, after, end, body }, reached: end, isNewest: false };
  }

  private async following(ctx: RequestContext, { id, generation, events, filter }: ClaimedWebhook, from: WebhookPlace): Promise<Following> {
    const { schema, topics, rules } = this.parts;
    let reached = from;
    let isNewest = true;
    for (const event of inTurn.filter((one) => events.includes(one))) {
      const after = reached;
      const page = await topics[event](ctx, filter, after, rules.entries);
      if (page.items.length > 0) {
        const body = await bodyOf(schema, ctx, event, id, page.items, rules.bytes);
        const end = body.items < page.items.length ? (page.items[body.items - 1] as TopicItem).place : page.reached;
        const name = `msg_${id}_${generation}_${nameOf(after, event)}_${nameOf(end, event)}`;
        return { delivery: { id: name, after, end, body }, reached: after, isNewest: false };
      }
      reached = page.reached;
      isNewest &&= page.isNewest;
    }
    return { delivery: null, reached, isNewest };
  }

  private async attempt(
    webhook: ClaimedWebhook,
    secret: string,
    { id, after, body }: Delivery,
    attempt: number,
    givenUpBefore: number,
    cut: AbortSignal,
  ): Promise<Ended> {
    const { rules } = this.parts;
    const started = performance.now();
    const { status, error } = await this.post(webhook.url, secret, id, body.text, cut);
    const all = { deliveryId: id, after, attempt, entries: body.items, status, durationMs: performance.now() - started, error };
    if (error === null) return { ...all, outcome: 'DELIVERED', givenUp: 0, staysActive: true, waitMs: 0 };
    if (attempt < rules.tries) {
      return { ...all, outcome: 'FAILED', givenUp: givenUpBefore, staysActive: true, waitMs: waitAfter(attempt, rules) };
    }
    const givenUp = givenUpBefore + 1;
    const staysActive = givenUp < rules.givenUpInARow;
    return { ...all, outcome: 'GIVEN_UP', givenUp, staysActive, waitMs: 0 };
  }

  private async post(url: string, secret: string, id: string, body: string, cut: AbortSignal) {
    const timestamp = Math.floor(Date.now() / 1_000);
    const headers = {
      'user-agent': 'whence-webhooks',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatureOf(secret, id, timestamp, body),
    };
    try {
      const status = await this.parts.outgoing.post(url, headers, body, cut);
      return { status, error: status >= 200 && status < 300 ? null : statusFault(status) };
    } catch (error) {
      if (cut.aborted || !(error instanceof OutgoingFault)) throw error;
      return { status: null, error: error.message };
    }
  }

  private async ask({ tenant }: ClaimedWebhook, statement: SQL): Promise<boolean> {
    const [row] = await this.parts.database.read(tenant, statement);
    return row?.['held'] === true;
  }
}

/** Who reads for an endpoint: it is sent what a caller without PII_READ may see, of the vault those operations that alerts tell of. */
function readerOf(tenant: string): RequestContext {
  const caller: Caller = { tenant, actor: 'webhook', role: 'SERVICE', scopes: new Set(['AUDIT_READ', 'VAULT_READ']), isVerified: false };
  return requestContext(caller, 'webhook');
}

/** What is told of an error that is none of the endpoint's, and how long it is left alone. */
function faultOf(error: unknown, { cut }: Stops): { isCut: boolean; waitMs: number; told: string | null } {
  if (cut.aborted) return { isCut: true, waitMs: 0, told: null };
  if (!(error instanceof DomainError)) return { isCut: false, waitMs: waitForUsMs, told: 'The entries could not be written.' };
  const isPassing = error.extensions['retryable'] === true;
  return { isCut: false, waitMs: isPassing ? waitForDatabaseMs : waitForUsMs, told: error.message };
}

function statusFault(status: number): string {
  return status >= 300 && status < 400 ? `It answered ${status}: redirects are not followed.` : `It answered ${status}.`;
}
