import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecutionResult, execute } from 'graphql';
import type { LiveEvent, LiveFeed } from '../shared/live-feed.ts';
import { sharingLoads } from '../shared/request-context.ts';
import type { GraphqlExecutor } from './graphql.ts';
import { executable, type SharedAnswer, type Subscription } from './graphql-subscription.ts';

const shortestWaitMs = 100;
const longestWaitMs = 2_000;
/** How long a database that is away is waited for before the subscription ends. */
const patienceMs = 30_000;

/** A subscription to a live feed, executed once for all who ask the same with the same permissions. */
export class SharedOperation {
  /** Equal keys: equal answers. */
  readonly key: string;

  constructor(
    private readonly graphql: GraphqlExecutor,
    private readonly subscription: Subscription,
    feed: LiveFeed,
  ) {
    const { request, sharedContext } = subscription;
    const { tenant, role, scopes } = sharedContext().caller;
    this.key = JSON.stringify([feed.key, tenant, role, [...scopes].sort(), request.query, request.operationName, request.variables]);
  }

  /**
   * One answer per event, in order. Events are worked out together, so that what they load is loaded by one statement; while the database
   * is away they are worked out again, since an answer without its data would be an event lost.
   * @throws the error of an event, when that did not help.
   */
  async answersTo(events: readonly LiveEvent[]): Promise<SharedAnswer[]> {
    const until = performance.now() + patienceMs;
    for (let waitMs = shortestWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      const { results, context } = await this.execute(events);
      const passing = results.map(passingError).find((error) => error !== undefined);
      if (passing === undefined) {
        return results.map((result, i) => ({
          json: Buffer.from(JSON.stringify(this.graphql.answerOf(result, context[i] ?? this.subscription.sharedContext()))),
          cursor: events[i]?.cursor ?? null,
        }));
      }
      if (performance.now() + waitMs > until) throw passing;
      await sleep(waitMs);
    }
  }

  private async execute(events: readonly LiveEvent[]) {
    const operation = executable(this.graphql, this.subscription);
    const together = this.subscription.sharedContext();
    const context = events.map(() => sharingLoads(together));
    const results = await Promise.all(events.map(({ value }, i) => execute({ ...operation, rootValue: value, contextValue: context[i] })));
    return { results, context };
  }
}

/** The database was away or slow: later the same may succeed. */
function passingError({ errors }: ExecutionResult): Error | undefined {
  return errors?.find(({ extensions }) => extensions['retryable'] === true);
}
