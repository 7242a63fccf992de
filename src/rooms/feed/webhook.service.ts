import type { Database, Transaction } from '../../database/database.ts';
import { DomainError } from '../../shared/errors.ts';
import { bigintKeyOfGlobalId } from '../../shared/global-id.ts';
import type { Outgoing } from '../../shared/outgoing.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { refusal } from '../../shared/user-error.ts';
import type { MutationCall, Outcome } from '../access/idempotency.ts';
import type { AuditService } from '../audit/audit.service.ts';
import type { AuditEntryFilter } from '../audit/entry-filter.queries.ts';
import { checkDetails } from '../audit/mutation-faults.ts';
import { writeOnce } from '../audit/write-once.ts';
import { recordEvent } from '../audit/writing.queries.ts';
import type { FeedService } from './feed.service.ts';
import type { LogFeed } from './log-feed.ts';
import { WebhookLoaders } from './webhook.loaders.ts';
import type { Webhook, WebhookEvent, WebhookPlace } from './webhook.model.ts';
import * as queries from './webhook.queries.ts';
import { mostWebhooks } from './webhook-rules.ts';
import { newWebhookSecret, type WebhookSecrets } from './webhook-secret.ts';

interface Keyed {
  readonly idempotencyKey?: string | null;
}
export interface CreateWebhook extends Keyed {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly filter?: AuditEntryFilter | null;
}
export interface DeleteWebhook extends Keyed {
  /** Global id. */
  readonly webhookId: string;
}
export interface RedeliverWebhook extends DeleteWebhook {
  /** A cursor of the feed, of `auditEntries` or of a delivery of alerts. */
  readonly after: string;
}

/** Endpoints that are told of new entries and alerts. Each change of them is an entry itself. The outcome's id is the endpoint's key. */
export class WebhookService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditService,
    private readonly feed: FeedService,
    private readonly logs: LogFeed,
    private readonly outgoing: Outgoing,
    private readonly secrets: WebhookSecrets,
  ) {}

  /** By the order they were made in. */
  webhooks(ctx: RequestContext): Promise<Webhook[]> {
    return this.loaders(ctx).all();
  }

  loaders(ctx: RequestContext): WebhookLoaders {
    const { tenant } = ctx.caller;
    return ctx.memo(this, () => new WebhookLoaders((statement) => this.database.read(tenant, statement), tenant));
  }

  cursorAt(ctx: RequestContext, event: WebhookEvent, place: WebhookPlace): Promise<string> {
    return event === 'ALERT' ? this.logs.cursorAt(ctx, 'alerts', place.alerts ?? 0) : this.feed.cursorAt(ctx, place);
  }

  /** From now on; alerts tell of operations too, so they are for who may read the vault. the secret is null when a call with this key made the endpoint before. */
  async createWebhook(ctx: RequestContext, input: CreateWebhook): Promise<Outcome & { readonly secret: string | null }> {
    const { url, filter = null } = input;
    const { tenant } = ctx.caller;
    await this.audit.matching(ctx, filter);
    const fault = await this.outgoing.refusalOf(url);
    const events = [...new Set(input.events)];
    if (events.includes('ALERT') && !ctx.caller.scopes.has('VAULT_READ')) {
      throw new DomainError('FORBIDDEN', 'Alerts tell of operations: this needs the permission VAULT_READ.', { scope: 'VAULT_READ' });
    }
    const { position } = await this.feed.placeBehind(tenant, null);
    const reached = events.includes('ALERT') ? { ...position, alerts: await this.logs.placeBehind(tenant, 'alerts', null) } : position;
    let secret: string | null = null;
    const outcome = await this.change(ctx, 'createWebhook', input, async (tx) => {
      if (fault) throw refusal(fault.kind === 'REFUSED' ? 'FORBIDDEN' : 'INVALID', fault.message, 'url');
      if (events.length === 0) throw refusal('INVALID', '"events" is empty.', 'events');
      checkDetails(filter, 'filter');
      const [row] = await tx.run(queries.countWebhooks(tenant));
      if (Number(row?.['count']) >= mostWebhooks) throw refusal('TOO_LARGE', `There are ${mostWebhooks} webhooks already.`);
      secret = newWebhookSecret();
      const sealedSecret = this.secrets.seal(tenant, secret);
      const [made] = await tx.run(queries.createWebhook(tenant, { url, events, filter, sealedSecret, reached }));
      const id = String(made?.['id']);
      await tell(tx, 'WEBHOOK_CREATED', id, url, { events });
      return id;
    });
    return { ...outcome, secret: outcome.id === null ? null : secret };
  }

  deleteWebhook(ctx: RequestContext, input: DeleteWebhook): Promise<Outcome> {
    const id = keyOf(input);
    return this.change(ctx, 'deleteWebhook', input, async (tx) => {
      const [row] = await tx.run(queries.deleteWebhook(ctx.caller.tenant, id));
      if (!row) throw unknown();
      await tell(tx, 'WEBHOOK_DELETED', id, String(row['url']));
      return id;
    });
  }

  /**
   * Everything after a cursor is sent again, also to an endpoint that was given up.
   * @throws DomainError of the cursor: see `FeedService.open`.
   */
  async redeliverWebhook(ctx: RequestContext, input: RedeliverWebhook): Promise<Outcome> {
    const { tenant } = ctx.caller;
    const id = keyOf(input);
    const place = await this.placeOf(tenant, input.after);
    return await this.change(ctx, 'redeliverWebhook', input, async (tx) => {
      const [row] = await tx.run(queries.placeWebhook(tenant, id, place));
      if (!row) throw unknown();
      if (row['takes_it'] !== true) throw refusal('INVALID', 'The cursor is one of events that the webhook does not take.', 'after');
      await tx.run(queries.markResent(tenant, id, place));
      await tell(tx, 'WEBHOOK_REDELIVERED', id, String(row['url']));
      return id;
    });
  }

  private async placeOf(tenant: string, after: string): Promise<queries.NewPlace> {
    try {
      return (await this.feed.placeBehind(tenant, after)).position;
    } catch (error) {
      if (!(error instanceof DomainError && error.code === 'CURSOR_INVALID')) throw error;
      return { kind: 'ALERT', alerts: await this.logs.placeBehind(tenant, 'alerts', after) };
    }
  }

  private async change(
    ctx: RequestContext,
    mutation: string,
    input: MutationCall['input'],
    work: (tx: Transaction) => Promise<string>,
  ): Promise<Outcome> {
    try {
      return await writeOnce(this.database, ctx, { mutation, input }, work);
    } finally {
      this.loaders(ctx).forgetAll();
      this.audit.loaders(ctx).forgetAll();
    }
  }
}

function keyOf({ webhookId }: DeleteWebhook): string {
  return bigintKeyOfGlobalId(webhookId, 'Webhook', 'input.webhookId');
}

const unknown = () => refusal('NOT_FOUND', 'There is no such webhook.', 'webhookId');

/** Where entries go is worth an entry; not with the path, which may hold a key. */
async function tell(tx: Transaction, operationName: string, id: string, url: string, details: object = {}): Promise<void> {
  await tx.run(recordEvent(operationName, { webhook: id, origin: new URL(url).origin, ...details }, null, null));
}
