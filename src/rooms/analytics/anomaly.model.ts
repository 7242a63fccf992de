import type { Period } from '../../shared/time-range.ts';
import type { EntityType } from '../commerce/commerce.model.ts';

export const AnomalyKind = {
  BULK_CHANGE: 'BULK_CHANGE',
  OFF_HOURS: 'OFF_HOURS',
  PRICE_JUMP: 'PRICE_JUMP',
  RATE_SPIKE: 'RATE_SPIKE',
  UNUSUAL_ORIGIN: 'UNUSUAL_ORIGIN',
  UNUSUAL_TRANSITION: 'UNUSUAL_TRANSITION',
} as const;
export type AnomalyKind = keyof typeof AnomalyKind;

/** What the log says about one departure. Instants are text as PostgreSQL prints them, in UTC. */
interface Found {
  /** The entry that it begins with. */
  readonly entryId: string;
  /** When that entry happened. */
  readonly occurredAt: string;
  /** Who wrote it: a name, or the account of the database where nobody was named. */
  readonly actor: string;
}

/** Entries that belong to a departure of many entries: those of the actor between two of them. */
interface Span {
  readonly lastEntryId: string;
  readonly lastAt: string;
}

/** The work of one actor in one hour of the clock, UTC. An hour that the asked period cuts makes two. */
export interface WorkHour extends Found, Span {
  readonly isInPeriod: boolean;
  readonly isService: boolean;
  /** Begin of the hour. */
  readonly hour: string;
  readonly entries: number;
  /** Of these, changes of rows; the rest are events. */
  readonly changes: number;
  /** The first change of a row; null where there is none. */
  readonly firstChange: { readonly entryId: string; readonly occurredAt: string } | null;
}

/** An hour outside of the usual ones. */
interface NightHour extends WorkHour {
  /** Numbers the spans of time from the middle of a usual day to that of the next. */
  readonly night: number;
}

/** How often a size occurs. */
export interface SizeCount {
  readonly size: number;
  readonly count: number;
}

export interface PriceChange extends Found {
  readonly sku: string | null;
  readonly before: string;
  readonly after: string;
  readonly currency: string | null;
}

/** The row changes of one transaction. */
export interface BulkChange extends Found, Span {
  readonly transactionId: string;
  readonly rows: number;
}

/** How rare something is: it, and what is as rare or rarer, has `tail` of `total` occasions. */
export interface Rarity {
  readonly tail: number;
  readonly total: number;
}

export interface StatusStep extends Found, Rarity {
  readonly tableName: string;
  readonly entityType: EntityType;
  readonly rowKey: string | null;
  readonly from: string;
  readonly to: string;
  /** Whether the table declares its steps, and not this one. */
  readonly isForbidden: boolean;
}

export interface Origin extends Found, Span, Rarity {
  readonly application: string | null;
  /** Null: the program itself is what is rare. */
  readonly address: string | null;
}

/** What the log holds about the pattern and the departures from it. */
export interface AnomalyFacts {
  readonly hours: readonly WorkHour[];
  readonly prices: { readonly sizes: readonly SizeCount[]; readonly largest: readonly PriceChange[] };
  readonly transactions: { readonly sizes: readonly SizeCount[]; readonly largest: readonly BulkChange[] };
  readonly steps: readonly StatusStep[];
  readonly origins: readonly Origin[];
}

type Kinds = {
  readonly RATE_SPIKE: WorkHour;
  readonly OFF_HOURS: NightHour;
  readonly PRICE_JUMP: PriceChange;
  readonly BULK_CHANGE: BulkChange;
  readonly UNUSUAL_TRANSITION: StatusStep;
  readonly UNUSUAL_ORIGIN: Origin;
};

/** A departure with its measure. `observed` and `expected` are in the unit of the kind: see `anomaly-score.ts`. */
export type Departure = {
  [K in AnomalyKind]: {
    readonly kind: K;
    readonly about: Kinds[K];
    readonly score: number;
    readonly observed: number;
    readonly expected: number;
  };
}[AnomalyKind];

/** A departure within a period: the same one has another score in another period. */
export type Anomaly = Departure & {
  readonly period: Period;
  /** Number of the alert that told it, as it was found then; else it was worked out of the period. */
  readonly alert?: string;
};

/**
 * Which departures are looked for: those of the period; with a stretch those that its entries make, where the period is only the pattern.
 * The entries of a stretch have the positions above one up to another.
 */
export interface Judged {
  readonly period: Period;
  readonly stretch?: { readonly above: string; readonly upTo: string };
}
