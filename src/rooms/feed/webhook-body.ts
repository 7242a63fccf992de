import { type ExecutionResult, execute, type GraphQLSchema, parse } from 'graphql';
import { encodeGlobalId } from '../../shared/global-id.ts';
import { type RequestContext, sharingLoads } from '../../shared/request-context.ts';
import type { FeedItem } from './feed.model.ts';

// What a subscriber without PII_READ who asks this is told is what an endpoint is sent: the same resolvers, permissions and masks.
const document = parse(
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

export interface WebhookBody {
  readonly text: string;
  /** How many of the items it holds, from the first on. */
  readonly entries: number;
}

/**
 * Items as JSON: `{"type":"AUDIT_ENTRY","webhookId","cursor","entries":[{"cursor","entry"}]}`, in `bytes` as far as they fit, at least one.
 * @throws the error of an item that could not be told.
 */
export async function bodyOf(
  schema: GraphQLSchema,
  ctx: RequestContext,
  webhookId: string,
  items: readonly FeedItem[],
  bytes: number,
): Promise<WebhookBody> {
  const told = await Promise.all(
    items.map(async (rootValue) => entryOf(await execute({ schema, document, rootValue, contextValue: sharingLoads(ctx) }))),
  );
  let length = 0;
  const tooMany = told.findIndex((text, place) => {
    length += Buffer.byteLength(text) + 1;
    return place > 0 && length > bytes;
  });
  const fitting = tooMany < 0 ? told : told.slice(0, tooMany);
  const head = { type: 'AUDIT_ENTRY', webhookId: encodeGlobalId('Webhook', webhookId), cursor: items[fitting.length - 1]?.cursor };
  return { text: `${JSON.stringify(head).slice(0, -1)},"entries":[${fitting.join(',')}]}`, entries: fitting.length };
}

function entryOf({ data, errors }: ExecutionResult): string {
  const [error] = errors ?? [];
  if (error) throw error.originalError ?? error;
  return JSON.stringify(data?.['auditFeed']);
}
