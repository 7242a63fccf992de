import type { SQL } from 'drizzle-orm';
import type { Database } from '../../database/database.ts';
import { users } from '../../database/tables/commerce.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import type { OrderDirection } from '../../shared/filter.input.ts';
import { languageOf } from '../../shared/language/languages.ts';
import type { ResponsePath } from '../../shared/notice.ts';
import { isEmptyList, type Page, type PageRequest } from '../../shared/page.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { CommerceService } from '../commerce/commerce.service.ts';
import { type Actor, actorFrom } from './actor.ts';
import { AuditLoaders, maxReasons } from './audit.loaders.ts';
import {
  type ActorFacts,
  type AuditEntry,
  actorOfEntry,
  actorOfKey,
  type Reason,
  type StatedReason,
  type TrackedTable,
} from './audit.model.ts';
import { changesOf, type FieldChange } from './changes.ts';
import { type Asked, askedBy, whyEmpty } from './emptiness.ts';
import { type AuditEntryFilter, displayNamesIn, entryFilter, needsTables, usersByDisplayName } from './entry-filter.queries.ts';
import { type EntryList, trailOf, trailOfRuns } from './entry-pages.queries.ts';
import { EntryPages } from './entry-pages.ts';
import { FeedOrderPages, feedPageRequest } from './feed-order-pages.ts';
import { type Run, reasonOfRun } from './run.model.ts';
import { type SummaryFacts, summaryOf } from './summary.ts';
import type { Match } from './text-sources.ts';

export interface EntriesRequest extends PageRequest {
  readonly filter?: AuditEntryFilter | null;
  readonly direction?: OrderDirection | null;
}

/** The trail of one tenant: entries, what they changed, who and why. */
export class AuditService {
  /** Under which a request keeps its pages of runs' entries. */
  private readonly pagesOfRuns = {};

  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly commerce: CommerceService,
  ) {}

  /** @param path where the answer stands, to say there why it is empty. */
  async entries(ctx: RequestContext, path: ResponsePath, request: EntriesRequest): Promise<Page<AuditEntry>> {
    const { tenant } = ctx.caller;
    const besideFeed = feedPageRequest(request, this.codec, tenant);
    const where = await this.matching(ctx, request.filter);
    if (besideFeed) {
      return new FeedOrderPages(this.reader(ctx), where, this.codec, tenant, (entry) => this.loaders(ctx).keep(entry)).page(besideFeed);
    }
    const page = await this.entryPages(ctx, trailOf(where), request).pageOf();
    if (isEmptyList(page, request)) await this.explainEmpty(ctx, path, askedBy(request.filter));
    return page;
  }

  /** Entries of a run in order; runs that are asked with the same arguments share a statement. */
  async entriesOfRun(ctx: RequestContext, path: ResponsePath, run: Run, request: EntriesRequest): Promise<Page<AuditEntry>> {
    const { first, last, after, before, direction, filter } = request;
    const made = ctx.memo(this.pagesOfRuns, () => new Map<string, Promise<EntryPages>>());
    const key = JSON.stringify([first, last, after, before, direction, filter]);
    let pages = made.get(key);
    if (!pages) {
      pages = this.matching(ctx, filter).then((where) => this.entryPages(ctx, trailOfRuns(where), request));
      made.set(key, pages);
    }
    const page = await (await pages).pageOf([run.key]);
    if (isEmptyList(page, request)) await this.explainEmpty(ctx, path, askedBy(filter));
    return page;
  }

  /**
   * Says in the answer's notices why it is empty at a path (`info.path`), as far as the tables that were asked can tell: see `whyEmpty`.
   * Call it only when the answer is empty: it costs up to two statements for each request.
   */
  async explainEmpty(ctx: RequestContext, path: ResponsePath, asked: Asked): Promise<void> {
    const loaders = this.loaders(ctx);
    const tracked = [...(await loaders.tables()).values()].filter(({ untrackedAt }) => untrackedAt === null);
    const tables = await Promise.all(tracked.map(async (table) => ({ ...table, isCapturing: await loaders.isCapturing(table.tableKey) })));
    for (const code of whyEmpty(asked, tables)) ctx.notice(path, code);
  }

  /** Pages of any list of entries; what they hold is kept for this request. */
  entryPages(ctx: RequestContext, list: EntryList, request: PageRequest & { readonly direction?: OrderDirection | null }): EntryPages {
    const { tenant } = ctx.caller;
    const read = this.reader(ctx);
    return new EntryPages(read, list, request, this.codec, tenant, (entry) => this.loaders(ctx).keep(entry));
  }

  /** The fields that an entry changed, as the API names them. */
  async changes(ctx: RequestContext, entry: AuditEntry): Promise<FieldChange[]> {
    const loaders = this.loaders(ctx);
    const [table, version] = await Promise.all([loaders.table(entry.tableKey), loaders.versionOf(entry)]);
    return changesOf(entry, table, version);
  }

  table(ctx: RequestContext, entry: AuditEntry): Promise<TrackedTable | null> {
    return this.loaders(ctx).table(entry.tableKey);
  }

  /** The business key at the time of the entry; of other tables the key columns. */
  entityKey(entry: AuditEntry): string | null {
    return entry.businessKey ?? entry.recordKey;
  }

  run(ctx: RequestContext, entry: AuditEntry): Promise<Run> | null {
    return entry.runId === null ? null : this.loaders(ctx).run(entry.runId);
  }

  actor(ctx: RequestContext, facts: ActorFacts): Actor {
    return actorFrom(
      facts,
      (key) => this.commerce.loaders(ctx).users.by(users.key, key),
      () => this.isProven(ctx, facts),
      ctx.caller.scopes.has('PII_READ'),
    );
  }

  private async isProven(ctx: RequestContext, { isVerified, saidBy }: ActorFacts): Promise<boolean> {
    if (isVerified || !saidBy) return isVerified;
    const loaders = this.loaders(ctx);
    const entryId = 'entryId' in saidBy ? saidBy.entryId : await loaders.openingOf(saidBy.openingOf);
    return entryId !== null && (await loaders.isProven(entryId));
  }

  /** The reason that was given with the change, else the oldest one added later, else the run's. */
  async reason(ctx: RequestContext, entry: AuditEntry): Promise<Reason | null> {
    const own = ownReason(entry);
    if (own) return own;
    const [added] = await this.loaders(ctx).reasonsAddedTo(entry.id);
    return (added && ownReason(added)) ?? (await this.inheritedReason(ctx, entry));
  }

  /** The same reason, and the entry that states it. */
  async statedReason(ctx: RequestContext, entry: AuditEntry): Promise<StatedReason | null> {
    const reason = await this.reason(ctx, entry);
    if (!reason) return null;
    if (ownReason(entry)) return { reason, stated: 'WITH_CHANGE', entryId: entry.id };
    const [added] = await this.loaders(ctx).reasonsAddedTo(entry.id);
    if (added && ownReason(added)) return { reason, stated: 'LATER', entryId: added.id };
    return { reason, stated: 'BY_RUN', entryId: entry.runId === null ? null : await this.loaders(ctx).openingOf(entry.runId) };
  }

  /** All of them, oldest first, at most `maxReasons`. The run's counts where the change itself gave none. */
  async reasons(ctx: RequestContext, entry: AuditEntry): Promise<Reason[]> {
    const own = ownReason(entry);
    const [first, added] = await Promise.all([own ?? this.inheritedReason(ctx, entry), this.loaders(ctx).reasonsAddedTo(entry.id)]);
    const reasons = [first, ...added.map(ownReason)].filter((reason) => reason !== null);
    return reasons.slice(0, maxReasons);
  }

  /** One sentence about an entry, with its reason; about `changes` alone where they are given. */
  async summary(ctx: RequestContext, entry: AuditEntry, locale?: string | null, changes?: readonly FieldChange[]): Promise<string> {
    return summaryOf(await this.summaryFacts(ctx, entry, changes), languageOf(locale));
  }

  /** What sentences about an entry are made of. */
  async summaryFacts(ctx: RequestContext, entry: AuditEntry, only?: readonly FieldChange[]): Promise<SummaryFacts> {
    const [table, changes, actor, reason, run] = await Promise.all([
      this.table(ctx, entry),
      only ?? this.changes(ctx, entry),
      this.actor(ctx, actorOfEntry(entry)).displayName(),
      this.reason(ctx, entry),
      this.run(ctx, entry),
    ]);
    return { entry, table, changes, actor, reason: reason?.text ?? null, runName: run?.opened?.name ?? null };
  }

  /** The batches of this request; other rooms load entries through them too. */
  loaders(ctx: RequestContext): AuditLoaders {
    return ctx.memo(this, () => new AuditLoaders(this.reader(ctx), ctx.caller.tenant));
  }

  /** The tenant's entries that fit a filter, over `e`. */
  async matching(ctx: RequestContext, filter: AuditEntryFilter | null | undefined): Promise<SQL> {
    const { tenant } = ctx.caller;
    const matches = displayNamesIn(filter);
    const [tables, named] = await Promise.all([
      needsTables(filter) ? this.loaders(ctx).tables() : new Map<number, TrackedTable>(),
      matches.length > 0 ? this.database.read(ctx.caller, usersByDisplayName(tenant, matches)) : [],
    ]);
    const keys = new Map(
      matches.map((match, place) => [
        JSON.stringify(match),
        named.filter((row) => row['place'] === place).map((row) => String(row['key'])),
      ]),
    );
    const usersNamed = (match: Match) => keys.get(JSON.stringify(match)) ?? [];
    return entryFilter(filter, { tenant, tables: [...tables.values()], usersNamed });
  }

  private reader(ctx: RequestContext) {
    return (statement: Parameters<Database['read']>[1]) => this.database.read(ctx.caller, statement);
  }

  private async inheritedReason(ctx: RequestContext, entry: AuditEntry): Promise<Reason | null> {
    const run = await this.run(ctx, entry);
    return run && reasonOfRun(run);
  }
}

/** Stated in the entry itself: the reason of a change, or the one that an added reason holds. */
function ownReason(entry: AuditEntry): Reason | null {
  const text = entry.reasonText ?? entry.reasonCode;
  if (text === null) return null;
  return {
    text,
    code: entry.reasonCode,
    reference: entry.reasonReference,
    source: entry.reasonSource ?? 'CALLER',
    statedAt: entry.occurredAt,
    statedBy: actorOfEntry(entry),
    approvedBy: entry.approvedBy === null ? null : actorOfKey(entry.approvedBy),
  };
}
