import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { RequiresScope } from '../../shared/access.directives.ts';
import { DomainError } from '../../shared/errors.ts';
import { encodeGlobalId } from '../../shared/global-id.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { Outcome } from '../access/idempotency.ts';
import { byBigint, type NodeRegistry } from '../commerce/node-registry.ts';
import { type Webhook, type WebhookDelivery, WebhookDeliveryOutcome } from './webhook.model.ts';
import type { WebhookService } from './webhook.service.ts';
import {
  CreateWebhookInput,
  CreateWebhookPayload,
  DeleteWebhookInput,
  DeleteWebhookPayload,
  RedeliverWebhookInput,
  RedeliverWebhookPayload,
  WebhookDeliveryType,
  WebhookType,
} from './webhook.type.ts';

@Resolver(() => WebhookType)
export class WebhookResolver {
  constructor(private readonly webhooks: WebhookService) {}

  @RequiresScope('ADMIN')
  @Query(() => [WebhookType], { name: 'webhooks', nullable: true, description: 'Endpoints that are told of new entries or alerts.' })
  all(@Ctx() ctx: RequestContext): Promise<Webhook[]> {
    return this.webhooks.webhooks(ctx);
  }

  @RequiresScope('ADMIN')
  @Mutation(() => CreateWebhookPayload, {
    nullable: true,
    description: 'Registers an endpoint; the payload shows its signing secret once.',
  })
  async createWebhook(
    @Arg('input', () => CreateWebhookInput, { description: 'Input.' }) input: CreateWebhookInput,
    @Ctx() ctx: RequestContext,
  ): Promise<object> {
    const { secret, ...outcome } = await this.webhooks.createWebhook(ctx, input);
    return { ...(await this.payload(ctx, outcome)), secret };
  }

  @RequiresScope('ADMIN')
  @Mutation(() => DeleteWebhookPayload, { nullable: true, description: 'Removes an endpoint.' })
  async deleteWebhook(
    @Arg('input', () => DeleteWebhookInput, { description: 'Input.' }) input: DeleteWebhookInput,
    @Ctx() ctx: RequestContext,
  ): Promise<object> {
    const { id, userErrors } = await this.webhooks.deleteWebhook(ctx, input);
    return { deletedId: id === null ? null : idOf(id), userErrors };
  }

  @RequiresScope('ADMIN')
  @Mutation(() => RedeliverWebhookPayload, { nullable: true, description: 'Sends entries to an endpoint again.' })
  async redeliverWebhook(
    @Arg('input', () => RedeliverWebhookInput, { description: 'Input.' }) input: RedeliverWebhookInput,
    @Ctx() ctx: RequestContext,
  ): Promise<object> {
    return this.payload(ctx, await this.webhooks.redeliverWebhook(ctx, input));
  }

  @FieldResolver(() => ID, { description: 'Global id.' })
  id(@Root() webhook: Webhook): string {
    return idOf(webhook.id);
  }

  @FieldResolver(() => [WebhookDeliveryType], { description: 'Attempts to deliver, newest first; bounded to 50.' })
  deliveries(
    @Root() webhook: Webhook,
    @Arg('outcome', () => WebhookDeliveryOutcome, { nullable: true, description: 'Only those that ended so.' })
    outcome: WebhookDeliveryOutcome | null,
    @Ctx() ctx: RequestContext,
  ): Promise<WebhookDelivery[]> {
    return this.webhooks.loaders(ctx).deliveriesOf(webhook.id, outcome ?? null);
  }

  private async payload(ctx: RequestContext, { id, userErrors }: Outcome): Promise<object> {
    return { webhook: id === null ? null : await this.webhooks.loaders(ctx).webhook(id), userErrors };
  }
}

@Resolver(() => WebhookDeliveryType)
export class WebhookDeliveryResolver {
  constructor(private readonly webhooks: WebhookService) {}

  @FieldResolver(() => String, { description: 'Cursor behind which it begins: redeliverWebhook takes it.' })
  after(@Root() { event, after }: WebhookDelivery, @Ctx() ctx: RequestContext): Promise<string> {
    return this.webhooks.cursorAt(ctx, event, after);
  }

  @FieldResolver(() => String, { description: 'Cursor behind the last of it.' })
  cursor(@Root() { event, upto }: WebhookDelivery, @Ctx() ctx: RequestContext): Promise<string> {
    return this.webhooks.cursorAt(ctx, event, upto);
  }
}

const idOf = (key: string) => encodeGlobalId('Webhook', key);

/** The type itself carries no permission: `node` asks for it here. */
export function registerWebhookNodes(registry: NodeRegistry, webhooks: WebhookService): void {
  registry.register(
    'Webhook',
    byBigint((ctx, id) => {
      if (!ctx.caller.scopes.has('ADMIN')) throw new DomainError('FORBIDDEN', 'This needs the permission ADMIN.', { scope: 'ADMIN' });
      return webhooks.loaders(ctx).webhook(id);
    }),
  );
}
