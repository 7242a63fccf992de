import { createSourceEventStream, type ExecutionResult, execute } from 'graphql';
import type { RequestContext } from '../shared/request-context.ts';
import type { GraphqlAnswer, GraphqlExecutor, PreparedOperation } from './graphql.ts';
import type { GraphqlRequest } from './graphql-request.ts';

/** A subscription that fits the schema, keeps the limits and is paid for. */
interface Subscription {
  readonly request: GraphqlRequest;
  readonly prepared: PreparedOperation;
  /**
   * Does the work of its beginning or of one event in a context of its own: what one event loaded is old when the next one comes. What is read
   * is kept before it is told.
   */
  readonly recorded: <T>(work: (context: RequestContext) => Promise<T>) => Promise<T>;
}

/** The way to the subscriber besides the answers that are given one by one: many subscribers can be sent the same bytes, made once. */
interface SubscriptionChannel {
  /** Sends one answer, JSON in UTF-8. Resolves when it left this process, and at once when the socket is closed. */
  next(payload: Uint8Array): Promise<void>;
  /** What waits for the reader, in bytes: who sends of their own accord stops above a limit of their own. */
  bufferedBytes(): number;
}

/**
 * Answers one subscription: what it yields is sent, its end completes the operation, and `return()` is called when nobody listens any more,
 * also while a `next()` is under way. One that sends over the channel yields nothing.
 * @throws what formatError makes an error of this operation.
 */
export type Subscribe = (subscription: Subscription, channel: SubscriptionChannel) => Promise<AsyncIterator<GraphqlAnswer, void, void>>;

/** Executes each event for each subscriber alone. */
export function subscribeAlone(graphql: GraphqlExecutor): Subscribe {
  return async ({ request, prepared, recorded }) => {
    const operation = {
      schema: graphql.schema,
      document: prepared.document,
      operationName: request.operationName,
      variableValues: request.variables,
    };
    const source = await recorded((contextValue) => createSourceEventStream({ ...operation, contextValue }));
    if (!isStream(source)) throw source.errors?.[0] ?? new Error('a subscription gave neither events nor errors');
    const events = source[Symbol.asyncIterator]();
    const answerTo = (event: unknown) =>
      recorded(async (contextValue) => graphql.answerOf(await execute({ ...operation, rootValue: event, contextValue }), contextValue));
    return {
      async next() {
        const event = await events.next();
        return event.done ? over : { done: false, value: await answerTo(event.value) };
      },
      async return() {
        await events.return?.();
        return over;
      },
    };
  };
}

const over = { done: true, value: undefined } as const;

function isStream(source: AsyncIterable<unknown> | ExecutionResult): source is AsyncIterable<unknown> {
  return Symbol.asyncIterator in source;
}
