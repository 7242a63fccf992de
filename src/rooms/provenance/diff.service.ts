import type { Database } from '../../database/database.ts';
import type { AsOf } from '../../shared/as-of.input.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { isBigintKey, notAGlobalId } from '../../shared/global-id.ts';
import type { ResponsePath } from '../../shared/notice.ts';
import { isEmptyList, type Page, type PageRequest, pageWindow } from '../../shared/page.ts';
import { cursorScope } from '../../shared/page-keyset.ts';
import { readPage } from '../../shared/page-read.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditEntry, TrackedTable } from '../audit/audit.model.ts';
import type { AuditService } from '../audit/audit.service.ts';
import type { FieldChange } from '../audit/changes.ts';
import type { Point } from '../audit/point.model.ts';
import { pointOf, type ShopMoments } from '../audit/shop-moments.ts';
import { type Entity, EntityType } from '../commerce/commerce.model.ts';
import { DiffLoaders, toFound } from './diff.loaders.ts';
import type { DataDiff, DiffPoints, DiffStatistic, EntityDiff, VersionPoint } from './diff.model.ts';
import { type DifferencesFilter, differenceCounts, differenceOrder, differences, differencesName, toStatistic } from './diff.queries.ts';
import { netChanges } from './net-change.ts';
import type { ProvenanceService } from './provenance.service.ts';
import { decodeRecordName, encodeRecordName } from './record-key.ts';
import { positionOf, type RecordRef, type Shown } from './version.model.ts';

export interface DifferencesRequest extends PageRequest, DifferencesFilter {}

/** What differs between two points in time: of one entity, and of all data. */
export class DiffService {
  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly audit: AuditService,
    private readonly provenance: ProvenanceService,
    private readonly moments: ShopMoments,
  ) {}

  /**
   * Of one entity; up to what is shown of it when `to` is absent.
   * @throws DomainError `HISTORY_UNAVAILABLE` for a point before its table was tracked.
   */
  async diff(ctx: RequestContext, entity: Shown<Entity>, from: AsOf, to: AsOf | null | undefined): Promise<EntityDiff> {
    const { points } = this.moments;
    const { table, recordKey } = await this.provenance.refOf(ctx, entity);
    const asked = await this.pointsOf(ctx, from, to, pointOf(entity));
    const { shownVersion } = entity;
    const toId = asked.to === null && shownVersion ? positionOf(shownVersion) : null;
    const newer = asked.to ?? (toId === null ? await points.present(ctx) : null);
    await Promise.all([asked.from, asked.to].map((point) => point && points.requireKnown(ctx, point, table.tableName)));
    const { tableKey, tableName, entityType } = table;
    const found = await this.loaders(ctx).differenceOf({ tableKey, recordKey, from: asked.from, to: newer, toId });
    return { tableKey, tableName, entityType, recordKey, ...found, points: asked };
  }

  /** @throws DomainError `HISTORY_UNAVAILABLE` for a point before all tracking. */
  async dataDiff(ctx: RequestContext, from: AsOf, to: AsOf | null | undefined): Promise<DataDiff> {
    const asked = await this.pointsOf(ctx, from, to, null);
    return { asked, to: asked.to ?? (await this.moments.points.present(ctx)) };
  }

  async statistics(ctx: RequestContext, { asked, to }: DataDiff): Promise<DiffStatistic[]> {
    const rows = await this.database.read(ctx.caller, differenceCounts(ctx.caller.tenant, asked.from, to));
    return rows.map(toStatistic);
  }

  /** @param path where the answer stands, to say there why it is empty. */
  async entities(ctx: RequestContext, { asked, to }: DataDiff, request: DifferencesRequest, path: ResponsePath): Promise<Page<EntityDiff>> {
    const { tenant } = ctx.caller;
    const window = pageWindow(request, this.codec, tenant, cursorScope(differencesName, differenceOrder));
    const tables = await this.audit.loaders(ctx).tables();
    const list = differences(tenant, asked.from, to, request, window.backward ? 'DESC' : 'ASC', (row): EntityDiff => {
      const { tableKey, tableName, entityType } = tables.get(row['table_key'] as number) as TrackedTable;
      return { tableKey, tableName, entityType, recordKey: row['record_key'] as string, ...toFound(row), points: asked };
    });
    const read = (statement: Parameters<Database['read']>[1]) => this.database.read(ctx.caller, statement);
    const page = await readPage(read, list, window, { codec: this.codec, tenant });
    if (isEmptyList(page, request)) await this.audit.explainEmpty(ctx, path, { entityTypes: request.entityTypes ?? [] });
    return page;
  }

  async changes(ctx: RequestContext, diff: EntityDiff): Promise<FieldChange[]> {
    if (diff.kind === null) return [];
    const [{ table }, columns] = await Promise.all([this.refOf(ctx, diff), this.loaders(ctx).columnsOf(diff)]);
    return netChanges(diff.kind, columns, table, isBackward(diff));
  }

  /** Oldest first, at most a hundred. */
  async entries(ctx: RequestContext, diff: EntityDiff): Promise<AuditEntry[]> {
    return diff.fromId === diff.toId ? [] : this.loaders(ctx).entriesOf(diff);
  }

  /** The entity at one of the two points; null where there was none. */
  async entityAt(ctx: RequestContext, diff: EntityDiff, side: 'from' | 'to'): Promise<Shown<Entity> | null> {
    if (diff.kind === (side === 'from' ? 'ADDED' : 'REMOVED')) return null;
    const ref = await this.refOf(ctx, diff);
    const id = side === 'from' ? diff.fromId : diff.toId;
    const version = id === '0' ? await this.provenance.baseOf(ctx, ref) : await this.provenance.loaders(ctx).versionByEntry(id);
    const point = diff.points?.[side] ?? null;
    const seenAt = point ? await this.moments.momentOf(ctx, point) : undefined;
    return version && this.provenance.entityOf(ctx, { ...version, of: { ...ref, seenAt } });
  }

  async versionPoint(ctx: RequestContext, point: Point): Promise<VersionPoint> {
    return { sequence: await this.loaders(ctx).positionAt(point), timestamp: point.timestamp };
  }

  /** Null when there are no such changes of such a record. */
  async diffByGlobalKey(ctx: RequestContext, key: string, argument: string): Promise<EntityDiff | null> {
    const [, fromId = '', toId = '', type = '', name = ''] = /^(\d+):(\d+):([A-Z_]+):([\s\S]*)$/.exec(key) ?? [];
    const entityType = Object.values(EntityType).find((one) => one === type);
    if (![fromId, toId].every((id) => id === '0' || isBigintKey(id)) || !entityType) throw notAGlobalId(argument);
    const { tableName, recordKey } = decodeRecordName(name, argument);
    const table = await this.provenance.loaders(ctx).table(tableName);
    if (!table || (entityType !== 'RECORD' && entityType !== table.entityType)) return null;
    const ends = await Promise.all([fromId, toId].filter((id) => id !== '0').map((id) => this.audit.loaders(ctx).entry(id)));
    if (!ends.every((entry) => entry?.tableKey === table.tableKey && entry.recordKey === recordKey)) return null;
    const record = { tableKey: table.tableKey, recordKey };
    return { ...record, tableName, entityType, ...(await this.loaders(ctx).differenceWithin({ ...record, fromId, toId })), points: null };
  }

  private async pointsOf(ctx: RequestContext, from: AsOf, to: AsOf | null | undefined, otherwise: Point | null): Promise<DiffPoints> {
    const { points } = this.moments;
    const [older, newer] = await Promise.all([points.resolve(ctx, from, 'from'), to ? points.resolve(ctx, to, 'to') : otherwise]);
    return { from: older, to: newer };
  }

  private async refOf(ctx: RequestContext, { tableName, entityType, recordKey }: EntityDiff): Promise<RecordRef> {
    const table = await this.provenance.loaders(ctx).table(tableName);
    if (!table) throw new TypeError(`a table that has differences is tracked, and ${tableName} is not`);
    return { table: { ...table, entityType }, recordKey, upTo: null };
  }

  private loaders(ctx: RequestContext): DiffLoaders {
    return ctx.memo(
      this,
      () => new DiffLoaders((statement) => this.database.read(ctx.caller, statement), ctx.caller.tenant, this.audit.loaders(ctx)),
    );
  }
}

/** Key part of the global id of a difference: the two states that it lies between, whatever points were asked. */
export function encodeDiffKey({ fromId, toId, entityType, tableName, recordKey }: EntityDiff): string {
  return `${fromId}:${toId}:${entityType}:${encodeRecordName({ tableName, recordKey })}`;
}

function isBackward({ fromId, toId }: EntityDiff): boolean {
  return BigInt(fromId) > BigInt(toId);
}
