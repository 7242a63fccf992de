import type { Database } from '../../database/database.ts';
import type { CursorCodec, CursorScope } from '../../shared/cursor.ts';
import { type Page, type PageRequest, pageWindow } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { ActorFacts } from './audit.model.ts';
import { actorOfKey } from './audit.model.ts';
import type { AuditService } from './audit.service.ts';
import { millisecondsBetween } from './duration.ts';
import { impliedStatus, type Run, type RunEntries, type RunStatus } from './run.model.ts';
import { toRun } from './run.queries.ts';
import { anyRun, countRuns, pageOfRuns, type RunFilter } from './run-list.queries.ts';

const scope: CursorScope = { kind: 'audit.runs', version: 1, order: 'run_id:desc' };

/** Batches: those that were opened, and those that entries merely name. */
export class RunService {
  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly audit: AuditService,
  ) {}

  /** Null when nobody opened it and no entry names it. */
  async run(ctx: RequestContext, runId: string): Promise<Run | null> {
    const loaders = this.audit.loaders(ctx);
    const run = await loaders.run(runId);
    return run.opened || (await loaders.entriesOfRun(runId)) ? run : null;
  }

  /** Newest first, by run id. */
  async runs(ctx: RequestContext, request: PageRequest & { readonly filter?: RunFilter | null }): Promise<Page<Run>> {
    const { tenant } = ctx.caller;
    const { filter } = request;
    const loaders = this.audit.loaders(ctx);
    const window = pageWindow(request, this.codec, tenant, scope);
    const rows = await this.database.read(ctx.caller, pageOfRuns(tenant, filter, window));
    const goesOn = rows.length > window.limit;
    const shown = rows.slice(0, window.limit);
    if (window.backward) shown.reverse();
    const edges = shown.map((row) => {
      const node = loaders.keepRun(toRun(row));
      return { cursor: this.codec.encode(tenant, scope, [node.key]), node };
    });
    /** Whether there is a run further out than the page, or, when it is empty, on the far side of the cursor. */
    const outside = async (side: 'newer' | 'older', edge: Run | undefined, bound: string | null | undefined) => {
      const [row] = await this.database.read(ctx.caller, anyRun(tenant, filter, edge?.key ?? bound ?? '', side, edge === undefined));
      return row?.['found'] === true;
    };
    return {
      edges,
      nodes: edges.map((edge) => edge.node),
      pageInfo: {
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
        hasNextPage: () =>
          (!window.backward && goesOn) || (window.before !== null && outside('older', edges.at(-1)?.node, window.before[0])),
        hasPreviousPage: () => (window.backward && goesOn) || (window.after !== null && outside('newer', edges[0]?.node, window.after[0])),
      },
      totalCount: async () => {
        const [row] = await this.database.read(ctx.caller, countRuns(tenant, filter));
        return Number(row?.['count']);
      },
    };
  }

  async entryCount(ctx: RequestContext, run: Run): Promise<number> {
    return (await this.audit.loaders(ctx).entriesOfRun(run.key))?.count ?? 0;
  }

  /** When it was opened; of a run that nobody opened the earliest time of its entries. */
  async startedAt(ctx: RequestContext, run: Run): Promise<string> {
    return run.opened?.startedAt ?? (await this.entriesOf(ctx, run)).firstAt;
  }

  /** Null while it runs; of a run that nobody opened the latest time of its entries. */
  async finishedAt(ctx: RequestContext, run: Run): Promise<string | null> {
    if (run.opened) return run.opened.finishedAt;
    const entries = await this.entriesOf(ctx, run);
    return impliedStatus(entries) === 'RUNNING' ? null : entries.lastAt;
  }

  async durationMs(ctx: RequestContext, run: Run): Promise<number | null> {
    const [from, to] = await Promise.all([this.startedAt(ctx, run), this.finishedAt(ctx, run)]);
    return to === null ? null : millisecondsBetween(from, to);
  }

  async status(ctx: RequestContext, run: Run): Promise<RunStatus> {
    return run.opened?.status ?? impliedStatus(await this.entriesOf(ctx, run));
  }

  /** Who opened it, else who wrote its first entry. */
  async actor(ctx: RequestContext, run: Run): Promise<ActorFacts> {
    const { opened } = run;
    if (opened?.actor) return { ...actorOfKey(opened.actor, opened.actorKind), saidBy: { openingOf: run.key } };
    return (await this.entriesOf(ctx, run)).actor;
  }

  /** A run without a row of its own exists by its entries. */
  private async entriesOf(ctx: RequestContext, run: Run): Promise<RunEntries> {
    const entries = await this.audit.loaders(ctx).entriesOfRun(run.key);
    if (!entries) throw new Error('a run has neither a row nor entries');
    return entries;
  }
}
