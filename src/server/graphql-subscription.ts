import { createSourceEventStream, type ExecutionResult, execute } from 'graphql';
import type { RequestContext } from '../shared/request-context.ts';
import type { GraphqlAnswer, GraphqlExecutor, PreparedOperation } from './graphql.ts';
import type { GraphqlRequest } from './graphql-request.ts';

/** A subscription that fits the schema, keeps the limits and is paid for. */
export interface Subscription {
  readonly request: GraphqlRequest;
  readonly prepared: PreparedOperation;
  /**
   * Does the work of its beginning or of one event in a context of its own: what one event loaded is old when the next one comes. What is read
   * is kept before it is told.
   */
  readonly recorded: <T>(work: (context: RequestContext) => Promise<T>) => Promise<T>;
  /** A context for work that is done for others as well, of which no read is kept. */
  readonly sharedContext: () => RequestContext;
}

/** One answer as JSON text, made once for all who get it. */
export interface SharedAnswer {
  readonly json: Buffer;
  /** Where the subscription goes on behind it; null where it cannot be resumed. */
  readonly cursor: string | null;
}

/** The way to one subscriber, for who sends of their own accord: a group sends many subscribers the same bytes. */
export interface SubscriptionChannel {
  /** Sends at once, whatever waits already. Nothing happens when the subscriber has gone. */
  push(answers: readonly SharedAnswer[]): void;
  /** What waits for the reader, in bytes. */
  bufferedBytes(): number;
  /** Ends the connection of a reader that does not keep up. */
  giveUp(): void;
}

/**
 * Answers one subscription: what it yields is sent, its end completes the operation, and `return()` is called when nobody listens any more,
 * also while a `next()` is under way. One that sends over the channel yields nothing.
 * @throws what formatError makes an error of this operation.
 */
export type Subscribe = (subscription: Subscription, channel: SubscriptionChannel) => Promise<AsyncIterator<GraphqlAnswer, void, void>>;

/** The operation as graphql executes it, for its beginning and for each event. */
export function executable(graphql: GraphqlExecutor, { request, prepared }: Subscription) {
  return {
    schema: graphql.schema,
    document: prepared.document,
    operationName: request.operationName,
    variableValues: request.variables,
  };
}

/** @throws what the field's `subscribe` throws. */
export async function sourceOf(graphql: GraphqlExecutor, subscription: Subscription): Promise<AsyncIterable<unknown>> {
  const operation = executable(graphql, subscription);
  const source = await subscription.recorded((contextValue) => createSourceEventStream({ ...operation, contextValue }));
  if (!isStream(source)) throw source.errors?.[0] ?? new Error('a subscription gave neither events nor errors');
  return source;
}

/** Executes each event for this subscriber alone. */
export function answersAlone(
  graphql: GraphqlExecutor,
  subscription: Subscription,
  source: AsyncIterable<unknown>,
): AsyncIterator<GraphqlAnswer, void, void> {
  const operation = executable(graphql, subscription);
  const events = source[Symbol.asyncIterator]();
  const answerTo = (event: unknown) =>
    subscription.recorded(async (contextValue) =>
      graphql.answerOf(await execute({ ...operation, rootValue: event, contextValue }), contextValue),
    );
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
}

export const over = { done: true, value: undefined } as const;

function isStream(source: AsyncIterable<unknown> | ExecutionResult): source is AsyncIterable<unknown> {
  return Symbol.asyncIterator in source;
}
