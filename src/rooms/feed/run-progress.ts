import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../shared/errors.ts';
import { type LiveFeed, type LivePart, type LivePlace, type LiveReader, oneByOne } from '../../shared/live-feed.ts';
import { type RequestContext, requestContext } from '../../shared/request-context.ts';
import type { Run } from '../audit/run.model.ts';
import type { RunService } from '../audit/run.service.ts';
import type { FeedStream } from './feed.model.ts';
import type { FeedService } from './feed.service.ts';

/** A run of many small transactions is told no more often. */
const calmMs = 200;

/**
 * The run as it is, then each time entries of it were committed, until it has ended: a run begins and ends with an entry, so the feed of its
 * entries tells it all.
 * @throws DomainError `NOT_FOUND` when this tenant has no such run.
 */
export async function runProgress(feed: FeedService, runs: RunService, ctx: RequestContext, runId: string): Promise<LiveFeed<Run>> {
  // A context of its own each time: what one event has loaded is old when the next one comes.
  const look = async () => {
    const fresh = requestContext(ctx.caller, ctx.requestId);
    const run = await runs.run(fresh, runId);
    return run && { run, isOver: (await runs.status(fresh, run)) !== 'RUNNING' };
  };
  if (!(await look())) throw new DomainError('NOT_FOUND', 'There is no such run.', { argument: 'runId' });
  const first = readerOf(await feed.open(ctx, { runId }, null), look, true);
  return {
    key: JSON.stringify(['run', ctx.caller.tenant, runId]),
    first,
    resume: async (cursor) => readerOf(await feed.open(ctx, { runId }, cursor), look, false),
    [Symbol.asyncIterator]: () => oneByOne(first),
  };
}

type Look = () => Promise<{ readonly run: Run; readonly isOver: boolean } | null>;

/** @param tellsAtOnce whether the first event does not wait for an entry. */
function readerOf(stream: FeedStream, look: Look, tellsAtOnce: boolean): LiveReader<Run> {
  const abort = new AbortController();
  let isDue = tellsAtOnce;
  let isOver = false;
  let calmUntil = 0;
  const told = async ({ cursor, place, isNewest }: LivePlace): Promise<LivePart<Run>> => {
    const seen = await look();
    isOver = seen === null || seen.isOver;
    calmUntil = performance.now() + calmMs;
    return { events: seen ? [{ value: seen.run, cursor, place }] : [], cursor, place, isNewest };
  };
  const reader: LiveReader<Run> = {
    // Without a place, so that nobody goes on with others before the first event.
    start: tellsAtOnce ? { cursor: stream.start.cursor, place: null, isNewest: false } : stream.start,
    async next() {
      if (isDue) {
        isDue = false;
        return { done: false, value: await told(stream.start) };
      }
      const waitMs = calmUntil - performance.now();
      if (waitMs > 0 && !isOver) await sleep(waitMs, undefined, { ref: false, signal: abort.signal }).catch(() => {});
      if (isOver || abort.signal.aborted) return await reader.return!();
      const part = await stream.next();
      if (part.done) return part;
      const { items, cursor, place, isNewest } = part.value;
      return { done: false, value: items.length > 0 ? await told(part.value) : { events: [], cursor, place, isNewest } };
    },
    async return() {
      abort.abort();
      await stream.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => reader,
  };
  return reader;
}
