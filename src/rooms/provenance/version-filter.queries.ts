import { type SQL, sql } from 'drizzle-orm';
import { allOf, refused } from '../../shared/filter.ts';
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
  /** When versions were recorded: from `from` on, before `to`. */
  readonly range?: { readonly from: string; readonly to?: string | null } | null;
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
  if (range) {
    const { from, to } = range;
    if (typeof to === 'string' && to < from) throw refused('filter.range', '"filter.range" ends before it begins.');
    conditions.push(sql`${e.recordedAt} >= ${from}::text::timestamptz`);
    if (typeof to === 'string') conditions.push(sql`${e.recordedAt} < ${to}::text::timestamptz`);
  }
  return conditions.length === 0 ? null : allOf(conditions);
}
