import type { Actor } from '../audit/actor.ts';
import type { AuditEntry, Reason } from '../audit/audit.model.ts';
import type { OriginType } from '../audit/audit-entry.type.ts';
import type { FieldChange } from '../audit/changes.ts';
import type { Narrative } from '../audit/narrative.ts';
import type { Entity } from '../commerce/commerce.model.ts';
import type { RecordRef, Version } from './version.model.ts';

/** Why an entry counts as a cause; the first is the strongest. */
export const CauseRelation = {
  WROTE_VALUE: 'WROTE_VALUE',
  DECLARED: 'DECLARED',
  VALUE_COPIED: 'VALUE_COPIED',
  TRIGGERED: 'TRIGGERED',
  SAME_RUN: 'SAME_RUN',
  SAME_TRANSACTION: 'SAME_TRANSACTION',
} as const;
export type CauseRelation = keyof typeof CauseRelation;

/** One step of a chain of causes. */
export interface CauseStep {
  readonly auditEntry: AuditEntry;
  /** Hops from the value asked about. */
  readonly degree: number;
  readonly relation: CauseRelation;
  /** Fields whose copies are followed further back; null for all that the entry changed. */
  readonly fields: readonly string[] | null;
}

/** Effect of a change; both values per day, with two decimals. */
export interface BusinessImpact {
  readonly measure: 'units_per_day';
  readonly before: string;
  readonly after: string;
  readonly periodDays: number;
}

export interface ReasonedChange {
  readonly auditEntry: AuditEntry;
  readonly change: FieldChange;
  readonly reason: Reason | null;
  /** Null where nothing is measured. */
  readonly impact: () => Promise<BusinessImpact | null>;
}

/** What is worked out only when it is selected is a function. */
export interface WhyAnswer {
  /** Newest first. */
  readonly reasons: () => Promise<readonly ReasonedChange[]>;
  /** Nearest first. */
  readonly causes: () => Promise<readonly CauseStep[]>;
  readonly narrative: () => Promise<Narrative>;
}

export interface HowStep {
  readonly auditEntry: AuditEntry;
  readonly changes: readonly FieldChange[];
  /** By the source's own clock; null for the first step of all. */
  readonly sincePreviousMs: number | null;
  readonly isExpected: boolean;
}

export interface HowAnswer {
  /** Oldest first. */
  readonly steps: readonly HowStep[];
  readonly totalDurationMs: number;
  readonly narrative: () => Promise<Narrative>;
}

/** A value of a row as it was when somebody copied it. */
export interface CopiedCell {
  readonly field: string;
  readonly column: string;
  /** The row as of that moment. */
  readonly ref: RecordRef;
  readonly value: unknown;
  /** The entry that wrote it there; null when it is older than the log. */
  readonly writer: AuditEntry | null;
}

export interface RowReference {
  readonly schema: string;
  readonly table: string;
  /** Key columns without the tenant. */
  readonly key: Readonly<Record<string, unknown>>;
  readonly entity: () => Promise<Entity | null>;
  readonly version: () => Promise<Version | null>;
}

export interface CellReference {
  readonly column: string;
  readonly row: RowReference;
  readonly value: unknown;
}

export interface FieldOrigin {
  readonly field: string;
  readonly value: unknown;
  /** This and the next two are null for a value that is older than the log. */
  readonly auditEntry: AuditEntry | null;
  readonly actor: Actor | null;
  readonly origin: OriginType | null;
  readonly copiedFrom: () => Promise<readonly CellReference[]>;
}

export interface WhereAnswer {
  readonly fields: readonly FieldOrigin[];
  readonly narrative: () => Promise<Narrative>;
}
