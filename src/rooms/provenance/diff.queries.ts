// What became of records between two points. Whatever happened between, a record is compared once: the newest change that counts at one point with
// the newest that counts at the other. Both states, and the columns that differ, follow from the changes that lie between those two.
import { type SQL, sql } from 'drizzle-orm';
import { type Row, textArray } from '../../database/database.ts';
import { entries, trackedTables as t } from '../../database/tables/audit.ts';
import { mask } from '../../shared/mask.ts';
import type { Direction, SortTerm } from '../../shared/page-keyset.ts';
import type { PagedList } from '../../shared/page-read.ts';
import { byAge, entriesAround, entriesBetween, highestId } from '../audit/between-points.queries.ts';
import type { ChangeKind } from '../audit/changes.ts';
import { e, entryColumns } from '../audit/entry.queries.ts';
import type { Point } from '../audit/point.model.ts';
import { atOrBefore } from '../audit/point.queries.ts';
import type { EntityType } from '../commerce/commerce.model.ts';
import type { DiffStatistic, NetColumn } from './diff.model.ts';

export const differencesName = 'provenance.differences';
const isChange = (x: string): SQL => sql.raw(`${x}.operation in ('INSERT', 'UPDATE', 'DELETE')`);

/** A record, and its newest changes at two points. */
export interface Stretch {
  readonly tableKey: number;
  readonly recordKey: string;
  readonly fromId: string;
  readonly toId: string;
}

export interface DifferencesFilter {
  readonly entityTypes?: readonly EntityType[] | null | undefined;
  readonly kinds?: readonly ChangeKind[] | null | undefined;
}

/** In the order in which records first changed: it stays as it is while more is written. */
export const differenceOrder: readonly SortTerm[] = [
  { column: { name: 'first', sql: sql`d.first_id`, type: 'bigint', rowColumn: 'first_id' }, direction: 'ASC' },
];

/**
 * The records that differ between two points. Only those that were touched between are looked at, in order, so that a page stops at its limit.
 * `direction` is the one in which the page is read.
 */
export function differences<T>(
  tenant: string,
  from: Point,
  to: Point,
  filter: DifferencesFilter,
  direction: Direction,
  toRecord: (row: Row) => T,
): PagedList<T> {
  const { kinds } = filter;
  return {
    name: differencesName,
    columns: sql`d.first_id, d.table_key, d.record_key, d.from_id, d.to_id, d.kind`,
    from: differing(tenant, from, to, filter, direction),
    where: kinds ? sql`d.kind = any(${textArray(kinds)}::text::text[])` : sql`d.kind is not null`,
    order: differenceOrder,
    toRecord,
  };
}

/** Rows (entity_type, added, modified, removed), in the order of the types' names. */
export function differenceCounts(tenant: string, from: Point, to: Point): SQL {
  const count = (kind: ChangeKind) => sql`count(*) filter (where d.kind = ${kind})::int`;
  return sql`/* ${sql.raw(differencesName)}.statistics */
    select ${t.entityType}, ${count('ADDED')} as added, ${count('MODIFIED')} as modified, ${count('REMOVED')} as removed
      from ${kindsAtOnce(tenant, from, to) ?? differing(tenant, from, to, {}, 'ASC')} join ${t} on ${t.tableKey} = d.table_key
     where d.kind is not null group by 1 order by 1`;
}

/**
 * What became of all records, where only the number matters, as `d(table_key, kind)`: read off the changes between two points in one go. A record
 * with one change is told by its operation; with several updates, by a column that the first and the last of them change. The others are looked at
 * one by one.
 */
function kindsAtOnce(tenant: string, from: Point, to: Point): SQL | null {
  const [early, late] = byAge(from, to);
  const isBackward = early !== from && early.key !== late.key;
  const around = entriesAround(
    tenant,
    early,
    late,
    sql`${isChange('e')} and e.record_key is not null`,
    sql`e.table_key, e.record_key, e.id, e.operation`,
  );
  if (!around) return null;
  const between = sql`filter (where x.is_within and not x.is_before)`;
  const only = (operation: string) => sql`filter (where x.is_within and not x.is_before and x.operation = ${sql.raw(`'${operation}'`)})`;
  const image = (side: 'before' | 'after') => sql.raw(`(e.${side} || coalesce(e.personal_${side}, '{}'))`);
  return sql`(with records as materialized (
      select x.table_key, x.record_key, min(x.id) ${between} as first_id, max(x.id) ${between} as last_id, count(*) ${between} as changes,
             count(*) ${only('INSERT')} as inserts, count(*) ${only('DELETE')} as deletes, min(x.id) ${only('INSERT')} as made_by, max(x.id) ${only('DELETE')} as ended_by,
             bool_and(x.is_sure and (x.operation <> 'DELETE' or not x.is_before)) and min(x.id) ${between} > coalesce(max(x.id) filter (where x.is_before), 0)
               and coalesce(min(x.id) filter (where not x.is_within) > max(x.id) ${between}, true) as is_plain
        from (${around}) x group by 1, 2 having count(*) ${between} > 0),
    told as materialized (
      select c.*, case
          when not c.is_plain or c.inserts + c.deletes > 1 or (c.inserts = 0 and ended.before_id < c.first_id) then 'UNKNOWN'
          when c.made_by = c.first_id then ${isBackward ? sql`'REMOVED'` : sql`'ADDED'`}
          when c.ended_by = c.last_id then ${isBackward ? sql`'ADDED'` : sql`'REMOVED'`}
          when c.inserts + c.deletes = 0 and c.changes = 1 then 'MODIFIED'
          when c.inserts + c.deletes = 0 and exists (
            select from ${entries} f cross join ${entries} e cross join lateral jsonb_each(f.before || coalesce(f.personal_before, '{}')) v
             where f.tenant = ${tenant} and f.id = c.first_id and e.tenant = ${tenant} and e.id = c.last_id and f.schema_version = e.schema_version
               and ${image('after')} -> v.key <> v.value) then 'MODIFIED'
          else 'UNKNOWN' end as kind
        from records c left join (
          select table_key, record_key, min(entry_id) as before_id from audit.deletion where tenant = ${tenant} group by 1, 2) ended using (table_key, record_key))
    select table_key, kind from told where kind <> 'UNKNOWN'
    union all
    select c.table_key, s.kind from told c cross join lateral ${stretchOf(tenant, newestAt(tenant, from), newestAt(tenant, to))} where c.kind = 'UNKNOWN') d`;
}

export function toStatistic(row: Row): DiffStatistic {
  return {
    entityType: row['entity_type'] as EntityType,
    added: row['added'] as number,
    modified: row['modified'] as number,
    removed: row['removed'] as number,
  };
}

/**
 * Rows (place, from_id, to_id, kind) of records of one table, in their order from 1; the kind is null where nothing differs. Without the newer point
 * each record ends with its own change.
 */
export function differencesOf(
  tenant: string,
  tableKey: number,
  records: readonly { readonly recordKey: string; readonly toId: string | null }[],
  from: Point,
  to: Point | null,
): SQL {
  const rows = sql`unnest(${textArray(records.map(({ recordKey }) => recordKey))}::text::text[], ${textArray(records.map(({ toId }) => toId))}::text::bigint[])
      with ordinality r(record_key, to_id, place)`;
  return sql`/* provenance.diff */
    select c.place::int, ${stretchColumns} from (select ${tableKey}::int as table_key, r.* from ${rows}) c
     cross join lateral ${stretchOf(tenant, newestAt(tenant, from), to ? newestAt(tenant, to) : changeWith(tenant, sql`c.to_id`))} order by c.place`;
}

/** The same for stretches that are known. */
export function differencesWithin(tenant: string, stretches: readonly Stretch[]): SQL {
  return sql`/* provenance.diff */
    select c.place::int, ${stretchColumns} from ${stretchRows(stretches)}
     cross join lateral ${stretchOf(tenant, changeWith(tenant, sql`c.from_id`), changeWith(tenant, sql`c.to_id`))} order by c.place`;
}

/** Rows (place, name, schema_version, before, after, has_before, has_after, is_masked_change) of stretches, of every column that a change states. */
export function netColumns(tenant: string, stretches: readonly Stretch[]): SQL {
  return sql`/* provenance.diff.columns */
    select c.place::int, n.*, n.before is not null as has_before, n.after is not null as has_after
      from ${stretchRows(stretches)} cross join lateral (select least(c.from_id, c.to_id) as low, greatest(c.from_id, c.to_id) as high) w
     cross join lateral (${netOf(tenant)}) n`;
}

export function toNetColumn(row: Row): NetColumn {
  return {
    name: row['name'] as string,
    schemaVersion: row['schema_version'] as number,
    ...(row['has_before'] ? { before: row['before'] } : {}),
    ...(row['has_after'] ? { after: row['after'] } : {}),
    isMaskedChange: row['is_masked_change'] as boolean,
  };
}

/** Changes of stretches, oldest first, at most `limit` of each, with their place. Index: entry_record. */
export function changesWithin(tenant: string, stretches: readonly Stretch[], limit: number): SQL {
  return sql`/* provenance.diff.entries */
    select c.place::int, item.* from ${stretchRows(stretches)} cross join lateral (select least(c.from_id, c.to_id) as low, greatest(c.from_id, c.to_id) as high) w
     cross join lateral (select ${entryColumns} from ${entries} e where ${within(tenant)} order by ${e.recordKey}, ${e.id} limit ${limit}) item
     order by c.place, item.id::bigint`;
}

function stretchRows(stretches: readonly Stretch[]): SQL {
  const list = (of: (stretch: Stretch) => string | number) => textArray(stretches.map(of));
  return sql`unnest(${list((s) => s.tableKey)}::text::int[], ${list((s) => s.recordKey)}::text::text[], ${list((s) => s.fromId)}::text::bigint[],
      ${list((s) => s.toId)}::text::bigint[]) with ordinality as c(table_key, record_key, from_id, to_id, place)`;
}

function differing(tenant: string, from: Point, to: Point, { entityTypes }: DifferencesFilter, direction: Direction): SQL {
  const ofTypes = entityTypes
    ? sql` and x.table_key in (select ${t.tableKey} from ${t} where ${t.entityType} = any(${textArray(entityTypes)}::text::text[]))`
    : sql``;
  const touched = entriesBetween(tenant, from, to, sql`${e.tableKey}, ${e.recordKey}, ${e.id}, ${e.operation}`);
  return sql`(select c.*, ${stretchColumns} from (
        select x.table_key, x.record_key, min(x.id) as first_id from (${touched}) x
         where ${isChange('x')} and x.record_key is not null${ofTypes} group by 1, 2 order by 3 ${sql.raw(direction)} offset 0) c
     cross join lateral ${stretchOf(tenant, newestAt(tenant, from), newestAt(tenant, to))}) d`;
}

const stretchColumns = sql`s.from_id, s.to_id, s.kind`;

/** The newest change of the record `c` at or before a point. Key and id are compared together: see `stretchOf` in version.queries.ts. */
function newestAt(tenant: string, point: Point): SQL {
  return sql`(select ${e.id}, ${e.operation} from ${entries} e where ${e.tenant} = ${tenant} and ${e.tableKey} = c.table_key
          and (${e.recordKey}, ${e.id}) >= (c.record_key, 0) and (${e.recordKey}, ${e.id}) <= (c.record_key, ${highestId(tenant, point)})
          and ${isChange('e')} and ${atOrBefore(tenant, point)} order by ${e.recordKey} desc, ${e.id} desc limit 1)`;
}

function changeWith(tenant: string, id: SQL): SQL {
  return sql`(select ${e.id}, ${e.operation} from ${entries} e where ${e.tenant} = ${tenant} and ${e.id} = ${id} limit 1)`;
}

/**
 * What became of the record `c` between two of its changes, each `(id, operation)` or none, as `s(from_id, to_id, kind)`. Its first change between
 * them tells whether the row was there before: an INSERT shows that it was not, and so does a deletion that the others follow.
 */
function stretchOf(tenant: string, from: SQL, to: SQL): SQL {
  return sql`(select w.from_id, w.to_id, case
        when w.low = w.high then null
        when k.was_there and k.is_there then case when first.id = w.high or ${differs(tenant)} then 'MODIFIED' end
        when k.was_there <> k.is_there then case when k.was_there = (w.from_id < w.to_id) then 'REMOVED' else 'ADDED' end end as kind
      from (
        select coalesce(f.id, 0) as from_id, coalesce(g.id, 0) as to_id, least(coalesce(f.id, 0), coalesce(g.id, 0)) as low, greatest(f.id, g.id) as high,
               case when coalesce(f.id, 0) < coalesce(g.id, 0) then f.operation else g.operation end as low_operation,
               case when coalesce(f.id, 0) < coalesce(g.id, 0) then g.operation else f.operation end as high_operation
          from (select) one left join lateral ${from} f on true left join lateral ${to} g on true offset 0) w
      left join lateral (select ${e.id}, ${e.operation} from ${entries} e where ${within(tenant)} order by ${e.recordKey}, ${e.id} limit 1) first on true
     cross join lateral (select first.operation <> 'INSERT' and w.low_operation is distinct from 'DELETE' as was_there, w.high_operation <> 'DELETE' as is_there) k
    offset 0) s`;
}

/** The changes `e` of the record `c` after `w.low`, up to `w.high`. */
function within(tenant: string): SQL {
  return sql`${e.tenant} = ${tenant} and ${e.tableKey} = c.table_key and (${e.recordKey}, ${e.id}) > (c.record_key, w.low)
       and (${e.recordKey}, ${e.id}) <= (c.record_key, w.high) and ${isChange('e')}`;
}

function differs(tenant: string): SQL {
  return sql`exists (select from (${netOf(tenant)}) n
          where coalesce(n.before, 'null') <> coalesce(n.after, 'null') or (n.is_masked_change and n.before = to_jsonb(${mask}::text)))`;
}

/**
 * Each column that the changes of a stretch state: the oldest former value, from before the row was deleted if it was, and the newest value since it
 * was last made. A column is its place in the table, whatever it is called; a mask tells of a change where it stands for a single column.
 */
function netOf(tenant: string): SQL {
  const mentions = (side: 'before' | 'after', personal: SQL, open: SQL, when: SQL) =>
    sql`select ${sql.raw(`'${side}'`)} as side, m.key, m.value from jsonb_each(coalesce(${open}, '{}') || coalesce(${personal}, '{}')) m where ${when}`;
  const place = sql`(select v.incarnation || ':' || (k ->> 'position') from audit.table_version v cross join lateral jsonb_array_elements(v.columns) k
              where v.table_key = c.table_key and v.schema_version = x.schema_version and k ->> 'name' = m.key)`;
  const isPartial = sql`x.operation = 'UPDATE' and not x.after ?| (
              select v.key_columns from audit.table_version v where v.table_key = c.table_key and v.schema_version = x.schema_version)`;
  return sql`select (array_agg(m.key order by x.id desc))[1] as name, max(x.schema_version) as schema_version,
            (array_agg(m.value order by x.id) filter (where m.side = 'before'))[1] as before,
            (array_agg(m.value order by x.id desc) filter (where m.side = 'after'))[1] as after,
            coalesce(bool_or(m.value = to_jsonb(${mask}::text) and ${isPartial}), false) as is_masked_change
       from (
         select ${e.id}, ${e.operation}, ${e.schemaVersion}, ${e.before}, ${e.after}, ${e.personalBefore}, ${e.personalAfter},
                min(${e.id}) filter (where ${e.operation} = 'DELETE') over () as deletion, max(${e.id}) filter (where ${e.operation} = 'INSERT') over () as creation,
                min(${e.schemaVersion}) over () <> max(${e.schemaVersion}) over () as is_altered
           from ${entries} e where ${within(tenant)}) x
      cross join lateral (
         ${mentions('before', sql`x.personal_before`, sql`x.before`, sql`x.id <= coalesce(x.deletion, x.id)`)}
         union all ${mentions('after', sql`x.personal_after`, sql`x.after`, sql`x.id >= coalesce(x.creation, 0)`)}) m
      group by case when x.is_altered then coalesce(${place}, m.key) else m.key end`;
}
