import DataLoader from 'dataloader';
import { DatabaseFault } from '../../database/faults.ts';
import { DomainError } from '../../shared/errors.ts';
import type { ReadRows, Row } from '../../shared/page-read.ts';
import type { AuditLoaders } from '../audit/audit.loaders.ts';
import type { Image } from '../audit/audit.model.ts';
import type { Point } from '../audit/point.model.ts';
import { groupsOf, inGroups } from './batches.ts';
import { changeCounts } from './blame.queries.ts';
import type { FieldMap } from './field-map.ts';
import { currentRows, evidenceOf, type ImageRequest, toEvidence } from './image.queries.ts';
import { rebuild } from './image.ts';
import { lastWriters, toWriter, type Writer } from './life.queries.ts';
import { type TableHistory, tableHistories, toTableHistory } from './tracked-table.queries.ts';
import { positionOf, type RecordRef, type Version } from './version.model.ts';
import { newestAt, toVersion, versionNumbers, versionsByEntry } from './version.queries.ts';

const keysPerStatement = 500;

/** The batches of one request for one tenant. Records of one table share a statement. */
export class ProvenanceLoaders {
  private readonly tables: DataLoader<string, TableHistory | null>;
  private readonly versions: DataLoader<string, Version | null>;
  private readonly numbers: DataLoader<Version, number, string>;
  private readonly images: DataLoader<Version, Image, string>;
  private readonly rows: DataLoader<RecordRef, Image | null, string>;
  private readonly positions: DataLoader<PointQuestion, string, string>;
  private readonly writers: DataLoader<WritersQuestion, Writer[], string>;
  private readonly changeCounts: DataLoader<RecordFields, ReadonlyMap<string, number>, string>;

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
    this.positions = new DataLoader((asked) => inGroups(asked, nameOfPoint, (group) => this.readPositions(group)), {
      maxBatchSize,
      cacheKeyFn: (asked) => JSON.stringify([nameOfPoint(asked), asked.ref.recordKey]),
    });
    this.writers = new DataLoader((asked) => inGroups(asked, nameOfQuestion, (group) => this.readWriters(group)), {
      maxBatchSize,
      cacheKeyFn: (asked) => JSON.stringify([nameOfQuestion(asked), asked.ref.recordKey, asked.ref.upTo]),
    });
    this.changeCounts = new DataLoader((asked) => inGroups(asked, nameOfQuestion, (group) => this.readChangeCounts(group)), {
      maxBatchSize,
      cacheKeyFn: (asked) => JSON.stringify([nameOfQuestion(asked), asked.ref.recordKey, asked.ref.upTo]),
    });
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

  /** The newest change of a record at or before a point: an entry's id; 0 where there is none. */
  positionAt(ref: RecordRef, point: Point): Promise<string> {
    return this.positions.load({ ref, point });
  }

  /** Which entries gave these fields their present values, newest first; fields that no entry of the row's present life states are left out. */
  writersOf(ref: RecordRef, map: FieldMap, fields: readonly string[]): Promise<Writer[]> {
    return this.writers.load({ ref, map, fields });
  }

  /** Changes of each field after the row's creation; a field that never changed is left out. */
  changeCountsOf(ref: RecordRef, map: FieldMap): Promise<ReadonlyMap<string, number>> {
    return this.changeCounts.load({ ref, map });
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

  private async readPositions(asked: readonly PointQuestion[]): Promise<string[]> {
    const [first] = asked;
    if (!first) return [];
    const refs = asked.map(({ ref }) => ref);
    const rows = await this.read(newestAt(this.tenant, first.ref.table, refs, first.point));
    const found = new Map(rows.map((row) => [row['place'], row['id'] as string | null]));
    return asked.map((_, place) => found.get(place + 1) ?? '0');
  }

  private async readWriters(asked: readonly WritersQuestion[]): Promise<Writer[][]> {
    const [first] = asked;
    if (!first) return [];
    const refs = asked.map(({ ref }) => ref);
    const rows = await this.read(lastWriters(this.tenant, first.ref.table, refs, first.map, first.fields));
    const found = asked.map((): Writer[] => []);
    for (const row of rows) found[Number(row['place']) - 1]?.push(toWriter(row));
    return found.map((writers) => writers.sort((a, b) => (BigInt(a.entryId) > BigInt(b.entryId) ? -1 : 1)));
  }

  private async readChangeCounts(asked: readonly RecordFields[]): Promise<Map<string, number>[]> {
    const [first] = asked;
    if (!first) return [];
    const refs = asked.map(({ ref }) => ref);
    const rows = await this.read(changeCounts(this.tenant, first.ref.table, refs, first.map));
    const found = asked.map(() => new Map<string, number>());
    for (const row of rows) found[Number(row['place']) - 1]?.set(row['field'] as string, row['count'] as number);
    return found;
  }
}

interface RecordFields {
  readonly ref: RecordRef;
  readonly map: FieldMap;
}

interface PointQuestion {
  readonly ref: RecordRef;
  readonly point: Point;
}

interface WritersQuestion extends RecordFields {
  readonly fields: readonly string[];
}

/** Records of one table that are asked about the same fields share a statement. */
function nameOfQuestion({ ref, fields }: RecordFields & { readonly fields?: readonly string[] }): string {
  return JSON.stringify([ref.table.tableKey, ref.table.entityType, fields ?? null]);
}

const nameOfPoint = ({ ref, point }: PointQuestion): string => JSON.stringify([ref.table.tableKey, point.key]);

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
