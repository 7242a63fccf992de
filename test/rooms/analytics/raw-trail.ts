// The trail read raw, and the calendar by Intl: what analytics must count, worked out a second time in another way.
import type { Row } from '../../../src/database/database.ts';
import type { TestDatabase } from '../../support/databases.ts';

export interface RawEntry {
  readonly id: string;
  /** RFC 3339 with microseconds. */
  readonly at: string;
  readonly operation: string;
  readonly operation_name: string | null;
  readonly actor: string | null;
  readonly actor_kind: string | null;
  readonly db_user: string;
  readonly application: string | null;
  readonly run_id: string | null;
  readonly reason: string | null;
  readonly reason_code: string | null;
  readonly reason_for: string | null;
  readonly record_key: string | null;
  readonly entity_key: string | null;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly table_name: string | null;
  readonly entity_type: string | null;
  readonly status_column: string | null;
  readonly needs_reason: readonly string[] | null;
  readonly run_reason: string | null;
  readonly run_code: string | null;
}

/** All entries of a tenant, oldest id first. */
export function rawTrail({ owner }: TestDatabase, tenant: string): Promise<RawEntry[]> {
  return owner.run<
    RawEntry & Row
  >(`select e.id::text, to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, e.operation::text, e.operation_name,
      e.actor, e.actor_kind::text, e.db_user, e.application, e.run_id::text, e.reason, e.reason_code, e.reason_for::text, e.record_key, e.entity_key,
      e.before, e.after, t.table_name, t.entity_type, t.status_column, to_jsonb(t.reason_required_columns) as needs_reason, r.reason as run_reason, r.reason_code as run_code
    from audit.entry e left join audit.tracked_table t using (table_key) left join audit.run r on r.tenant = e.tenant and r.run_id = e.run_id
   where e.tenant = '${tenant}' order by e.id`);
}

export const during = (from: string, to: string) => (entry: RawEntry) =>
  Date.parse(entry.at) >= Date.parse(from) && Date.parse(entry.at) < Date.parse(to);

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of a zone show at an instant. */
export function shownIn(zone: string): (instant: string) => { day: string; month: string; hour: number; weekday: number; time: string } {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', weekday: 'short', hourCycle: 'h23' },
    });
  formats.set(zone, format);
  const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
  return (instant) => {
    const parts = Object.fromEntries(format.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]));
    const month = `${parts['year']}-${parts['month']}`;
    const time = `${parts['hour']}:${parts['minute']}`;
    return { day: `${month}-${parts['day']}`, month, hour: Number(parts['hour']), weekday: weekdays.indexOf(parts['weekday']!) + 1, time };
  };
}

/** Groups in no order, each with its items. */
export function groupedBy<T>(items: readonly T[], keyOf: (item: T) => unknown): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    const group = groups.get(key) ?? [];
    group.push(item);
    groups.set(key, group);
  }
  return groups;
}

export const actorOf = ({ actor, db_user }: RawEntry): string => actor ?? db_user;

export const entitiesOf = (entries: readonly RawEntry[]): number =>
  new Set(entries.filter(({ record_key }) => record_key !== null).map(({ table_name, record_key }) => `${table_name} ${record_key}`)).size;

/** Whether an entry has a reason: its own, one added later, its run's. */
export function reasonedIn(all: readonly RawEntry[]): (entry: RawEntry) => boolean {
  const added = new Set(all.map(({ reason_for }) => reason_for));
  return (entry) =>
    [entry.reason, entry.reason_code, entry.run_reason, entry.run_code].some((text) => text !== null) || added.has(entry.id);
}

/** The value at a share of the way through sorted values, between two neighbours in proportion. */
export function percentile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return low + (high - low) * (place - Math.floor(place));
}

/** Between two instants with microseconds, in milliseconds. */
export function msBetween(from: string, to: string): number {
  const micros = (instant: string) => BigInt(Date.parse(`${instant.slice(0, 19)}Z`)) * 1000n + BigInt(instant.slice(20, 26));
  return Number(micros(to) - micros(from)) / 1000;
}
