import type { AuditEntry, Image } from '../audit/audit.model.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import type { Moment } from '../commerce/moment.model.ts';
import { encodeRecordName } from './record-key.ts';
import type { TableHistory } from './tracked-table.queries.ts';

/** One row of a tracked table, seen now or as it was right after an entry. */
export interface RecordRef {
  readonly table: TableHistory;
  /** Key columns without the tenant: one as text, several as a JSON array of texts. */
  readonly recordKey: string;
  /** Newest entry that is seen; null for all. */
  readonly upTo: string | null;
  /** What is reached from it is read at this time. */
  readonly seenAt?: Moment | undefined;
}

/**
 * One version of one record: what an INSERT or an UPDATE left behind. A DELETE ends a version and makes none.
 * The row as it was before the log knew it is a version too, without an entry: number 0.
 */
export interface Version {
  readonly of: RecordRef;
  readonly entry: AuditEntry | null;
  /** Schema version that its columns follow. */
  readonly schemaVersion: number;
  readonly systemFrom: string;
  /** When the next change of the record was recorded; null for the latest version. */
  readonly systemTo: string | null;
}

/** A row of any tracked table. */
export interface TrackedRecord extends Entity {
  readonly entityType: 'RECORD';
  readonly tableName: string;
  readonly values: Image;
}

/** Which change gave one field its present value. */
export interface FieldBlame {
  /** 0 for what was changed last; fields changed together are of the same age, and what is older than the log is the oldest. */
  readonly age: number;
  /** Null when the value is older than the log. */
  readonly entryId: string | null;
  readonly field: string;
  /** Changes after the creation of the row, as far as the log goes back: all of its entries are read for it. */
  readonly changeCount: () => Promise<number>;
  readonly value: unknown;
}

/** An entity as of one version: what is asked of it is answered as of that version. */
export type Shown<T extends Entity> = T & { readonly shownVersion?: Version };

/** Id of the entry that made it; 0 for the version before the log. */
export function positionOf(version: Version): string {
  return version.entry?.id ?? '0';
}

/** Key part of the global id of a version: the id of its entry, or the record's name where there is none. */
export function encodeVersionKey(version: Version): string {
  if (version.entry) return version.entry.id;
  return `0:${encodeRecordName({ tableName: version.of.table.tableName, recordKey: version.of.recordKey })}`;
}
