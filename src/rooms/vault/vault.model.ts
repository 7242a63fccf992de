import type { ActorFacts } from '../audit/audit.model.ts';

export const ScriptType = {
  BACKUP: 'BACKUP',
  DDL: 'DDL',
  ETL: 'ETL',
  FUNCTION: 'FUNCTION',
  MAINTENANCE: 'MAINTENANCE',
  MIGRATION: 'MIGRATION',
  OTHER: 'OTHER',
  SECURITY: 'SECURITY',
} as const;
export type ScriptType = keyof typeof ScriptType;
export const namedScriptTypes = Object.values(ScriptType).filter((type) => type !== 'OTHER');

export const ExecutionStatus = { CANCELLED: 'CANCELLED', COMPLETED: 'COMPLETED', FAILED: 'FAILED', RUNNING: 'RUNNING' } as const;
export type ExecutionStatus = keyof typeof ExecutionStatus;

export const HealthStatus = { DEGRADED: 'DEGRADED', DOWN: 'DOWN', OK: 'OK' } as const;
export type HealthStatus = keyof typeof HealthStatus;

type Fields = Readonly<Record<string, unknown>>;

/** One tracked operation in its present state. Instants are text as PostgreSQL prints them, in UTC. */
export interface VaultExecution {
  /** 64 hexadecimal digits. */
  readonly hashKey: string;
  readonly businessKey: string;
  readonly loadDate: string;
  readonly scriptName: string;
  /** As the caller named it. */
  readonly scriptTypeName: string;
  readonly scriptType: ScriptType;
  readonly status: ExecutionStatus;
  readonly executedAt: string;
  /** Null while it runs. */
  readonly completedAt: string | null;
  readonly durationMs: number | null;
  readonly affectedObjects: readonly string[];
  readonly errorMessage: string | null;
  readonly metadata: Fields | null;
  readonly runId: string | null;
  readonly actor: ActorFacts;
  readonly origin: ExecutionOrigin;
}

interface ExecutionOrigin {
  readonly application: string | null;
  readonly clientIp: string | null;
  readonly hostName: string | null;
  readonly recordSource: string;
  readonly requestId: string | null;
  readonly sessionId: string | null;
  readonly statement: string | null;
  readonly traceParent: string | null;
}

/** One version of an operation's state. */
export interface VaultSatellite {
  readonly versionNumber: string;
  readonly loadDate: string;
  readonly loadEndDate: string | null;
  readonly hashDiff: string;
  readonly recordSource: string;
  /** Without what needs further permissions: the statement, the address, the people. */
  readonly attributes: Fields;
}

/** Counts of one kind of operation. */
export interface TypeCount {
  readonly type: ScriptType;
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly running: number;
  /** Those with a duration, and the sum of their milliseconds. */
  readonly timed: number;
  readonly totalMs: number;
}

export interface VaultDashboard {
  readonly averageDurationMs: number | null;
  readonly byType: readonly { readonly label: string; readonly count: number }[];
  readonly failedCount: number;
  readonly runningCount: number;
  readonly successRate: number;
  readonly totalCount: number;
}

export interface PerformanceMetric {
  readonly scriptName: string;
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly trendPercent: number | null;
}

export interface ExecutionTrendPoint {
  readonly bucketStart: string;
  readonly count: number;
  readonly failedCount: number;
  readonly medianMs: number | null;
}

export interface SystemHealth {
  readonly checks: readonly { readonly name: string; readonly status: HealthStatus; readonly detail: string }[];
  readonly checkedAt: string;
  readonly status: HealthStatus;
}

/** The figures of all kinds together. What has not ended says nothing about success: while nothing has, the rate is 1. */
export function dashboardOf(counts: readonly TypeCount[]): VaultDashboard {
  const sum = (figure: (count: TypeCount) => number) => counts.reduce((total, count) => total + figure(count), 0);
  const [completed, failed, timed] = [sum((count) => count.completed), sum((count) => count.failed), sum((count) => count.timed)];
  const ended = completed + failed;
  return {
    averageDurationMs: timed === 0 ? null : rounded(sum((count) => count.totalMs) / timed),
    byType: counts.map(({ type, total }) => ({ label: type, count: total })),
    failedCount: failed,
    runningCount: sum((count) => count.running),
    successRate: ended === 0 ? 1 : rounded(completed / ended),
    totalCount: sum((count) => count.total),
  };
}

/** The worst of the checks. */
export function worstOf(checks: SystemHealth['checks']): HealthStatus {
  const worstFirst: readonly HealthStatus[] = ['DOWN', 'DEGRADED'];
  return worstFirst.find((status) => checks.some((check) => check.status === status)) ?? 'OK';
}

/** To a thousandth, as far as a figure means anything. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
