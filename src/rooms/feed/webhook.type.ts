import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { payloadType } from '../../shared/payload.type.ts';
import { DateTime, Url } from '../../shared/scalars.ts';
import { AuditEntryFilterInput } from '../audit/audit-entry.args.ts';
import { idempotencyKey } from '../audit/writing.type.ts';
import { NodeType } from '../commerce/node.type.ts';
import { WebhookDeliveryOutcome, WebhookEvent } from './webhook.model.ts';
import type { CreateWebhook, DeleteWebhook, RedeliverWebhook } from './webhook.service.ts';

registerEnumType(WebhookEvent, {
  name: 'WebhookEvent',
  description: 'Events of webhooks.',
  valuesConfig: { ALERT: { description: 'Alert.' }, AUDIT_ENTRY: { description: 'Audit entry.' } },
});

registerEnumType(WebhookDeliveryOutcome, {
  name: 'WebhookDeliveryOutcome',
  description: 'How an attempt to deliver ended.',
  valuesConfig: {
    DELIVERED: { description: 'The endpoint answered 2xx.' },
    FAILED: { description: 'It is tried again.' },
    GIVEN_UP: { description: 'The last try failed: redeliverWebhook sends it again.' },
    RESENT: { description: 'The last try failed, and it is sent again since redeliverWebhook.' },
  },
});

@ObjectType('WebhookDelivery', { description: 'An attempt to deliver entries or alerts to an endpoint.', simpleResolvers: true })
export class WebhookDeliveryType {
  @Field(() => String, { description: 'Header Webhook-Id: the same for each attempt of one delivery.' })
  readonly deliveryId!: string;

  @Field(() => WebhookEvent, { description: 'What was delivered.' })
  readonly event!: WebhookEvent;

  @Field(() => WebhookDeliveryOutcome, { description: 'How it ended.' })
  readonly outcome!: WebhookDeliveryOutcome;

  @Field(() => Int, { description: 'Which try it was, from 1.' })
  readonly attempt!: number;

  @Field(() => Int, { description: 'Number of entries, or of alerts.' })
  readonly entryCount!: number;

  @Field(() => Int, { nullable: true, description: 'HTTP status; null when nothing was answered.' })
  readonly statusCode!: number | null;

  @Field(() => Float, { description: 'Time it took, in milliseconds.' })
  readonly durationMs!: number;

  @Field(() => String, { nullable: true, description: 'What went wrong; null when it was delivered.' })
  readonly error!: string | null;

  @Field(() => DateTime, { description: 'When it ended.' })
  readonly attemptedAt!: string;
}

@ObjectType('Webhook', {
  implements: NodeType,
  description: 'An endpoint that is told of new entries or alerts; each delivery is signed and carries a cursor.',
  simpleResolvers: true,
})
export class WebhookType {
  @Field(() => [WebhookEvent], { description: 'Events taken.' })
  readonly events!: readonly WebhookEvent[];

  @Field(() => Int, { description: 'Deliveries that were given up.' })
  readonly deadLetterCount!: number;

  @Field(() => Boolean, { description: 'Whether deliveries are made.' })
  readonly isActive!: boolean;

  @Field(() => Float, { nullable: true, description: 'Age of the oldest waiting delivery in milliseconds; null when none waits.' })
  readonly lagMs!: number | null;

  @Field(() => String, { nullable: true, description: 'Last failure; null when well.' })
  readonly lastError!: string | null;

  @Field(() => Url, { description: 'Where to.' })
  readonly url!: string;
}

@InputType('CreateWebhookInput', { description: 'Input of createWebhook.' })
export class CreateWebhookInput implements CreateWebhook {
  @Field(() => [WebhookEvent], { description: 'Events taken.' })
  readonly events!: WebhookEvent[];

  @Field(() => AuditEntryFilterInput, { nullable: true, description: 'Which entries.' })
  readonly filter?: AuditEntryFilterInput | null;

  @Field(() => Url, { description: 'Where to.' })
  readonly url!: string;

  @Field(() => String, idempotencyKey)
  readonly idempotencyKey?: string | null;
}

@InputType('DeleteWebhookInput', { description: 'Input of deleteWebhook.' })
export class DeleteWebhookInput implements DeleteWebhook {
  @Field(() => ID, { description: 'Which.' })
  readonly webhookId!: string;

  @Field(() => String, idempotencyKey)
  readonly idempotencyKey?: string | null;
}

@InputType('RedeliverWebhookInput', { description: 'Input of redeliverWebhook.' })
export class RedeliverWebhookInput implements RedeliverWebhook {
  @Field(() => ID, { description: 'Which.' })
  readonly webhookId!: string;

  @Field(() => String, { description: 'Send again everything after this cursor of entries, or of alerts.' })
  readonly after!: string;

  @Field(() => String, idempotencyKey)
  readonly idempotencyKey?: string | null;
}

export const CreateWebhookPayload = payloadType('createWebhook', 'webhook', () => WebhookType);
Field(() => String, { nullable: true, description: 'Secret for the signature; shown once.' })(CreateWebhookPayload.prototype, 'secret');
export const RedeliverWebhookPayload = payloadType('redeliverWebhook', 'webhook', () => WebhookType);
export const DeleteWebhookPayload = payloadType(
  'deleteWebhook',
  'deletedId',
  () => ID,
  'Id of what was removed; null when there are errors.',
);
