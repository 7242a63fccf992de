import type { TimeInterval } from '../../shared/time-buckets.ts';
import type { Period } from '../../shared/time-range.ts';
import type { AuditEntryFilter } from '../audit/entry-filter.queries.ts';
import type { AuditGroupKey } from './analytics.model.ts';

/** Days of UTC that lie in a period as a whole: `from` included, `to` excluded, as `YYYY-MM-DD`. */
export interface WholeDays {
  readonly from: string;
  readonly to: string;
}

const dayMs = 24 * 60 * 60_000;

/** Null when there are none. */
export function wholeDaysOf({ from, to }: Period): WholeDays | null {
  const midnight = (instant: string) => Date.parse(`${instant.slice(0, 10)}T00:00:00Z`);
  const first = from.endsWith('T00:00:00.000000Z') ? midnight(from) : midnight(from) + dayMs;
  const [begin, end] = [first, midnight(to)].map((instant) => new Date(instant).toISOString().slice(0, 10));
  return first < midnight(to) && begin !== undefined && end !== undefined ? { from: begin, to: end } : null;
}

const keysOfDays: readonly AuditGroupKey[] = ['ACTOR', 'OPERATION', 'TABLE_NAME', 'ENTITY_TYPE'];
const calendarKeys: readonly AuditGroupKey[] = ['DAY', 'MONTH'];
const intervalsOfDays: readonly TimeInterval[] = ['DAY', 'WEEK', 'MONTH'];
const filtersOfDays: readonly (keyof AuditEntryFilter)[] = [
  'and',
  'or',
  'not',
  'actorId',
  'actorName',
  'operation',
  'tableName',
  'entityType',
];

/** Whether groups can be told from counts by day (UTC), table, operation and actor. */
export function groupsByDay(keys: readonly AuditGroupKey[], timeZone: string): boolean {
  return keys.every((key) => keysOfDays.includes(key) || (timeZone === 'UTC' && calendarKeys.includes(key)));
}

export function bucketsByDay(interval: TimeInterval, timeZone: string): boolean {
  return timeZone === 'UTC' && intervalsOfDays.includes(interval);
}

/** The same of a filter. Deeper than any filter may be it says no. */
export function filtersByDay(filter: AuditEntryFilter | null | undefined, depth = 0): boolean {
  if (!filter) return true;
  if (depth > 20) return false;
  const inner = [...(filter.and ?? []), ...(filter.or ?? []), filter.not];
  const isNamed = Object.entries(filter).every(([name, value]) => value === undefined || filtersOfDays.some((one) => one === name));
  return isNamed && inner.every((one) => filtersByDay(one, depth + 1));
}
