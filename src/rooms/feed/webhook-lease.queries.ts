// Statements of who sends: see drizzle/0024_webhooks.sql and 0032_alert_topic.sql.
import { type SQL, sql } from 'drizzle-orm';
import { json, type Row } from '../../database/database.ts';
import type { AuditEntryFilter } from '../audit/entry-filter.queries.ts';
import type { ClaimedWebhook, WebhookDeliveryOutcome, WebhookEvent, WebhookFigures, WebhookPlace } from './webhook.model.ts';

const interval = (ms: number | null) => sql`${ms === null ? null : `${ms} ms`}::text::interval`;

/** One row for `toClaim`. */
export function claimWebhooks(server: string, most: number, leaseMs: number): SQL {
  return sql`/* webhook.claim */ select claimed, tenants, next_in_ms from audit.claim_webhooks(${server}::text, ${most}::int, ${interval(leaseMs)})`;
}

export interface Claim {
  readonly webhooks: readonly ClaimedWebhook[];
  /** Those that have endpoints. */
  readonly tenants: readonly string[];
  /** After which another may be due without anything new; null: none. */
  readonly nextInMs: number | null;
}

export function toClaim(row: Row): Claim {
  return {
    webhooks: (row['claimed'] as Row[]).map(toClaimed),
    tenants: row['tenants'] as string[],
    nextInMs: row['next_in_ms'] as number | null,
  };
}

function toClaimed(row: Row): ClaimedWebhook {
  const id = row['delivery_id'] as string | null;
  return {
    tenant: String(row['tenant']),
    id: String(row['id']),
    url: String(row['url']),
    events: row['events'] as WebhookEvent[],
    filter: row['filter'] as AuditEntryFilter | null,
    sealedSecret: String(row['sealed_secret']),
    reached: row['reached'] as WebhookPlace,
    generation: Number(row['generation']),
    delivery: id === null ? null : { id, end: row['delivery_end'] as WebhookPlace },
    attempts: Number(row['attempts']),
    givenUp: Number(row['given_up']),
  };
}

/** By which lease a server may change an endpoint. */
export interface Lease {
  readonly id: string;
  readonly server: string;
  readonly generation: number;
}

const held = ({ id, server, generation }: Lease) => sql`${id}::text::bigint, ${server}::text, ${generation}::int`;

export function beginDelivery(lease: Lease, leaseMs: number, deliveryId: string, after: WebhookPlace, end: WebhookPlace): SQL {
  return sql`/* webhook.begin */ select audit.begin_webhook_delivery(${held(lease)}, ${interval(leaseMs)}, ${deliveryId}::text,
    ${json(after)}::text::jsonb, ${json(end)}::text::jsonb) as held`;
}

/** How an attempt went. */
export interface Ended {
  readonly deliveryId: string;
  readonly after: WebhookPlace;
  readonly outcome: Exclude<WebhookDeliveryOutcome, 'RESENT'>;
  readonly attempt: number;
  readonly givenUp: number;
  readonly staysActive: boolean;
  readonly waitMs: number;
  readonly entries: number;
  readonly status: number | null;
  readonly durationMs: number;
  readonly error: string | null;
}

/** @param leaseMs null gives the lease back. @param kept attempts that stay in the log. */
export function endDelivery(lease: Lease, leaseMs: number | null, ended: Ended, kept: number): SQL {
  const { deliveryId, after, outcome, attempt, givenUp, staysActive, waitMs, entries, status, durationMs, error } = ended;
  return sql`/* webhook.end */ select audit.end_webhook_delivery(${held(lease)}, ${interval(leaseMs)}, ${deliveryId}::text, ${json(after)}::text::jsonb,
    ${outcome}::text, ${attempt}::int, ${givenUp}::int, ${staysActive}::boolean, ${interval(waitMs)}, ${entries}::int, ${status}::int,
    ${durationMs}::float8, ${error}::text, ${kept}::int) as held`;
}

/** @param reached null: as far as before. */
export function releaseWebhook(lease: Lease, reached: WebhookPlace | null, waitMs: number, error: string | null): SQL {
  return sql`/* webhook.release */ select audit.release_webhook(${held(lease)}, ${reached ? json(reached) : null}::text::jsonb, ${interval(waitMs)}, ${error}::text) as held`;
}

export const webhookFigures: SQL = sql`/* webhook.figures */ select waiting, lag_seconds, given_up, inactive from audit.webhook_figures()`;

export function toFigures(row: Row | undefined): WebhookFigures {
  return {
    waiting: Number(row?.['waiting']),
    lagSeconds: Number(row?.['lag_seconds']),
    givenUp: Number(row?.['given_up']),
    inactive: Number(row?.['inactive']),
  };
}
