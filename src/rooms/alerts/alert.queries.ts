import { type SQL, sql } from 'drizzle-orm';
import { json, type Row } from '../../database/database.ts';
import { alerts } from '../../database/tables/audit.ts';
import type { HealthCheck } from '../../shared/health.ts';
import type { SortColumn } from '../../shared/page-keyset.ts';
import type { PagedList } from '../../shared/page-read.ts';
import type { Period } from '../../shared/time-range.ts';
import type { Anomaly } from '../analytics/anomaly.model.ts';
import type { AlertKind, FailedCheck, Finding, RaisedAlert } from './alert.model.ts';

/** Which alerts a caller may see and wants to. */
export interface Wanted {
  readonly tenant: string;
  readonly seesExecutions: boolean;
  /** Of anomalies. */
  readonly minScore?: number;
}

const columns = sql`${alerts.sequence}, ${alerts.raisedAt}, ${alerts.kind}, ${alerts.facts}`;
const raised: SortColumn = { name: 'raised', sql: sql`${alerts.raisedAt}`, type: 'timestamptz', rowColumn: 'raised_at' };
const sequence: SortColumn = { name: 'sequence', sql: sql`${alerts.sequence}`, type: 'bigint', rowColumn: 'sequence' };

function wanted({ tenant, seesExecutions, minScore }: Wanted): SQL {
  const seen = seesExecutions ? sql`` : sql` and ${alerts.kind} <> 'EXECUTION'`;
  const strong = minScore === undefined ? sql`` : sql` and (${alerts.score} is null or ${alerts.score} >= ${minScore}::float8)`;
  return sql`${alerts.tenant} = ${tenant}${seen}${strong}`;
}

/** Newest first. Index: alert_raised. */
export function alertList(asked: Wanted, period: Period | null): PagedList<RaisedAlert> {
  const within = period
    ? sql` and ${alerts.raisedAt} >= ${period.from}::text::timestamptz and ${alerts.raisedAt} < ${period.to}::text::timestamptz`
    : sql``;
  return {
    name: 'alerts.history',
    columns,
    from: sql`${alerts}`,
    where: sql`${wanted(asked)}${within}`,
    order: [
      { column: raised, direction: 'DESC' },
      { column: sequence, direction: 'DESC' },
    ],
    toRecord: toAlert,
  };
}

/** Alerts of numbers above `from`, up to `to`, in order. */
export function alertsAt(asked: Wanted, from: number, to: number, limit: number): SQL {
  return sql`/* alerts.feed */ select ${columns} from ${alerts} where ${wanted(asked)}
     and ${alerts.sequence} > ${String(from)}::text::bigint and ${alerts.sequence} <= ${String(to)}::text::bigint order by ${alerts.sequence} limit ${limit}::int`;
}

export function alertByNumber(tenant: string, number: string): SQL {
  return sql`/* alerts.byNumber */ select ${columns} from ${alerts} where ${alerts.tenant} = ${tenant} and ${alerts.sequence} = ${number}::text::bigint`;
}

export function toAlert(row: Row): RaisedAlert {
  const number = String(row['sequence']);
  const kind = row['kind'] as AlertKind;
  switch (kind) {
    case 'ANOMALY':
      return { sequence: number, kind, anomaly: { ...(row['facts'] as Anomaly), alert: number } };
    case 'EXECUTION':
      return { sequence: number, kind, hashKey: (row['facts'] as { execution: string }).execution };
    case 'HEALTH':
      return { sequence: number, kind, check: row['facts'] as FailedCheck };
  }
}

/** One row for `toClaim`; the tenant is left to the caller for so long. @param mostEntries before the new ones, of which the pattern is made. */
export function nextToJudge(leaseMs: number, mostEntries: number): SQL {
  return sql`/* alerts.next */ select tenant, above, up_to, as_of, since, due_in
    from audit.next_to_judge(${`${leaseMs} ms`}::text::interval, ${mostEntries}::int)`;
}

/** Entries of a tenant that nobody has looked at; and when the next ones of anybody are due, null where nothing is new. */
export interface Claim {
  readonly work: { readonly tenant: string; readonly above: string; readonly upTo: string; readonly period: Period } | null;
  readonly dueInMs: number | null;
}

export function toClaim(row: Row): Claim {
  const tenant = row['tenant'] as string | null;
  const period = { from: row['since'] as string, to: row['as_of'] as string };
  return {
    work: tenant === null ? null : { tenant, above: String(row['above']), upTo: String(row['up_to']), period },
    dueInMs: row['due_in'] === null ? null : Math.max(0, Number(row['due_in']) * 1_000),
  };
}

/** One row: how many alerts are new; null when somebody else has judged the same entries. */
export function noteJudged(
  { above, upTo }: { readonly above: string; readonly upTo: string },
  findings: readonly Finding[],
  pauseMs: number,
): SQL {
  return sql`/* alerts.judged */ select audit.note_judged(${above}::text::bigint, ${upTo}::text::bigint, ${json(findings)}::text::jsonb,
    ${`${pauseMs} ms`}::text::interval) as raised`;
}

/** One row: how many alerts are new. */
export function noteHealth(checks: readonly HealthCheck[]): SQL {
  return sql`/* alerts.health */ select audit.note_health(${json(checks)}::text::jsonb) as raised`;
}
