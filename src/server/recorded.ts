import type { Caller } from '../shared/caller.ts';
import { type ReadKeeper, ReadNotes } from '../shared/read-notes.ts';
import { type RequestContext, requestContext } from '../shared/request-context.ts';
import type { TraceContext } from '../shared/trace-context.ts';
import type { GraphqlExecutor } from './graphql.ts';

/** Who asks, from where and what for. */
export interface Sender {
  readonly caller: Caller;
  readonly requestId: string;
  readonly trace: TraceContext | null;
  readonly purpose: string | null;
  readonly application: string | null;
  readonly clientIp: string | null;
  /** Of a subscription that goes on: the cursor behind which. */
  readonly resumeAfter?: string | undefined;
}

/** Does the work of one request, or of one event of a subscription, in a context of its own, and keeps what was read before it is told. */
export async function recorded<T>(
  graphql: GraphqlExecutor,
  readLog: ReadKeeper | null,
  sender: Sender,
  work: (context: RequestContext) => Promise<T>,
): Promise<T> {
  const reads = readLog && new ReadNotes();
  const done = await work(contextOf(graphql, sender, reads));
  const kinds = reads?.all() ?? [];
  if (readLog && reads && kinds.length > 0) await readLog.keep({ ...sender, operationName: reads.operationName, kinds });
  return done;
}

export function contextOf(graphql: GraphqlExecutor, sender: Sender, reads: ReadNotes | null = null): RequestContext {
  const { caller, requestId, trace, resumeAfter } = sender;
  return requestContext(caller, requestId, () => graphql.costBudget(caller), reads, trace, resumeAfter);
}
