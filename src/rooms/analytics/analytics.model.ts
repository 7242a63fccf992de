import type { User } from '../commerce/commerce.model.ts';

export const AuditGroupKey = {
  ACTOR: 'ACTOR',
  DAY: 'DAY',
  ENTITY_TYPE: 'ENTITY_TYPE',
  HOUR_OF_DAY: 'HOUR_OF_DAY',
  OPERATION: 'OPERATION',
  RUN_ID: 'RUN_ID',
  TABLE_NAME: 'TABLE_NAME',
  APPLICATION: 'APPLICATION',
  ENTITY_KEY: 'ENTITY_KEY',
  MONTH: 'MONTH',
  OPERATION_NAME: 'OPERATION_NAME',
  REASON_CODE: 'REASON_CODE',
} as const;
export type AuditGroupKey = keyof typeof AuditGroupKey;

export const HeatMapDimension = { TABLE_NAME: 'TABLE_NAME', USER: 'USER' } as const;
export type HeatMapDimension = keyof typeof HeatMapDimension;

/** Field of a group that holds the value of a key; fields of keys that were not asked for are left out. */
export const groupFields = {
  ACTOR: 'actor',
  DAY: 'day',
  ENTITY_TYPE: 'entityType',
  HOUR_OF_DAY: 'hourOfDay',
  OPERATION: 'operation',
  RUN_ID: 'runId',
  TABLE_NAME: 'tableName',
  APPLICATION: 'application',
  ENTITY_KEY: 'entityKey',
  MONTH: 'month',
  OPERATION_NAME: 'operationName',
  REASON_CODE: 'reasonCode',
} as const satisfies Readonly<Record<AuditGroupKey, string>>;

/** Entries that share the values of the asked keys. Instants are text as PostgreSQL prints them, in UTC. */
export type ChangeGroup = {
  readonly count: number;
  /** Rows that the entries are about; left out where it was not asked for. */
  readonly entityCount?: number;
  readonly firstAt: string;
  readonly lastAt: string;
} & { readonly [field in (typeof groupFields)[AuditGroupKey]]?: string | number | null };

export interface TrendPoint {
  readonly bucketStart: string;
  readonly count: number;
  readonly series: string;
}

export interface ForecastPoint {
  readonly bucketStart: string;
  readonly expected: number;
  /** 95 of 100 counts lie between these. */
  readonly lower: number;
  readonly upper: number;
}

export interface HeatMapCell {
  readonly count: number;
  readonly hourOfDay: number;
  readonly label: string;
  /** 1 Monday to 7 Sunday. */
  readonly weekday: number;
}

export interface UserActivity {
  readonly changeCount: number;
  readonly entityCount: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** 0 to 1. */
  readonly reasonRate: number;
  readonly user: () => Promise<User | null>;
  readonly userName: () => Promise<string>;
}

/** One bar; the bounds are whole per cents in text. */
export interface HistogramBucket {
  readonly count: number;
  readonly from: string;
  readonly to: string;
}

export interface TransitionStatistic {
  readonly statusAfter: string;
  readonly statusBefore: string | null;
  readonly count: number;
  readonly isExpected: boolean;
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
}
