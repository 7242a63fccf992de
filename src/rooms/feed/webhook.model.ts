import type { AuditEntryFilter } from '../audit/entry-filter.queries.ts';
import type { FeedPosition } from '../audit/feed-cursor.model.ts';

export const WebhookEvent = { AUDIT_ENTRY: 'AUDIT_ENTRY' } as const;
export type WebhookEvent = keyof typeof WebhookEvent;

export const WebhookDeliveryOutcome = { DELIVERED: 'DELIVERED', FAILED: 'FAILED', GIVEN_UP: 'GIVEN_UP', RESENT: 'RESENT' } as const;
export type WebhookDeliveryOutcome = keyof typeof WebhookDeliveryOutcome;

export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly isActive: boolean;
  /** Null when nothing waits. */
  readonly lagMs: number | null;
  readonly deadLetterCount: number;
  readonly lastError: string | null;
}

/** One attempt. */
export interface WebhookDelivery {
  readonly deliveryId: string;
  readonly outcome: WebhookDeliveryOutcome;
  readonly attempt: number;
  readonly entryCount: number;
  /** Null when nothing was answered. */
  readonly statusCode: number | null;
  readonly durationMs: number;
  readonly error: string | null;
  readonly attemptedAt: string;
  /** Behind which it begins, and where it ends. */
  readonly after: FeedPosition;
  readonly upto: FeedPosition;
}

/** An endpoint whose lease this server holds. */
export interface ClaimedWebhook {
  readonly tenant: string;
  readonly id: string;
  readonly url: string;
  readonly filter: AuditEntryFilter | null;
  readonly sealedSecret: string;
  readonly reached: FeedPosition;
  readonly generation: number;
  /** The delivery under way, which failed or was cut off. */
  readonly delivery: { readonly id: string; readonly end: FeedPosition } | null;
  /** Failed ones of the delivery under way. */
  readonly attempts: number;
  /** Deliveries given up in a row. */
  readonly givenUp: number;
}

export interface WebhookFigures {
  /** Endpoints for which something waits. */
  readonly waiting: number;
  /** How long the oldest of it waits. */
  readonly lagSeconds: number;
  /** Deliveries that were given up and not sent again. */
  readonly givenUp: number;
  /** Endpoints to which nothing is sent any more. */
  readonly inactive: number;
}
