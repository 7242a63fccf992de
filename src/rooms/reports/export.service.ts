import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/database.ts';
import type { Caller } from '../../shared/caller.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { DomainError } from '../../shared/errors.ts';
import { type Page, type PageRequest, pageWindow } from '../../shared/page.ts';
import { cursorScope } from '../../shared/page-keyset.ts';
import { readPage } from '../../shared/page-read.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import { refusal } from '../../shared/user-error.ts';
import type { Outcome } from '../access/idempotency.ts';
import { writeOnce } from '../audit/write-once.ts';
import { writeBundle } from '../vault/bundle.ts';
import { tenantSource } from '../vault/bundle-source.ts';
import { type ExportFile, isSettled } from './export.model.ts';
import { addExport, expireOlder, exportList, exportsById, forgetOld, recordExport, toExport, unfinished } from './export.queries.ts';
import type { ExportMaker } from './export-maker.ts';

export interface CreateDebugBundle {
  readonly auditLimit?: number | null;
  readonly includeBackup?: boolean | null;
  readonly includeSensitive?: boolean | null;
  readonly idempotencyKey?: string | null;
}

/** How files are made here. */
export interface Making {
  readonly maker: ExportMaker;
  /** What bundles read by: a connection of its own, without the time limits of a request. */
  readonly database: Database;
  /** Variables and what they are set to, secrets left out. */
  readonly settings: Readonly<Record<string, string>>;
}

const mostEntries = 1_000_000;
const mostUnfinished = 2;
const mostReady = 5;
const keptDays = 7;
const lookMs = 500;

/** Files that are made in the background, of one tenant. */
export class ExportService {
  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly making: Making | null,
  ) {}

  /** Newest first. */
  exports(ctx: RequestContext, request: PageRequest): Promise<Page<ExportFile>> {
    const { tenant } = ctx.caller;
    const list = exportList(tenant);
    const window = pageWindow(request, this.codec, tenant, cursorScope(list.name, list.order));
    return readPage((statement) => this.database.read(ctx.caller, statement), list, window, { codec: this.codec, tenant });
  }

  async byId({ caller }: RequestContext, id: string): Promise<ExportFile | null> {
    const [row] = await this.database.read(caller, exportsById(caller.tenant, [id]));
    return row ? toExport(row) : null;
  }

  /** Each state that differs from the one before, up to the one that stays; nothing when there is no such file. */
  async *progressOf(ctx: RequestContext, id: string): AsyncGenerator<ExportFile, void, void> {
    let told = '';
    for (let found = await this.byId(ctx, id); found; found = await this.byId(ctx, id)) {
      const state = JSON.stringify(found);
      if (state !== told) yield found;
      if (isSettled(found)) return;
      told = state;
      await sleep(lookMs);
    }
  }

  async createDebugBundle(ctx: RequestContext, input: CreateDebugBundle): Promise<Outcome> {
    const { making } = this;
    if (!making) throw new DomainError('UNAVAILABLE', 'This server makes no files.');
    const { caller } = ctx;
    const { tenant, actor } = caller;
    const options = {
      auditLimit: input.auditLimit ?? 1_000,
      withBackup: input.includeBackup ?? false,
      withPersonal: input.includeSensitive ?? false,
    };
    let fresh: string | null = null;
    const outcome = await writeOnce(this.database, ctx, { mutation: 'createDebugBundle', input }, async (tx) => {
      checkInput(caller, options);
      const [open] = await tx.run(unfinished(tenant));
      if (Number(open?.['count']) >= mostUnfinished || making.maker.isBusy)
        throw refusal('CONFLICT', 'Other files are being made: try again later.');
      await tx.run(forgetOld(tenant, keptDays));
      const [row] = await tx.run(
        addExport(tenant, { format: 'BUNDLE_ZIP', isPersonal: options.withPersonal || options.withBackup, actor }),
      );
      fresh = String(row?.['id']);
      const { auditLimit, withBackup, withPersonal } = options;
      await tx.run(
        recordExport({ export: fresh, format: 'BUNDLE_ZIP', auditLimit, includeBackup: withBackup, includeSensitive: withPersonal }),
      );
      return fresh;
    });
    if (fresh !== null && outcome.id === fresh) await this.startBundle(making, ctx, fresh, options);
    return outcome;
  }

  private async startBundle(
    { maker, database, settings }: Making,
    { caller }: RequestContext,
    id: string,
    options: { readonly auditLimit: number; readonly withBackup: boolean; readonly withPersonal: boolean },
  ): Promise<void> {
    const { tenant, actor } = caller;
    const older = await this.database.write({ tenant, actor }, (tx) => tx.run(expireOlder(tenant, mostReady - 1)));
    await maker.remove(older.map((row) => String(row['id'])));
    const scopes = new Set(caller.scopes);
    if (!options.withPersonal && !options.withBackup) scopes.delete('PII_READ');
    const source = tenantSource(database, { tenant, scopes });
    maker.start(caller, id, ({ folder, limitBytes, signal }, progress) =>
      writeBundle(source, {
        ...options,
        ...{ output: folder, isCompressed: true, settings, now: new Date(), limitBytes, signal },
        progress: (written, wanted) => progress(wanted === 0 ? 1 : written / wanted),
      }),
    );
  }
}

function checkInput(
  caller: Caller,
  { auditLimit, withBackup, withPersonal }: { auditLimit: number; withBackup: boolean; withPersonal: boolean },
): void {
  if (auditLimit < 0 || auditLimit > mostEntries) throw refusal('INVALID', `"auditLimit" must be from 0 to ${mostEntries}.`, 'auditLimit');
  if (caller.scopes.has('PII_READ')) return;
  if (withBackup) throw refusal('FORBIDDEN', 'A backup holds personal data: this needs the permission PII_READ.', 'includeBackup');
  if (withPersonal) throw refusal('FORBIDDEN', 'This needs the permission PII_READ.', 'includeSensitive');
}
