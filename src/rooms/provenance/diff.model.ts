import type { ChangeKind } from '../audit/changes.ts';
import type { Point } from '../audit/point.model.ts';
import type { EntityType } from '../commerce/commerce.model.ts';

/** What became of one record from one point to another. */
export interface EntityDiff {
  readonly tableKey: number;
  readonly tableName: string;
  /** `RECORD` where a row of the shop was asked as a record: it is told by its columns. */
  readonly entityType: EntityType;
  readonly recordKey: string;
  /** The newest change of the record at or before each point; 0 where the log holds none. */
  readonly fromId: string;
  readonly toId: string;
  /** Null where the two states are the same. */
  readonly kind: ChangeKind | null;
  /** At which it was asked: what is reached from the entity is read at them. Null for a difference that was found by its id. */
  readonly points: DiffPoints | null;
}

export interface DiffPoints {
  readonly from: Point;
  /** Null is now. */
  readonly to: Point | null;
}

/** Difference of all data between two points. */
export interface DataDiff {
  readonly asked: DiffPoints;
  /** Now is a point, too: what was committed when the question came. */
  readonly to: Point;
}

export interface DiffStatistic {
  readonly entityType: EntityType;
  readonly added: number;
  readonly modified: number;
  readonly removed: number;
}

/** Where a point lies in the log. */
export interface VersionPoint {
  readonly sequence: string;
  readonly timestamp: string;
}

/**
 * A column of a record between two of its changes: its value before the older and after the newer one. A side that no change states is absent.
 * `name` is what it was called at `schemaVersion`.
 */
export interface NetColumn {
  readonly name: string;
  readonly schemaVersion: number;
  readonly before?: unknown;
  readonly after?: unknown;
  /** A change of it shows a mask: whether it was changed back nobody can tell. */
  readonly isMaskedChange: boolean;
}
