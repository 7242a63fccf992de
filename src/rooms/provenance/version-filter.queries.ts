import { type SQL, sql } from 'drizzle-orm';
import { allOf, refused } from '../../shared/filter.ts';
import type { TimeRange } from '../../shared/time-range.input.ts';
import { e } from '../audit/entry.queries.ts';
import { actorIdCondition } from '../audit/entry-filter.queries.ts';
import { changedOneOf } from './blame.queries.ts';
import { fieldMapOf, knownFields, refuseUnknownFields } from './field-map.ts';
import type { TableHistory } from './tracked-table.queries.ts';

export interface VersionFilter {
  /** Global id of a User or an Actor. */
  readonly actorId?: string | null;
  /** Fields of the API; of a record columns. A former name of a column finds it too, as long as no other column has it. */
  readonly changedFields?: readonly string[] | null;
  /** When versions were recorded. */
  readonly range?: TimeRange | null;
}

/**
 * Versions that fit; null when nothing is asked. The version before the log fits no filter: nobody is known to have made it.
 * @throws DomainError `BAD_USER_INPUT` with `argument`.
 */
export function versionFilter(tenant: string, table: TableHistory, filter: VersionFilter | null | undefined): SQL | null {
  const conditions: SQL[] = [];
  const { actorId, changedFields, range } = filter ?? {};
  if (typeof actorId === 'string') conditions.push(actorIdCondition(tenant)(actorId, 'filter.actorId'));
  if (changedFields) {
    const map = fieldMapOf(table);
    refuseUnknownFields(changedFields, knownFields(map), 'filter.changedFields');
    conditions.push(changedOneOf(table, map, changedFields));
  }
  if (range) conditions.push(during(sql`${e.recordedAt}`, range, 'filter.range'));
  return conditions.length === 0 ? null : allOf(conditions);
}

/** @throws DomainError `BAD_USER_INPUT` with `argument` for a period that ends before it begins. */
export function during(instant: SQL, { from, to }: TimeRange, argument: string): SQL {
  if (typeof to === 'string' && to < from) throw refused(argument, `"${argument}" ends before it begins.`);
  const begins = sql`${instant} >= ${from}::text::timestamptz`;
  return typeof to === 'string' ? sql`${begins} and ${instant} < ${to}::text::timestamptz` : begins;
}
