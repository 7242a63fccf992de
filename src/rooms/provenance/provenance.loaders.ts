import DataLoader from 'dataloader';
import { DatabaseFault } from '../../database/faults.ts';
import { DomainError } from '../../shared/errors.ts';
import type { ReadRows, Row } from '../../shared/page-read.ts';
import type { AuditLoaders } from '../audit/audit.loaders.ts';
import type { Image } from '../audit/audit.model.ts';
import { groupsOf, inGroups } from './batches.ts';
import { type BlameFacts, blameFacts, toBlameFacts } from './blame.queries.ts';
import type { FieldMap } from './field-map.ts';
import { currentRows, evidenceOf, type ImageRequest, toEvidence } from './image.queries.ts';
import { rebuild } from './image.ts';
import { type TableHistory, tableHistories, toTableHistory } from './tracked-table.queries.ts';
import { positionOf, type RecordRef, type Version } from './version.model.ts';
import { toVersion, versionNumbers, versionsByEntry } from './version.queries.ts';

const keysPerStatement = 500;

/** The batches of one request for one tenant. Records of one table share a statement. */
export class ProvenanceLoaders {
  private readonly tables: DataLoader<string, TableHistory | null>;
  private readonly versions: DataLoader<string, Version | null>;
  private readonly numbers: DataLoader<Version, number, string>;
  private readonly images: DataLoader<Version, Image, string>;
  private readonly rows: DataLoader<RecordRef, Image | null, string>;
  private readonly blames: DataLoader<{ ref: RecordRef; map: FieldMap }, BlameFacts[], string>;

  constructor(
    readonly read: ReadRows,
    readonly tenant: string,
    private readonly audit: AuditLoaders,
  ) {
    const maxBatchSize = keysPerStatement;
    this.tables = new DataLoader((names) => this.readTables(names), { maxBatchSize });
    this.versions = new DataLoader((entryIds) => this.readVersions(entryIds), { maxBatchSize });
    this.numbers = new DataLoader((versions) => inGroups(versions, tableOf, (group) => this.readNumbers(group)), {
      maxBatchSize,
      cacheKeyFn: nameOfVersion,
    });
    this.images = new DataLoader((versions) => inGroups(versions, tableOf, (group) => this.readImages(group)), {
      maxBatchSize,
      cacheKeyFn: nameOfVersion,
    });
    this.rows = new DataLoader(
      (refs) =>
        inGroups(
          refs,
          (ref) => ref.table.tableKey,
          (group) => this.readRows(group),
        ),
      { maxBatchSize, cacheKeyFn: nameOfRecord },
    );
    this.blames = new DataLoader(
      (asked) =>
        inGroups(
          asked,
          ({ ref }) => `${ref.table.tableKey}:${ref.table.entityType}`,
          (group) => this.readBlames(group),
        ),
      {
        maxBatchSize,
        cacheKeyFn: ({ ref }) => `${ref.table.entityType}:${ref.upTo}:${nameOfRecord(ref)}`,
      },
    );
  }

  /** A table by its name, with its columns over time; null when this tenant knows no such table. */
  table(tableName: string): Promise<TableHistory | null> {
    return this.tables.load(tableName);
  }

  /** The version that an entry made; null when the entry made none. */
  versionByEntry(entryId: string): Promise<Version | null> {
    return this.versions.load(entryId);
  }

  keep(version: Version): Version {
    if (version.entry) this.audit.keep(version.entry);
    return version;
  }

  /** 1 for the first version of a record; 0 for what it was before the log. */
  numberOf(version: Version): Promise<number> {
    return this.numbers.load(version);
  }

  /** The whole row at a version. */
  imageOf(version: Version): Promise<Image> {
    return this.images.load(version);
  }

  /** The row as it is now, as the trail would store it; null when there is none, or when the table cannot be read. */
  currentRow(ref: RecordRef): Promise<Image | null> {
    return this.rows.load(ref);
  }

  /** Per field of the map: the last change and the number of changes; fields that no entry of the row's present life states are left out. */
  blameOf(ref: RecordRef, map: FieldMap): Promise<BlameFacts[]> {
    return this.blames.load({ ref, map });
  }

  private async readTables(names: readonly string[]): Promise<(TableHistory | null)[]> {
    const rows = await this.read(tableHistories(this.tenant, names));
    const found = new Map(rows.map(toTableHistory).map((table) => [table.tableName, table]));
    return names.map((name) => found.get(name) ?? null);
  }

  private async readVersions(entryIds: readonly string[]): Promise<(Version | null)[]> {
    const rows = await this.read(versionsByEntry(this.tenant, entryIds));
    const found = new Map<unknown, Version>();
    for (const row of rows) {
      const table = await this.tables.load(row['table_name'] as string);
      if (table) found.set(row['id'], this.keep(toVersion({ table, recordKey: row['record_key'] as string, upTo: null }, row)));
    }
    return entryIds.map((id) => found.get(id) ?? null);
  }

  private async readNumbers(versions: readonly Version[]): Promise<number[]> {
    const [first] = versions;
    if (!first) return [];
    const records = [...groupsOf(versions, (version) => version.of.recordKey)].map(([recordKey, group]) => ({
      recordKey,
      entryIds: inOrder(group.map(positionOf)),
    }));
    const rows = await this.read(versionNumbers(this.tenant, first.of.table, records));
    const numbers = new Map<string, number>();
    for (const [place, { recordKey, entryIds }] of records.entries()) {
      const counts = new Map(rows.filter((row) => row['place'] === place + 1).map((row) => [row['stretch'], row['count'] as number]));
      let number = 0;
      for (const [stretch, entryId] of entryIds.entries()) {
        number += counts.get(stretch) ?? 0;
        numbers.set(JSON.stringify([recordKey, entryId]), number);
      }
    }
    return versions.map((version) => numbers.get(JSON.stringify([version.of.recordKey, positionOf(version)])) ?? 0);
  }

  private async readImages(versions: readonly Version[]): Promise<Image[]> {
    const [first] = versions;
    if (!first) return [];
    const { table } = first.of;
    const groups = [...groupsOf(versions, (version) => JSON.stringify([version.of.recordKey, incarnationOf(version)])).values()];
    const requests = groups.map((group) => imageRequest(table, group));
    const evidence = toEvidence(requests, await this.readEvidence(table, requests));
    const images = new Map<string, Image>();
    for (const [index, request] of requests.entries()) {
      const found = evidence[index];
      const rebuilt = found ? rebuild(table.versions, found) : [];
      for (const [place, { entryId }] of request.points.entries())
        images.set(JSON.stringify([request.recordKey, entryId]), rebuilt[place] ?? {});
    }
    return versions.map((version) => images.get(JSON.stringify([version.of.recordKey, positionOf(version)])) ?? {});
  }

  private async readEvidence(table: TableHistory, requests: readonly ImageRequest[]): Promise<Row[]> {
    try {
      return await this.read(evidenceOf(this.tenant, table.tableKey, requests, true));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return await this.read(evidenceOf(this.tenant, table.tableKey, requests, false));
    }
  }

  private async readRows(refs: readonly RecordRef[]): Promise<(Image | null)[]> {
    const [first] = refs;
    if (!first) return [];
    try {
      const rows = await this.read(
        currentRows(
          first.table.tableKey,
          refs.map(({ recordKey }) => recordKey),
        ),
      );
      const found = new Map(rows.map((row) => [row['record_key'], row['image'] as Image]));
      return refs.map(({ recordKey }) => found.get(recordKey) ?? null);
    } catch (error) {
      if (isUnreadable(error)) return refs.map(() => null);
      throw error;
    }
  }

  private async readBlames(asked: readonly { ref: RecordRef; map: FieldMap }[]): Promise<BlameFacts[][]> {
    const [first] = asked;
    if (!first) return [];
    const rows = await this.read(
      blameFacts(
        this.tenant,
        first.ref.table,
        asked.map(({ ref }) => ref),
        first.map,
      ),
    );
    return asked.map((_, place) => rows.filter((row) => row['place'] === place + 1).map(toBlameFacts));
  }
}

/** The table was dropped, taken away from us, or changed where no event trigger told us: its history is still readable. */
function isUnreadable(error: unknown): boolean {
  return error instanceof DatabaseFault && /^(42P01|42501|42703|42883|3F000)$/.test(error.sqlState);
}

function imageRequest(table: TableHistory, versions: readonly Version[]): ImageRequest {
  const [first] = versions;
  if (!first) throw new DomainError('HISTORY_UNAVAILABLE', 'No version was asked for.');
  const incarnation = incarnationOf(first);
  const ofIncarnation = table.versions.filter((version) => version.incarnation === incarnation).map((version) => version.schemaVersion);
  const isPresent = table.versions.at(-1)?.incarnation === incarnation;
  const schemas = new Map(versions.map((version) => [positionOf(version), version.schemaVersion]));
  return {
    recordKey: first.of.recordKey,
    points: inOrder([...schemas.keys()]).map((entryId) => ({ entryId, schemaVersion: schemas.get(entryId) ?? 0 })),
    firstVersion: ofIncarnation[0] ?? 0,
    lastVersion: isPresent ? null : (ofIncarnation.at(-1) ?? 0),
  };
}

const tableOf = (version: Version): number => version.of.table.tableKey;
const nameOfRecord = ({ table, recordKey }: RecordRef): string => `${table.tableKey}:${recordKey}`;
const nameOfVersion = (version: Version): string => `${positionOf(version)}:${nameOfRecord(version.of)}`;
const inOrder = (ids: readonly string[]): string[] => [...new Set(ids)].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));

function incarnationOf({ of, schemaVersion }: Version): number {
  return of.table.versions.find((version) => version.schemaVersion === schemaVersion)?.incarnation ?? 0;
}
