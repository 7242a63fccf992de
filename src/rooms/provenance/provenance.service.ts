import type { Database } from '../../database/database.ts';
import type { AsOf } from '../../shared/as-of.input.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { DomainError } from '../../shared/errors.ts';
import { isBigintKey, notAGlobalId } from '../../shared/global-id.ts';
import type { ResponsePath } from '../../shared/notice.ts';
import { isEmptyList, type Page, type PageRequest } from '../../shared/page.ts';
import type { Direction } from '../../shared/page-keyset.ts';
import type { RequestContext } from '../../shared/request-context.ts';
import type { AuditEntry, Image } from '../audit/audit.model.ts';
import type { AuditService } from '../audit/audit.service.ts';
import { changesOf, type FieldChange } from '../audit/changes.ts';
import { pointOf, type ShopMoments } from '../audit/shop-moments.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import { blameOf } from './blame.ts';
import { entityFromImage, tableOfEntity } from './entity-image.queries.ts';
import { fieldMapOf, refuseUnknownFields } from './field-map.ts';
import { ProvenanceLoaders } from './provenance.loaders.ts';
import { decodeRecordName, encodeRecordName, type RecordName, recordKeyFromInput, recordKeyOfImage } from './record-key.ts';
import { keyColumnsOf, type TableHistory } from './tracked-table.queries.ts';
import { type FieldBlame, positionOf, type RecordRef, type Shown, type TrackedRecord, type Version } from './version.model.ts';
import { type VersionFilter, versionFilter } from './version-filter.queries.ts';
import { VersionPages, type VersionsRequest } from './version-pages.ts';

export interface HistoryRequest extends PageRequest {
  readonly filter?: VersionFilter | null;
  /** Newest first when left out. */
  readonly direction?: Direction | null;
}

/** Versions of rows and who made them: history, blame, version. An entity that is shown as of a version, or of a point in time, is asked as of it. */
export class ProvenanceService {
  private readonly pages = {};

  constructor(
    private readonly database: Database,
    private readonly codec: CursorCodec,
    private readonly audit: AuditService,
    private readonly moments: ShopMoments,
  ) {}

  /** @param path where the answer stands, to say there why it is empty. */
  async history(ctx: RequestContext, entity: Shown<Entity>, request: HistoryRequest, path?: ResponsePath): Promise<Page<Version>> {
    const ref = await this.refOf(ctx, entity);
    const { tenant } = ctx.caller;
    const where = versionFilter(tenant, ref.table, request.filter);
    const direction = request.direction ?? 'DESC';
    const page = await this.pagesOf(ctx, ref.table, { ...request, direction, where }, JSON.stringify(request)).pageOf(ref);
    if (path && isEmptyList(page, request)) {
      await this.audit.explainEmpty(ctx, path, { tables: [ref.table.tableName], range: request.filter?.range });
    }
    return page;
  }

  /** @throws DomainError `BAD_USER_INPUT` for a field that the entity does not have. */
  async blame(ctx: RequestContext, entity: Shown<Entity>, wanted: readonly string[] | null | undefined): Promise<FieldBlame[]> {
    const loaders = this.loaders(ctx);
    const ref = await this.refOf(ctx, entity);
    const map = fieldMapOf(ref.table);
    refuseUnknownFields(wanted, new Set(map.fields.map(({ field }) => field)), 'fields');
    const fields = map.fields.map(({ field }) => field);
    const [writers, image] = await Promise.all([loaders.writersOf(ref, map, fields), this.presentImage(ctx, ref, entity.shownVersion)]);
    const changeCount = async (field: string) => (await loaders.changeCountsOf(ref, map)).get(field) ?? 0;
    const blames = blameOf(map.fields, writers, image, changeCount);
    return wanted ? blames.filter(({ field }) => wanted.includes(field)) : blames;
  }

  async version(ctx: RequestContext, entity: Shown<Entity>): Promise<Version> {
    return entity.shownVersion ?? this.latest(ctx, await this.refOf(ctx, entity));
  }

  numberOf(ctx: RequestContext, version: Version): Promise<number> {
    return this.loaders(ctx).numberOf(version);
  }

  /** Null for the version before the log, and until the log has placed the entry. */
  async sequenceOf(ctx: RequestContext, { entry }: Version): Promise<string | null> {
    return entry && this.audit.loaders(ctx).sequenceOf(entry.id);
  }

  imageOf(ctx: RequestContext, version: Version): Promise<Image> {
    return this.loaders(ctx).imageOf(version);
  }

  changesOf({ entry, of, schemaVersion }: Version): FieldChange[] {
    return entry ? changesOf(entry, of.table, of.table.versions.find((version) => version.schemaVersion === schemaVersion) ?? null) : [];
  }

  async entryOf(ctx: RequestContext, entryId: string | null): Promise<AuditEntry | null> {
    return entryId === null ? null : this.audit.loaders(ctx).entry(entryId);
  }

  /** @throws DomainError `HISTORY_UNAVAILABLE` when the version lacks what the entity cannot be without. */
  async entityOf(ctx: RequestContext, version: Version): Promise<Shown<Entity>> {
    const image = await this.imageOf(ctx, version);
    const { table, recordKey } = version.of;
    const entity = entityFromImage(table.entityType, image) ?? recordOf({ tableName: table.tableName, recordKey }, image);
    const { seenAt } = version.of;
    return seenAt ? { ...entity, shownVersion: version, seenAt } : { ...entity, shownVersion: version };
  }

  /** The entity as it was right after an entry; null after its deletion, and for an entry about no row. */
  async entityAfter(ctx: RequestContext, entry: AuditEntry): Promise<Shown<Entity> | null> {
    if (entry.recordKey === null || entry.tableKey === null || entry.operation === 'DELETE') return null;
    const tracked = await this.audit.loaders(ctx).table(entry.tableKey);
    const table = tracked && (await this.loaders(ctx).table(tracked.tableName));
    if (!table) return null;
    const ref = { table, recordKey: entry.recordKey, upTo: entry.id };
    const { nodes } = await this.newest(ctx, ref);
    return nodes[0] ? this.entityOf(ctx, nodes[0]) : null;
  }

  /**
   * A row of any tracked table by its key columns; of a deleted row its last version; null when there never was one. At a point in time, what
   * the answer would have been then.
   * @throws DomainError `NOT_FOUND` for a table that is not tracked, `BAD_USER_INPUT` for other columns than those of the key.
   */
  async record(
    ctx: RequestContext,
    tableName: string,
    key: Readonly<Record<string, unknown>>,
    asOf?: AsOf | null,
  ): Promise<TrackedRecord | null> {
    const table = await this.loaders(ctx).table(tableName);
    if (!table)
      throw new DomainError('NOT_FOUND', `There is no tracked table ${JSON.stringify(tableName.slice(0, 200))}.`, {
        argument: 'tableName',
      });
    return this.recordAt(ctx, table, recordKeyFromInput(keyColumnsOf(table), key), asOf);
  }

  async recordByGlobalKey(ctx: RequestContext, key: string, argument: string, asOf?: AsOf | null): Promise<TrackedRecord | null> {
    const { tableName, recordKey } = decodeRecordName(key, argument);
    const table = await this.loaders(ctx).table(tableName);
    return table && this.recordAt(ctx, table, recordKey, asOf);
  }

  async versionByGlobalKey(ctx: RequestContext, key: string, argument: string): Promise<Version | null> {
    if (isBigintKey(key)) return this.loaders(ctx).versionByEntry(key);
    if (!key.startsWith('0:')) throw notAGlobalId(argument);
    const record = await this.recordByGlobalKey(ctx, key.slice(2), argument);
    if (!record) return null;
    const ref = await this.refOf(ctx, record);
    return this.baseOf(ctx, ref);
  }

  /** The row as it was before the log; null when the log knows its creation. */
  async baseOf(ctx: RequestContext, ref: RecordRef): Promise<Version | null> {
    const { nodes } = await this.pagesOf(ctx, ref.table, { first: 1, direction: 'ASC', where: null }, 'first').pageOf({
      ...ref,
      upTo: null,
    });
    return nodes[0] && !nodes[0].entry ? nodes[0] : null;
  }

  loaders(ctx: RequestContext): ProvenanceLoaders {
    const { tenant } = ctx.caller;
    return ctx.memo(
      this,
      () => new ProvenanceLoaders((statement) => this.database.read(ctx.caller, statement), tenant, this.audit.loaders(ctx)),
    );
  }

  private async recordAt(ctx: RequestContext, found: TableHistory, wantedKey: string, asOf?: AsOf | null): Promise<TrackedRecord | null> {
    const table: TableHistory = { ...found, entityType: 'RECORD' };
    const { tableName } = table;
    const seenAt = await this.moments.at(ctx, asOf);
    const point = seenAt && pointOf({ seenAt });
    if (point) await this.moments.points.requireKnown(ctx, point, tableName);
    const row = await this.loaders(ctx).currentRow({ table, recordKey: wantedKey, upTo: null });
    // A key can be spelled in several ways (a uuid in capitals); the row knows how the trail spells it.
    const recordKey = (row && recordKeyOfImage(keyColumnsOf(table), row)) ?? wantedKey;
    if (row && !point) return recordOf({ tableName, recordKey }, row);
    const ref: RecordRef = { table, recordKey, upTo: null };
    const { nodes } = await this.newest(ctx, point ? { ...ref, upTo: await this.loaders(ctx).positionAt(ref, point) } : ref);
    const [last] = nodes;
    // Where the log holds nothing of a row, it was always as it is.
    const values = last && (last.entry || last.systemTo !== null ? await this.imageOf(ctx, last) : row);
    if (!values) return null;
    const record = recordOf({ tableName, recordKey }, values);
    return seenAt ? { ...record, seenAt } : record;
  }

  /** @throws DomainError `HISTORY_UNAVAILABLE` when the log knows of no such row. */
  async latest(ctx: RequestContext, ref: RecordRef): Promise<Version> {
    const { nodes } = await this.newest(ctx, ref);
    if (!nodes[0]) throw new DomainError('HISTORY_UNAVAILABLE', 'The log holds no version of this entity.');
    return nodes[0];
  }

  private newest(ctx: RequestContext, ref: RecordRef): Promise<Page<Version>> {
    return this.pagesOf(ctx, ref.table, { first: 1, direction: 'DESC', where: null }, 'latest').pageOf(ref);
  }

  /** The row in its newest columns; of a deleted row, or as of a version or a point, what that version held. */
  async presentImage(ctx: RequestContext, ref: RecordRef, shown: Version | undefined): Promise<Image> {
    const row = ref.upTo === null ? await this.loaders(ctx).currentRow(ref) : null;
    return row ?? this.imageOf(ctx, shown ?? (await this.latest(ctx, ref)));
  }

  /** @throws DomainError `HISTORY_UNAVAILABLE` when its table is not tracked. */
  async refOf(ctx: RequestContext, entity: Shown<Entity>): Promise<RecordRef> {
    const { tableName, recordKey } = isRecord(entity)
      ? decodeRecordName(entity.id, 'id')
      : { tableName: tableOfEntity(entity.entityType), recordKey: entity.id };
    const found = await this.loaders(ctx).table(tableName);
    if (!found) throw new DomainError('HISTORY_UNAVAILABLE', `The table ${tableName} is not tracked.`, { tableName });
    const table = { ...found, entityType: entity.entityType }; // as a record, a row of the shop is told by its columns
    const { shownVersion, seenAt } = entity;
    if (shownVersion) return { table, recordKey, upTo: positionOf(shownVersion), seenAt };
    const point = pointOf(entity);
    const ref = { table, recordKey, upTo: null, seenAt };
    return point ? { ...ref, upTo: await this.loaders(ctx).positionAt(ref, point) } : ref;
  }

  /** Records that are asked with the same arguments share a batch; other arguments (an alias) make another. */
  private pagesOf(ctx: RequestContext, table: TableHistory, request: VersionsRequest, name: string): VersionPages {
    const made = ctx.memo(this.pages, () => new Map<string, VersionPages>());
    const key = `${table.tableKey}:${table.entityType}:${name}`;
    const pages = made.get(key) ?? new VersionPages(this.loaders(ctx), this.codec, table, request);
    made.set(key, pages);
    return pages;
  }
}

function recordOf(name: RecordName, values: Image): TrackedRecord {
  return { entityType: 'RECORD', id: encodeRecordName(name), key: name.recordKey, tableName: name.tableName, values };
}

function isRecord(entity: Entity): entity is TrackedRecord {
  return entity.entityType === 'RECORD';
}
