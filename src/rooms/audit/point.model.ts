import type { Pin } from './entry-pages.queries.ts';

/**
 * A point in time of one tenant's trail: it says of every entry whether it lies at or before it. A record is then what the newest of its entries
 * (in capture order) that do left behind; the older ones count with it. No entry that commits later changes what a point holds.
 */
export type Point = ClockPoint | LogPoint | CapturePoint;

interface AnyPoint {
  /** The same for two points that hold the same entries. */
  readonly key: string;
  /** An instant: of a clock what it shows, else when the entry that the point stands behind was recorded. */
  readonly timestamp: string;
  /** Name of the argument that asked for it, for error messages. */
  readonly argument: string;
}

/** Entries with a time up to `timestamp`, this one included, that were committed when the question came. */
export interface ClockPoint extends AnyPoint {
  readonly kind: 'RECORDED' | 'OCCURRED';
  readonly pin: Pin;
}

/** Entries up to a position of the log, this one included. */
export interface LogPoint extends AnyPoint {
  readonly kind: 'LOG';
  readonly sequence: string;
  /** No entry at or before the point has a higher id. */
  readonly highestId: string;
}

/** Entries up to one that has no position yet, or up to one of a page of the trail, as far as the pin saw them. */
export interface CapturePoint extends AnyPoint {
  readonly kind: 'CAPTURE';
  readonly entryId: string;
  readonly pin: Pin;
}

/** A table, and from when on its rows are known, by either clock. */
export interface KnownTable {
  readonly tableKey: number;
  readonly tableName: string;
  readonly isTracked: boolean;
  readonly recordedAt: string;
  /** Earlier than `recordedAt` where changes were taken in that had happened before. */
  readonly occurredAt: string;
  readonly formerNames: FormerNames | null;
}

/** schema version -> column as it was called -> as it is called now. */
export type FormerNames = Readonly<Record<string, Readonly<Record<string, string>>>>;
