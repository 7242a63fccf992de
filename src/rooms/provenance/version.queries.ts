import { type SQL, sql } from 'drizzle-orm';
import { type Row, textArray } from '../../database/database.ts';
import { entries } from '../../database/tables/audit.ts';
import { allOf } from '../../shared/filter.ts';
import type { PageWindow } from '../../shared/page.ts';
import { beyond, type Direction, orderBy, type SortTerm } from '../../shared/page-keyset.ts';
import type { PagedList } from '../../shared/page-read.ts';
import { highestId } from '../audit/between-points.queries.ts';
import { e, entryColumns, toEntry } from '../audit/entry.queries.ts';
import type { Point } from '../audit/point.model.ts';
import { atOrBefore } from '../audit/point.queries.ts';
import type { TableHistory } from './tracked-table.queries.ts';
import type { RecordRef, Version } from './version.model.ts';

/** Kind of the cursors, and name of the statements. */
export const historyName = 'provenance.history';
const newestEntry = '9223372036854775807';

/** Versions in the order in which the log took them in. The version before the log stands at 0. */
export function versionOrder(direction: Direction): SortTerm[] {
  return [{ column: { name: 'entry', sql: sql`${e.id}`, type: 'bigint', rowColumn: 'id' }, direction }];
}

/** What `pageOf` wants to know of a list; its statements are those of this file. */
export function versionList(where: SQL, order: readonly SortTerm[], toRecord: (row: Row) => Version): PagedList<Version> {
  return { name: historyName, columns: entryColumns, from: sql`${entries} e`, where, order, toRecord };
}

export const everyVersion: SQL = sql`true`;

/** Records as rows `r(record_key, up_to, place)`. */
export function records(refs: readonly RecordRef[]): SQL {
  const keys = textArray(refs.map(({ recordKey }) => recordKey));
  const ends = textArray(refs.map(({ upTo }) => upTo ?? newestEntry));
  return sql`unnest(${keys}::text::text[], ${ends}::text::bigint[]) with ordinality as r(record_key, up_to, place)`;
}

/** The entries `e` of a record `r`, as far as they are seen. */
export const entriesOfRecord = (tenant: string, table: TableHistory): SQL => sql`${everOfRecord(tenant, table)} and ${e.id} <= r.up_to`;

const everOfRecord = (tenant: string, table: TableHistory): SQL =>
  sql`${e.tenant} = ${tenant} and ${e.tableKey} = ${table.tableKey}::int and ${e.recordKey} = r.record_key`;

/** The newest change of each record at or before a point, as rows (place, id); `id` is null where there is none. Index: entry_record. */
export function newestAt(tenant: string, table: TableHistory, refs: readonly RecordRef[], point: Point): SQL {
  return sql`/* provenance.newestAt */
    select r.place::int, newest.id from ${records(refs)}
      left join lateral (
        select e.id from ${entries} e
         where ${e.tenant} = ${tenant} and ${e.tableKey} = ${table.tableKey}::int and (e.record_key, e.id) >= (r.record_key, 0)
           and (e.record_key, e.id) <= (r.record_key, ${highestId(tenant, point)}) and ${e.operation} in ('INSERT', 'UPDATE', 'DELETE') and ${atOrBefore(tenant, point)}
         order by e.record_key desc, e.id desc limit 1) newest on true`;
}

/**
 * The entries `e` of a record `r` in one window of a list whose first term is the entry's id (ends included), and the order in which they are read
 * off the index entry_record. Told that the key is equal, the planner expects a handful of entries, reads all of a long record and sorts them.
 * The table is no member of the rows that are compared: only their first member ends the reading of an index.
 */
export function stretchOf(tenant: string, table: TableHistory, order: readonly SortTerm[], window: PageWindow): { where: SQL; order: SQL } {
  const { after, before, backward } = window;
  const isOldestFirst = order[0]?.direction === 'ASC';
  const [oldest, newest] = (isOldestFirst ? [after, before] : [before, after]).map((position) => position?.[0] ?? null);
  const row = sql`(${e.recordKey}, ${e.id})`;
  const first = oldest ? sql`${oldest}::text::bigint` : sql`0`;
  const last = newest ? sql`least(r.up_to, ${newest}::text::bigint)` : sql`r.up_to`;
  const way = isOldestFirst !== backward ? sql`asc` : sql`desc`;
  return {
    where: sql`${e.tenant} = ${tenant} and ${e.tableKey} = ${table.tableKey}::int and ${row} >= (r.record_key, ${first}) and ${row} <= (r.record_key, ${last})`,
    order: sql`${e.recordKey} ${way}, ${e.id} ${way}`,
  };
}

/** Of a record that is a row like those of `records`: its entries `e` in the present incarnation of its table. */
export function ofPresentTable(tenant: string, table: TableHistory, row: SQL = sql`r`): SQL {
  return sql`e.tenant = ${tenant} and e.table_key = ${table.tableKey}::int and e.record_key = ${row}.record_key and ${ofPresentIncarnation(table)} and e.id <= ${row}.up_to`;
}

/** A table that was dropped and made anew has other rows. */
export function ofPresentIncarnation(table: TableHistory): SQL {
  const incarnation = table.versions.at(-1)?.incarnation;
  const first = table.versions.find((version) => version.incarnation === incarnation)?.schemaVersion ?? 0;
  return sql`e.schema_version >= ${first}::int`;
}

/** The next change of the record of `e`, a deletion too. */
const replaced = (tenant: string): SQL => sql`lateral (
        select n.recorded_at as replaced_at from audit.shown_entry n
         where n.tenant = ${tenant} and n.table_key = e.table_key and n.record_key = e.record_key and n.id > e.id and n.operation in ('INSERT', 'UPDATE', 'DELETE')
         order by n.id limit 1) replaced on true`;

/**
 * The versions of records in one window, in reading order, `limit + 1` for each record; with each, the first change of its record
 * (`first_operation`; null when there is none): unless that is an INSERT, the row is older than the log. Index: entry_record.
 */
export function versionsOf(
  tenant: string,
  table: TableHistory,
  refs: readonly RecordRef[],
  where: SQL,
  order: readonly SortTerm[],
  window: PageWindow,
): SQL {
  const { after, before, backward, limit } = window;
  const stretch = stretchOf(tenant, table, order, window);
  const conditions = [where, ...(after ? [beyond(order, after, 'after')] : []), ...(before ? [beyond(order, before, 'before')] : [])];
  return sql`/* provenance.history */
    select r.place::int as record_place, origin.*, item.*
      from ${records(refs)}
      left join lateral (
        select ${e.operation} as first_operation, ${e.recordedAt} as first_recorded_at, ${e.schemaVersion} as first_schema_version from ${entries} e
         where ${everOfRecord(tenant, table)} and ${e.operation} in ('INSERT', 'UPDATE', 'DELETE') order by ${e.id} limit 1) origin on true
      left join lateral (
        select e.*, replaced.replaced_at, row_number() over (order by ${orderBy(order, backward)})::int as item_place from (
            select ${entryColumns} from ${entries} e
             where ${stretch.where} and ${e.operation} in ('INSERT', 'UPDATE') and ${allOf(conditions)}
             order by ${stretch.order} limit ${limit + 1}) e
          left join ${replaced(tenant)}) item on true
     order by r.place, item.item_place`;
}

/** Number of versions that entries made, for each record. */
export function versionCounts(tenant: string, table: TableHistory, refs: readonly RecordRef[], where: SQL): SQL {
  return sql`/* provenance.history.count */
    select r.place::int as record_place, (
        select count(*) from ${entries} e where ${entriesOfRecord(tenant, table)} and ${e.operation} in ('INSERT', 'UPDATE') and ${where}) as count
      from ${records(refs)}`;
}

/** Whether a record has an item of a list that fulfils a condition. */
export interface RecordQuestion {
  readonly ref: RecordRef;
  readonly condition: SQL;
}

export interface VersionQuestion extends RecordQuestion {
  /** The version before the log counts too. */
  readonly withBase: boolean;
}

/** The places, from 0, of the questions that are answered with yes. */
export function answeredYes(tenant: string, questions: readonly VersionQuestion[], where: SQL): SQL {
  const answers = questions.map(({ ref, condition, withBase }, place) => {
    const base = withBase ? sql` union all select 0` : sql``;
    return sql`select ${place}::int as place where exists (select 1 from (
      select ${e.id} from ${entries} e, ${records([ref])} where ${entriesOfRecord(tenant, ref.table)} and ${e.operation} in ('INSERT', 'UPDATE') and ${where}${base}) e
    where ${condition})`;
  });
  return sql`/* provenance.history.any */ ${sql.join(answers, sql` union all `)}`;
}

/** Versions by the entries that made them, in no order, with the name of their table. */
export function versionsByEntry(tenant: string, entryIds: readonly string[]): SQL {
  return sql`/* provenance.versions.byEntry */
    select ${entryColumns}, t.table_name, replaced.replaced_at from ${entries} e
      join audit.tracked_table t on t.table_key = ${e.tableKey} left join ${replaced(tenant)}
     where ${e.tenant} = ${tenant} and ${e.id} = any(${textArray(entryIds)}::text::bigint[]) and ${e.operation} in ('INSERT', 'UPDATE')`;
}

/** Versions that lie between the given entries of one record each: counted by stretch, so that a sum gives the numbers of all of them. */
export function versionNumbers(
  tenant: string,
  table: TableHistory,
  wanted: readonly { recordKey: string; entryIds: readonly string[] }[],
): SQL {
  const points = textArray(wanted.map(({ entryIds }) => `{${entryIds.join(',')}}`));
  return sql`/* provenance.numbers */
    select r.place::int, m.stretch, m.count::int
      from (select w.place, w.record_key, w.points::bigint[] as points
              from unnest(${textArray(wanted.map(({ recordKey }) => recordKey))}::text::text[], ${points}::text::text[]) with ordinality w (record_key, points, place)) r
     cross join lateral (
       select width_bucket(${e.id} - 1, r.points) as stretch, count(*) as count from ${entries} e
        where ${e.tenant} = ${tenant} and ${e.tableKey} = ${table.tableKey}::int and ${e.recordKey} = r.record_key
          and ${e.operation} in ('INSERT', 'UPDATE') and ${e.id} <= r.points[cardinality(r.points)] group by 1) m`;
}

export function toVersion(of: RecordRef, row: Row): Version {
  const entry = toEntry(row);
  return {
    of,
    entry,
    schemaVersion: entry.schemaVersion ?? newestSchema(of.table),
    systemFrom: entry.recordedAt,
    systemTo: row['replaced_at'] as string | null,
  };
}

/** The version before the log, from a row of `versionsOf`; null when the log knows the record's creation. */
export function toBaseVersion(of: RecordRef, row: Row): Version | null {
  if (row['first_operation'] === 'INSERT') return null;
  return {
    of,
    entry: null,
    schemaVersion: (row['first_schema_version'] as number | null) ?? newestSchema(of.table),
    systemFrom: of.table.trackedSince,
    systemTo: row['first_recorded_at'] as string | null,
  };
}

function newestSchema(table: TableHistory): number {
  return table.versions.at(-1)?.schemaVersion ?? 0;
}
