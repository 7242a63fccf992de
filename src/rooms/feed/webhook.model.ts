import type { AuditEntryFilter } from '../audit/entry-filter.queries.ts';
import type { FeedPosition } from '../audit/feed-cursor.model.ts';

export const WebhookEvent = { ALERT: 'ALERT', AUDIT_ENTRY: 'AUDIT_ENTRY' } as const;
export type WebhookEvent = keyof typeof WebhookEvent;

/** How far an endpoint has come: in the feed of entries, and by their number in the alerts, where it takes them. */
export type WebhookPlace = FeedPosition & { readonly alerts?: number };

/** What is told between two places of an endpoint: a delivery is of one kind. */
export function eventBetween(after: WebhookPlace, upto: WebhookPlace): WebhookEvent {
  return after.alerts === upto.alerts ? 'AUDIT_ENTRY' : 'ALERT';
}

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
  readonly event: WebhookEvent;
  readonly outcome: WebhookDeliveryOutcome;
  readonly attempt: number;
  readonly entryCount: number;
  /** Null when nothing was answered. */
  readonly statusCode: number | null;
  readonly durationMs: number;
  readonly error: string | null;
  readonly attemptedAt: string;
  /** Behind which it begins, and where it ends. */
  readonly after: WebhookPlace;
  readonly upto: WebhookPlace;
}

/** An endpoint whose lease this server holds. */
export interface ClaimedWebhook {
  readonly tenant: string;
  readonly id: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  /** Of entries. */
  readonly filter: AuditEntryFilter | null;
  readonly sealedSecret: string;
  readonly reached: WebhookPlace;
  readonly generation: number;
  /** The delivery under way, which failed or was cut off. */
  readonly delivery: { readonly id: string; readonly end: WebhookPlace } | null;
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
