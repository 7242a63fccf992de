import DataLoader from 'dataloader';
import type { ReadRows } from '../../shared/page-read.ts';
import type { Webhook, WebhookDelivery, WebhookDeliveryOutcome } from './webhook.model.ts';
import { deliveriesOf, toDelivery, toWebhook, webhookList } from './webhook.queries.ts';
import { mostWebhooks } from './webhook-rules.ts';

/** Attempts that an endpoint shows. */
const shownDeliveries = 50;

/** The batches of one request for one tenant. Keys are the endpoints'. */
export class WebhookLoaders {
  private readonly webhooks: DataLoader<string, Webhook | null>;
  /** By the outcome that is asked for. */
  private readonly deliveries = new Map<WebhookDeliveryOutcome | null, DataLoader<string, WebhookDelivery[]>>();

  constructor(
    private readonly read: ReadRows,
    private readonly tenant: string,
  ) {
    this.webhooks = new DataLoader(
      async (ids) => {
        const rows = await read(webhookList(tenant, mostWebhooks, ids));
        const found = new Map(rows.map(toWebhook).map((webhook) => [webhook.id, webhook]));
        return ids.map((id) => found.get(id) ?? null);
      },
      { maxBatchSize: mostWebhooks },
    );
  }

  async all(): Promise<Webhook[]> {
    return (await this.read(webhookList(this.tenant, mostWebhooks))).map(toWebhook);
  }

  webhook(id: string): Promise<Webhook | null> {
    return this.webhooks.load(id);
  }

  /** Newest first. */
  deliveriesOf(id: string, outcome: WebhookDeliveryOutcome | null): Promise<WebhookDelivery[]> {
    let loader = this.deliveries.get(outcome);
    if (!loader) {
      loader = this.deliveriesThat(outcome);
      this.deliveries.set(outcome, loader);
    }
    return loader.load(id);
  }

  /** After this request wrote something itself. */
  forgetAll(): void {
    this.webhooks.clearAll();
    this.deliveries.clear();
  }

  private deliveriesThat(outcome: WebhookDeliveryOutcome | null): DataLoader<string, WebhookDelivery[]> {
    return new DataLoader(
      async (ids) => {
        const found = new Map(ids.map((id): [string, WebhookDelivery[]] => [id, []]));
        const rows = await this.read(deliveriesOf(this.tenant, ids, outcome, shownDeliveries));
        for (const row of rows) found.get(String(row['webhook_id']))?.push(toDelivery(row));
        return ids.map((id) => found.get(id) ?? []);
      },
      { maxBatchSize: mostWebhooks },
    );
  }
}
