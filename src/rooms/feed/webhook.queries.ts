import { type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { json, type Row, textArray } from '../../database/database.ts';
import { webhookDeliveries, webhooks } from '../../database/tables/audit.ts';
import type { AuditEntryFilter } from '../audit/entry-filter.queries.ts';
import type { FeedPosition } from '../audit/feed-cursor.model.ts';
import {
  eventBetween,
  type Webhook,
  type WebhookDelivery,
  type WebhookDeliveryOutcome,
  type WebhookEvent,
  type WebhookPlace,
} from './webhook.model.ts';

const w = alias(webhooks, 'w');
const d = alias(webhookDeliveries, 'd');

/** Endpoints of one tenant by id, `limit` at most; only some where `ids` are given. What waits since before it was placed waits since then. */
export function webhookList(tenant: string, limit: number, ids: readonly string[] | null = null): SQL {
  const wanted = ids ? sql` and ${w.id} = any(${textArray(ids)}::text::bigint[])` : sql``;
  return sql`/* webhook.list */ select ${w.id}, ${w.url}, to_jsonb(${w.events}) as events, ${w.isActive}, ${w.lastError},
      extract(epoch from clock_timestamp() - waiting.since)::float8 * 1000 as lag_ms,
      (select count(*) from ${webhookDeliveries} d where ${d.tenant} = ${tenant} and ${d.webhookId} = ${w.id} and ${d.outcome} = 'GIVEN_UP') as dead_letters
    from ${webhooks} w cross join lateral (
      select audit.webhook_waits_since(${w.tenant}, ${w.events}, ${w.sequence}, ${w.alerts}, ${w.placedAt}) as since) waiting
   where ${w.tenant} = ${tenant}${wanted} order by ${w.id} limit ${limit}::int`;
}

export function toWebhook(row: Row): Webhook {
  return {
    id: String(row['id']),
    url: String(row['url']),
    events: row['events'] as WebhookEvent[],
    isActive: row['is_active'] === true,
    lagMs: row['lag_ms'] as number | null,
    deadLetterCount: Number(row['dead_letters']),
    lastError: row['last_error'] as string | null,
  };
}

export function countWebhooks(tenant: string): SQL {
  return sql`/* webhook.count */ select count(*)::int as count from ${webhooks} w where ${w.tenant} = ${tenant}`;
}

export interface NewWebhook {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly filter: AuditEntryFilter | null;
  readonly sealedSecret: string;
  readonly reached: WebhookPlace;
}

export function createWebhook(tenant: string, { url, events, filter, sealedSecret, reached }: NewWebhook): SQL {
  return sql`/* webhook.create */ insert into ${webhooks} (tenant, url, events, filter, sealed_secret, reached)
    values (${tenant}, ${url}, ${textArray(events)}::text::text[], ${filter ? json(filter) : null}::text::jsonb, ${sealedSecret}, ${json(reached)}::text::jsonb)
    returning id`;
}

/** A row when it was there. */
export function deleteWebhook(tenant: string, id: string): SQL {
  return sql`/* webhook.delete */ delete from ${webhooks} w where ${w.tenant} = ${tenant} and ${w.id} = ${id}::text::bigint returning ${w.url}`;
}

/** Where to begin again: in the feed of entries, or behind an alert. */
export type NewPlace = FeedPosition | { readonly kind: 'ALERT'; readonly alerts: number };

/** Begins elsewhere, at once and whatever happened before. A row with `takes_it` when it is there. */
export function placeWebhook(tenant: string, id: string, place: NewPlace): SQL {
  const ofAlerts = sql`case when ${w.alerts} is null then '{}' else jsonb_build_object('alerts', ${w.alerts}) end`;
  const [reached, takesIt] =
    place.kind === 'ALERT'
      ? [sql`${w.reached} || ${json({ alerts: place.alerts })}::text::jsonb`, sql`'ALERT' = any(${w.events})`]
      : [sql`${json(place)}::text::jsonb || ${ofAlerts}`, sql`'AUDIT_ENTRY' = any(${w.events})`];
  return sql`/* webhook.place */ update ${webhooks} w set reached = ${reached}, placed_at = clock_timestamp(),
      generation = ${w.generation} + 1, delivery_id = null, delivery_end = null, attempts = 0, given_up = 0, is_active = true,
      next_attempt_at = clock_timestamp(), last_error = null, lease_owner = null, lease_until = null
    where ${w.tenant} = ${tenant} and ${w.id} = ${id}::text::bigint returning ${w.url}, ${takesIt} as takes_it`;
}

/** What was given up and lies behind the place is sent again. Inside a page's snapshot that is known of the same page alone. */
export function markResent(tenant: string, id: string, place: NewPlace): SQL {
  const ofAlerts = sql`${d.after} -> 'alerts' is distinct from ${d.upto} -> 'alerts'`;
  return sql`/* webhook.resent */ update ${webhookDeliveries} d set outcome = 'RESENT'
   where ${d.tenant} = ${tenant} and ${d.webhookId} = ${id}::text::bigint and ${d.outcome} = 'GIVEN_UP'
     and (${ofAlerts}) = ${place.kind === 'ALERT'}::boolean and ${liesBehind(place)}`;
}

function liesBehind(place: NewPlace): SQL {
  if (place.kind === 'ALERT') return sql`(${d.after} ->> 'alerts')::bigint >= ${String(place.alerts)}::text::bigint`;
  const from = place.kind === 'POSITION' ? place.sequence : Number(place.pin.sequence);
  const ofPage =
    place.kind === 'SNAPSHOT'
      ? sql` or (${d.after} -> 'pin' = ${json(place.pin)}::text::jsonb and (${d.after} ->> 'id')::bigint >= ${place.id}::text::bigint)`
      : sql``;
  return sql`((${d.after} ->> 'sequence')::bigint >= ${String(from)}::text::bigint${ofPage})`;
}

/** Attempts of each endpoint, newest first, `limit` at most; with an outcome only those that ended so. */
export function deliveriesOf(tenant: string, ids: readonly string[], outcome: WebhookDeliveryOutcome | null, limit: number): SQL {
  const wanted = outcome ? sql` and ${d.outcome} = ${outcome}` : sql``;
  return sql`/* webhook.deliveries */ select newest.* from unnest(${textArray(ids)}::text::bigint[]) as wanted(id)
    cross join lateral (
      select ${d.webhookId}, ${d.id}, ${d.deliveryId}, ${d.attempt}, ${d.outcome}, ${d.after}, ${d.upto}, ${d.entries}, ${d.status}, ${d.durationMs}, ${d.error},
          ${d.attemptedAt}
        from ${webhookDeliveries} d where ${d.tenant} = ${tenant} and ${d.webhookId} = wanted.id${wanted} order by ${d.id} desc limit ${limit}::int) newest
   order by newest.webhook_id, newest.id desc`;
}

export function toDelivery(row: Row): WebhookDelivery {
  const [after, upto] = [row['after'] as WebhookPlace, row['upto'] as WebhookPlace];
  return {
    deliveryId: String(row['delivery_id']),
    event: eventBetween(after, upto),
    outcome: row['outcome'] as WebhookDeliveryOutcome,
    attempt: Number(row['attempt']),
    entryCount: Number(row['entries']),
    statusCode: row['status'] as number | null,
    durationMs: Number(row['duration_ms']),
    error: row['error'] as string | null,
    attemptedAt: String(row['attempted_at']),
    after,
    upto,
  };
}
