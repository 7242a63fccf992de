import { decodeGlobalId } from '../../shared/global-id.ts';
import { instantFromPostgres } from '../../shared/instant.ts';
import type { NoticeCode } from '../../shared/notice.ts';
import { EntityType } from '../commerce/commerce.model.ts';
import { typenameOf } from '../commerce/node.type.ts';
import type { TrackedTable } from './audit.model.ts';
import type { AuditEntryFilter } from './entry-filter.queries.ts';

/** What was asked of the trail, as far as it can say why there is no answer. */
export interface Asked {
  /** Names of tables, with their schema. */
  readonly tables?: readonly string[];
  /** Kinds of entity, for the tables that hold them. With neither these nor `tables`, every table was asked. */
  readonly entityTypes?: readonly EntityType[];
  /** RFC 3339 text in UTC; a bound that is absent is open. */
  readonly range?: { readonly from?: string | null | undefined; readonly to?: string | null | undefined } | null | undefined;
}

export interface Tracking extends Pick<TrackedTable, 'tableName' | 'entityType' | 'trackedSince'> {
  readonly isCapturing: boolean;
}

/**
 * Reasons why the trail holds nothing of what was asked; none when it simply did not happen. `tracked` are the tables that are tracked now.
 * - `TABLE_NOT_TRACKED`: a table that was named, or every table that could hold a kind of entity, is not.
 * - `TRIGGER_DISABLED`: one of the tables asked is tracked, but captures nothing.
 * - `RANGE_BEFORE_TRACKING`: the period begins, or ends, before a named table was tracked; before any was, when none is named.
 */
export function whyEmpty({ tables = [], entityTypes = [], range }: Asked, tracked: readonly Tracking[]): NoticeCode[] {
  const named = [
    ...tables.map((name) => tracked.filter(({ tableName }) => tableName === name)),
    ...entityTypes.map((type) => tracked.filter(({ entityType }) => entityType === type)),
  ];
  const isNamed = named.length > 0;
  const atHand = isNamed ? named.flat() : tracked;
  const codes: NoticeCode[] = [];
  if (isNamed ? named.some((found) => found.length === 0) : tracked.length === 0) codes.push('TABLE_NOT_TRACKED');
  if (atHand.some(({ isCapturing }) => !isCapturing)) codes.push('TRIGGER_DISABLED');
  const isBefore = ({ trackedSince }: Tracking) => beginsBefore(range, instantFromPostgres(trackedSince) ?? '');
  if (atHand.length > 0 && (isNamed ? atHand.some(isBefore) : atHand.every(isBefore))) codes.push('RANGE_BEFORE_TRACKING');
  return codes;
}

function beginsBefore(range: Asked['range'], since: string): boolean {
  return range?.from ? range.from < since : range?.to ? range.to <= since : false;
}

/** What a filter names for sure: by itself or in its `and`. */
export function askedBy(filter: AuditEntryFilter | null | undefined): Asked {
  const sure = conjuncts(filter);
  const tables = sure.flatMap(({ tableName }) => [...(tableName?.eq ? [tableName.eq] : []), ...(tableName?.in ?? [])]);
  const entityTypes = sure.flatMap(({ entityType }) => (entityType ? [entityType] : []));
  for (const { entityId } of sure) {
    if (!entityId) continue;
    const { type, key } = decodeGlobalId(entityId, 'filter.entityId');
    const entityType = Object.values(EntityType).find((one) => typenameOf(one) === type);
    if (entityType === 'RECORD') tables.push(key.slice(0, key.indexOf(':')));
    else if (entityType) entityTypes.push(entityType);
  }
  const times = sure.flatMap(({ occurredAt }) => (occurredAt ? [occurredAt] : []));
  const from = times.flatMap(({ gt, gte, eq }) => [gt, gte, eq].filter((bound) => typeof bound === 'string')).sort();
  const to = times.flatMap(({ lt, lte, eq }) => [lt, lte, eq].filter((bound) => typeof bound === 'string')).sort();
  return { tables, entityTypes, range: { from: from.at(-1), to: to[0] } };
}

function conjuncts(filter: AuditEntryFilter | null | undefined): AuditEntryFilter[] {
  return filter ? [filter, ...(filter.and ?? []).flatMap(conjuncts)] : [];
}
