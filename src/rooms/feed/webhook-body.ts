import { type DocumentNode, type ExecutionResult, execute, type GraphQLSchema, parse } from 'graphql';
import { encodeGlobalId } from '../../shared/global-id.ts';
import { type RequestContext, sharingLoads } from '../../shared/request-context.ts';
import type { WebhookEvent } from './webhook.model.ts';
import type { TopicItem } from './webhook-topic.ts';

// What a subscriber without PII_READ who asks this is told is what an endpoint is sent: the same resolvers, permissions and masks.
const entries = parse(
  `subscription Webhook {
    auditFeed {
      ... on AuditFeedEntry {
        cursor
        entry {
          id sequence occurredAt recordedAt operation operationName tableName entityType entityKey transactionId summary
          actor { kind key displayName role isVerified }
          changes { field kind before after }
          reason { text code reference source }
          run { key name }
          details
        }
      }
    }
  }`,
  { noLocation: true },
);
const alerts = parse(
  `subscription Webhook {
    alerts {
      __typename
      ... on Anomaly { id kind score observed expected occurredAt summary evidence { id tableName entityKey } }
      ... on HealthCheck { name status detail }
      ... on VaultExecution { id scriptName executionStatus: status errorMessage }
    }
  }`,
  { noLocation: true },
);

interface Telling {
  readonly document: DocumentNode;
  /** Name of the list of a body. */
  readonly list: string;
  readonly told: (data: NonNullable<ExecutionResult['data']>, item: TopicItem) => unknown;
}

const tellings: Readonly<Record<WebhookEvent, Telling>> = {
  AUDIT_ENTRY: { document: entries, list: 'entries', told: (data) => data['auditFeed'] },
  ALERT: { document: alerts, list: 'alerts', told: (data, { cursor }) => ({ cursor, alert: data['alerts'] }) },
};

export interface WebhookBody {
  readonly text: string;
  /** How many of the items it holds, from the first on. */
  readonly items: number;
}

/**
 * Items as JSON: `{"type":"AUDIT_ENTRY","webhookId","cursor","entries":[{"cursor","entry"}]}`, of alerts
 * `{"type":"ALERT","webhookId","cursor","alerts":[{"cursor","alert"}]}`, in `bytes` as far as they fit, at least one.
 * @throws the error of an item that could not be told.
 */
export async function bodyOf(
  schema: GraphQLSchema,
  ctx: RequestContext,
  event: WebhookEvent,
  webhookId: string,
  items: readonly TopicItem[],
  bytes: number,
): Promise<WebhookBody> {
  const { document, list, told } = tellings[event];
  const texts = await Promise.all(
    items.map(async (item) => {
      const { data, errors } = await execute({ schema, document, rootValue: item.value, contextValue: sharingLoads(ctx) });
      const [error] = errors ?? [];
      if (error) throw error.originalError ?? error;
      return JSON.stringify(told(data ?? {}, item));
    }),
  );
  let length = 0;
  const tooMany = texts.findIndex((text, place) => {
    length += Buffer.byteLength(text) + 1;
    return place > 0 && length > bytes;
  });
  const fitting = tooMany < 0 ? texts : texts.slice(0, tooMany);
  const head = { type: event, webhookId: encodeGlobalId('Webhook', webhookId), cursor: items[fitting.length - 1]?.cursor };
  return { text: `${JSON.stringify(head).slice(0, -1)},"${list}":[${fitting.join(',')}]}`, items: fitting.length };
}
