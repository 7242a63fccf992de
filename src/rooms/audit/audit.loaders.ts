import DataLoader from 'dataloader';
import type { ReadRows, Row } from '../../shared/page-read.ts';
import type { AuditEntry, CauseLink, TableVersion, TrackedTable } from './audit.model.ts';
import { causesOf, effectsOf, maxLinks, openingsOf } from './cause.queries.ts';
import { entriesById, provenAmong, reasonsAddedTo, sequencesOf, toEntry } from './entry.queries.ts';
import type { Run, RunEntries } from './run.model.ts';
import { entriesOfRuns, runsById, toRun, toRunEntries } from './run.queries.ts';
import { allTables, capturing, entryCounts, tableVersions, toTable, toTableVersion } from './tracked-table.queries.ts';

const keysPerStatement = 500;
/** Reasons of one entry at most. */
export const maxReasons = 20;

/** The batches of one request for one tenant: one statement for all that is asked in one turn, nothing twice. */
export class AuditLoaders {
  private readonly entries: DataLoader<string, AuditEntry | null>;
  private readonly runs: DataLoader<string, Run>;
  private readonly runEntries: DataLoader<string, RunEntries | null>;
  private readonly reasons: DataLoader<string, AuditEntry[]>;
  private readonly causes: DataLoader<AuditEntry, CauseLink[], string>;
  private readonly openings: DataLoader<string, string | null>;
  private readonly effects: DataLoader<AuditEntry, AuditEntry[], string>;
  private readonly versions: DataLoader<readonly [number, number], TableVersion | null, string>;
  private readonly counts: DataLoader<number, string>;
  private readonly sequences: DataLoader<string, string | null>;
  private readonly capturing: DataLoader<number, boolean>;
  private readonly proven: DataLoader<string, boolean>;
  private allTables: Promise<ReadonlyMap<number, TrackedTable>> | undefined;

  constructor(
    private readonly read: ReadRows,
    private readonly tenant: string,
  ) {
    const maxBatchSize = keysPerStatement;
    this.entries = new DataLoader((ids) => this.readEntries(ids), { maxBatchSize });
    this.runs = new DataLoader((ids) => this.readRuns(ids), { maxBatchSize });
    this.runEntries = new DataLoader((ids) => this.readRunEntries(ids), { maxBatchSize });
    this.reasons = new DataLoader((ids) => this.readReasons(ids), { maxBatchSize });
    this.causes = new DataLoader((of) => this.readCauses(of), { maxBatchSize, cacheKeyFn: idOf });
    this.openings = new DataLoader((runIds) => this.readOpenings(runIds), { maxBatchSize });
    this.effects = new DataLoader((of) => this.readEffects(of), { maxBatchSize, cacheKeyFn: idOf });
    this.versions = new DataLoader((keys) => this.readVersions(keys), { maxBatchSize, cacheKeyFn: (key) => key.join(':') });
    this.sequences = new DataLoader((ids) => this.readSequences(ids), { maxBatchSize });
    this.counts = new DataLoader((keys) => this.readCounts(keys), { maxBatchSize });
    this.capturing = new DataLoader((keys) => this.readCapturing(keys), { maxBatchSize });
    this.proven = new DataLoader((ids) => this.readProven(ids), { maxBatchSize });
  }

  /** @param id a bigint in text. */
  entry(id: string): Promise<AuditEntry | null> {
    return this.entries.load(id);
  }

  /** Keeps what another statement of this request has read, so that it is not asked again by id. */
  keep(entry: AuditEntry): AuditEntry {
    this.entries.prime(entry.id, entry);
    return entry;
  }

  /** Position of an entry in the tenant's log, from 1 without gaps; null until the background worker has given it. */
  sequenceOf(entryId: string): Promise<string | null> {
    return this.sequences.load(entryId);
  }

  keepRun(run: Run): Run {
    this.runs.prime(run.key, run);
    return run;
  }

  /** After this request wrote something itself. */
  forgetAll(): void {
    this.allTables = undefined;
    const loaders = [
      this.entries,
      this.runs,
      this.runEntries,
      this.reasons,
      this.causes,
      this.openings,
      this.effects,
      this.versions,
      this.counts,
      this.sequences,
      this.capturing,
      this.proven,
    ];
    for (const loader of loaders) loader.clearAll();
  }

  /** Whether the transaction of an entry proved that its actor acts. */
  isProven(entryId: string): Promise<boolean> {
    return this.proven.load(entryId);
  }

  /** Of a run that somebody names; whether anybody opened it shows in `opened`. */
  run(runId: string): Promise<Run> {
    return this.runs.load(runId);
  }

  /** Null when no entry names the run. */
  entriesOfRun(runId: string): Promise<RunEntries | null> {
    return this.runEntries.load(runId);
  }

  /** Entries that add a reason to this one, oldest first, at most `maxReasons`. */
  reasonsAddedTo(entryId: string): Promise<AuditEntry[]> {
    return this.reasons.load(entryId);
  }

  /** What an entry was caused by, oldest first; of more than a hundred the nearest. */
  async causesOf(entry: AuditEntry): Promise<AuditEntry[]> {
    const links = await this.causes.load(entry);
    return this.entriesInOrder(links.map(({ id }) => id));
  }

  /** What an entry was caused by and why that counts as its cause, nearest first; an entry can be linked in several ways. */
  causeLinksOf(entry: AuditEntry): Promise<CauseLink[]> {
    return this.causes.load(entry);
  }

  /** Id of the event that opened a run; null when nobody opened it by one. */
  openingOf(runId: string): Promise<string | null> {
    return this.openings.load(runId);
  }

  /** What an entry caused, oldest first; of more than a hundred the first. */
  effectsOf(entry: AuditEntry): Promise<AuditEntry[]> {
    return this.effects.load(entry);
  }

  /** Tables that this tenant's entries may be of, tracked now or once, by key. One statement for the whole request. */
  tables(): Promise<ReadonlyMap<number, TrackedTable>> {
    this.allTables ??= this.read(allTables(this.tenant)).then((rows) => new Map(rows.map(toTable).map((table) => [table.tableKey, table])));
    return this.allTables;
  }

  async table(tableKey: number | null): Promise<TrackedTable | null> {
    return tableKey === null ? null : ((await this.tables()).get(tableKey) ?? null);
  }

  /** Columns of a table as they were when an entry was written. */
  async versionOf({ tableKey, schemaVersion }: Pick<AuditEntry, 'tableKey' | 'schemaVersion'>): Promise<TableVersion | null> {
    return tableKey === null || schemaVersion === null ? null : this.versions.load([tableKey, schemaVersion]);
  }

  /** Entries of this tenant, a bigint in text. */
  entryCount(tableKey: number): Promise<string> {
    return this.counts.load(tableKey);
  }

  isCapturing(tableKey: number): Promise<boolean> {
    return this.capturing.load(tableKey);
  }

  private async readEntries(ids: readonly string[]): Promise<(AuditEntry | null)[]> {
    const rows = await this.read(entriesById(this.tenant, ids));
    const found = new Map(rows.map(toEntry).map((entry) => [entry.id, entry]));
    return ids.map((id) => found.get(id) ?? null);
  }

  private async readSequences(ids: readonly string[]): Promise<(string | null)[]> {
    const rows = await this.read(sequencesOf(this.tenant, ids));
    const found = new Map(rows.map((row) => [row['entry_id'], String(row['sequence'])]));
    return ids.map((id) => found.get(id) ?? null);
  }

  private async readProven(ids: readonly string[]): Promise<boolean[]> {
    const found = new Set((await this.read(provenAmong(this.tenant, ids))).map((row) => row['id']));
    return ids.map((id) => found.has(id));
  }

  private async readRuns(runIds: readonly string[]): Promise<Run[]> {
    const rows = await this.read(runsById(this.tenant, runIds));
    const found = new Map(rows.map(toRun).map((run) => [run.key, run]));
    return runIds.map((key) => found.get(key) ?? { key, opened: null });
  }

  private async readRunEntries(runIds: readonly string[]): Promise<(RunEntries | null)[]> {
    const rows = await this.read(entriesOfRuns(this.tenant, runIds));
    const found = new Map(rows.map((row) => [row['run_id'], toRunEntries(row)]));
    return runIds.map((id) => found.get(id) ?? null);
  }

  private async readReasons(ids: readonly string[]): Promise<AuditEntry[][]> {
    const rows = await this.read(reasonsAddedTo(this.tenant, ids, maxReasons));
    return grouped(ids, rows, 'reason_for', (row) => this.keep(toEntry(row)));
  }

  /** The links as pairs of ids, then the entries that are not known yet: a transaction of many rows is not sent many times. */
  private async readCauses(of: readonly AuditEntry[]): Promise<CauseLink[][]> {
    const rows = await this.read(causesOf(this.tenant, of));
    for (const entry of of) this.keep(entry);
    const toLink = (row: Row) => ({ id: String(row['id']), relation: row['relation'] as CauseLink['relation'] });
    return grouped(of.map(idOf), rows, 'of', toLink).map((links) => links.toSorted((a, b) => (BigInt(a.id) > BigInt(b.id) ? -1 : 1)));
  }

  private async readEffects(of: readonly AuditEntry[]): Promise<AuditEntry[][]> {
    const rows = await this.read(effectsOf(this.tenant, of));
    for (const entry of of) this.keep(entry);
    return Promise.all(grouped(of.map(idOf), rows, 'of', (row) => String(row['id'])).map((ids) => this.entriesInOrder(ids)));
  }

  /** Oldest first, each once, at most `maxLinks`. */
  private async entriesInOrder(ids: readonly string[]): Promise<AuditEntry[]> {
    const oldestFirst = [...new Set(ids)].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
    const entries = await Promise.all(oldestFirst.slice(0, maxLinks).map((id) => this.entries.load(id)));
    return entries.filter((entry) => entry !== null);
  }

  private async readOpenings(runIds: readonly string[]): Promise<(string | null)[]> {
    const rows = await this.read(openingsOf(this.tenant, runIds));
    const found = new Map(rows.map((row) => [row['run_id'], String(row['id'])]));
    return runIds.map((runId) => found.get(runId) ?? null);
  }

  private async readVersions(keys: readonly (readonly [number, number])[]): Promise<(TableVersion | null)[]> {
    const versions = (await this.read(tableVersions(this.tenant, keys))).map(toTableVersion);
    const found = new Map(versions.map((version) => [`${version.tableKey}:${version.schemaVersion}`, version]));
    return keys.map((key) => found.get(key.join(':')) ?? null);
  }

  private async readCounts(tableKeys: readonly number[]): Promise<string[]> {
    const rows = await this.read(entryCounts(this.tenant, tableKeys));
    const found = new Map(rows.map((row) => [row['table_key'], String(row['count'])]));
    return tableKeys.map((key) => found.get(key) ?? '0');
  }

  private async readCapturing(tableKeys: readonly number[]): Promise<boolean[]> {
    const rows = await this.read(capturing(this.tenant, tableKeys));
    const found = new Map(rows.map((row) => [row['table_key'], row['capturing'] === true]));
    return tableKeys.map((key) => found.get(key) ?? false);
  }
}

const idOf = (entry: AuditEntry): string => entry.id;

function grouped<T>(keys: readonly string[], rows: readonly Row[], column: string, toItem: (row: Row) => T): T[][] {
  const groups = new Map(keys.map((key): [string, T[]] => [key, []]));
  for (const row of rows) groups.get(String(row[column]))?.push(toItem(row));
  return keys.map((key) => groups.get(key) ?? []);
}
