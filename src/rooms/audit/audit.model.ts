import type { EntityType } from '../commerce/commerce.model.ts';

export const AuditOperation = {
  DDL: 'DDL',
  DELETE: 'DELETE',
  EVENT: 'EVENT',
  INSERT: 'INSERT',
  READ: 'READ',
  UPDATE: 'UPDATE',
  ERASE: 'ERASE',
  SECURITY: 'SECURITY',
  TRUNCATE: 'TRUNCATE',
} as const;
export type AuditOperation = keyof typeof AuditOperation;

export const ActorType = { DATABASE: 'DATABASE', SERVICE: 'SERVICE', UNKNOWN: 'UNKNOWN', USER: 'USER' } as const;
export type ActorType = keyof typeof ActorType;

export const ReasonSource = { CALLER: 'CALLER', INFERRED: 'INFERRED', RUN: 'RUN' } as const;
export type ReasonSource = keyof typeof ReasonSource;

export const TruncatePolicy = { KEEP_ROWS: 'KEEP_ROWS', REFUSE: 'REFUSE' } as const;
export type TruncatePolicy = keyof typeof TruncatePolicy;

/** Column values of a row, by column name, as the trail stores them: numbers beyond 32 bits, decimals and instants are text. */
export type Image = Readonly<Record<string, unknown>>;

/** One row of the trail, without its tenant. Instants are text as PostgreSQL prints them, in UTC. */
export interface AuditEntry {
  readonly id: string;
  readonly transactionId: string;
  /** By the source's own clock. */
  readonly occurredAt: string;
  /** When the log took it in. */
  readonly recordedAt: string;
  /** Null for an event that concerns no row. */
  readonly tableKey: number | null;
  /** Key columns without the tenant: one as text, several as a JSON array of texts. Null where no single row is meant. */
  readonly recordKey: string | null;
  /** Business key at that time; null where the record key says it. */
  readonly businessKey: string | null;
  readonly operation: AuditOperation;
  readonly operationName: string | null;
  readonly actorKey: string | null;
  readonly actorKind: ActorType | null;
  readonly actorRole: string | null;
  readonly actorVerified: boolean;
  readonly databaseUser: string;
  readonly sessionId: string | null;
  readonly clientIp: string | null;
  readonly application: string | null;
  /** Null when the change was captured here. */
  readonly recordSource: string | null;
  readonly hostName: string | null;
  readonly statement: string | null;
  readonly requestId: string | null;
  readonly traceParent: string | null;
  readonly reasonText: string | null;
  readonly reasonCode: string | null;
  readonly reasonSource: ReasonSource | null;
  readonly reasonReference: string | null;
  /** Key of the user who approved it. */
  readonly approvedBy: string | null;
  /** Id of the entry that was named as the cause. */
  readonly causeId: string | null;
  /** On an event that adds a reason: the id of the entry it is for. */
  readonly reasonFor: string | null;
  readonly runId: string | null;
  /** Version of the table's columns that the images follow. */
  readonly schemaVersion: number | null;
  readonly details: Image | null;
  /** UPDATE: changed columns (and those that make one value with them); DELETE: the whole row. Personal columns are merged in. */
  readonly before: Image | null;
  /** UPDATE: changed columns (and those that make one value with them); INSERT: the whole row. Personal columns are merged in. */
  readonly after: Image | null;
}

/** A table whose changes are, or were, captured. */
export interface TrackedTable {
  readonly tableKey: number;
  readonly tableName: string;
  readonly entityType: EntityType;
  /** Without the tenant's column. */
  readonly keyColumns: readonly string[];
  readonly entityKeyColumn: string | null;
  readonly tenantColumn: string | null;
  readonly ignoredColumns: readonly string[];
  readonly maskedColumns: readonly string[];
  readonly personalColumns: readonly string[];
  readonly reasonRequiredColumns: readonly string[];
  readonly statusColumn: string | null;
  /** Allowed steps of the status; null where none were declared, and then every step is allowed. */
  readonly transitions: readonly { readonly from: string; readonly to: string }[] | null;
  readonly truncatePolicy: TruncatePolicy;
  /** Newest version of its columns. */
  readonly schemaVersion: number;
  readonly trackedSince: string;
  /** Null while it is tracked. */
  readonly untrackedAt: string | null;
}

/** A column as it was at one version of its table; it keeps its position through a rename. */
export interface TableColumn {
  readonly position: number;
  readonly name: string;
  /** As PostgreSQL spells it, e.g. `numeric(19,4)`. */
  readonly type: string;
  readonly nullable: boolean;
  /** Value of rows that were there before the column was added with a constant default. */
  readonly initial?: unknown;
}

export interface TableVersion {
  readonly tableKey: number;
  readonly schemaVersion: number;
  /** Counts how often the table was dropped and made anew. */
  readonly incarnation: number;
  /** By position. */
  readonly columns: readonly TableColumn[];
  readonly keyColumns: readonly string[];
}

/** What the trail says about who acted, before anybody is looked up. `key` null: nobody was named. */
export interface ActorFacts {
  readonly key: string | null;
  readonly kind: ActorType | null;
  readonly role: string | null;
  readonly isVerified: boolean;
  /** Where it is said, to look up whether it was proven there: an entry by id, or the one that opened a run. */
  readonly saidBy?: { readonly entryId: string } | { readonly openingOf: string };
  readonly databaseUser: string | null;
}

export interface Reason {
  readonly text: string;
  readonly code: string | null;
  readonly reference: string | null;
  readonly source: ReasonSource;
  readonly statedAt: string;
  readonly statedBy: ActorFacts | null;
  readonly approvedBy: ActorFacts | null;
}

/** A reason and where in the trail it stands. */
export interface StatedReason {
  readonly reason: Reason;
  /** With the change itself, in an entry of its own, or by the run. */
  readonly stated: 'WITH_CHANGE' | 'LATER' | 'BY_RUN';
  /** The entry that states it; null for a run that nobody opened by an event. */
  readonly entryId: string | null;
}

/** A cause of an entry, and why it counts as one. */
export interface CauseLink {
  readonly id: string;
  readonly relation: 'DECLARED' | 'SAME_RUN' | 'SAME_TRANSACTION';
}

export function actorOfEntry(entry: AuditEntry): ActorFacts {
  return {
    key: entry.actorKey,
    kind: entry.actorKind,
    role: entry.actorRole,
    isVerified: entry.actorVerified,
    saidBy: { entryId: entry.id },
    databaseUser: entry.databaseUser,
  };
}

/** Somebody of whom only the key is known, e.g. who approved a change. */
export function actorOfKey(key: string, kind: ActorType | null = null): ActorFacts {
  return { key, kind, role: null, isVerified: false, databaseUser: null };
}
