import type { Caller, CostBudget } from './caller.ts';
import { type Notice, type NoticeCode, Notices, type ResponsePath } from './notice.ts';
import type { ReadNotes } from './read-notes.ts';
import type { TraceContext } from './trace-context.ts';

/** What a resolver learns about the request it answers. Services hold the database; the context holds only who asks. */
export interface RequestContext {
  readonly caller: Caller;
  /** Also in the answer's header `x-request-id`, in the log and in the trail entries that the request writes. */
  readonly requestId: string;
  /** The trace that the request belongs to, for the log and for the trail entries that it writes; null: none. */
  readonly trace: TraceContext | null;
  /** Where a subscription goes on that was cut off, as the transport tells it (server-sent events: the header Last-Event-ID). */
  readonly resumeAfter?: string | undefined;
  /** What the caller has left to spend; null where there is no limit. */
  readonly costBudget: () => CostBudget | null;
  /** What is read of personal and audit data; null where nobody keeps it. */
  readonly reads: ReadNotes | null;
  /**
   * One value per key and request, made at the first call: a room's DataLoaders live here, so that no batch or cached row crosses requests.
   * The key is the maker's own object (e.g. the service), so that two rooms never meet under one name.
   */
  memo<T>(key: object, make: () => T): T;
  /** Says in the answer's `extensions.notices` why it is empty at a path (`info.path`). */
  notice(path: ResponsePath, code: NoticeCode): void;
  /** What was said so far: each once, by path, at most 20. */
  notices(): readonly Notice[];
}

export function requestContext(
  caller: Caller,
  requestId: string,
  costBudget: () => CostBudget | null = () => null,
  reads: ReadNotes | null = null,
  trace: TraceContext | null = null,
  resumeAfter?: string,
): RequestContext {
  const made = new Map<object, unknown>();
  const notices = new Notices();
  return {
    caller,
    requestId,
    resumeAfter,
    trace,
    costBudget,
    reads,
    memo<T>(key: object, make: () => T): T {
      if (!made.has(key)) made.set(key, make());
      return made.get(key) as T;
    },
    notice: (path, code) => notices.add(path, code),
    notices: () => notices.list(),
  };
}

/** The same request for one of several answers that are worked out together: what one has loaded the others need not, notices are its own. */
export function sharingLoads(context: RequestContext): RequestContext {
  const notices = new Notices();
  return { ...context, notice: (path, code) => notices.add(path, code), notices: () => notices.list() };
}
