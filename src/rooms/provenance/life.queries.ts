import { type SQL, sql } from 'drizzle-orm';
import { json, type Row, textArray } from '../../database/database.ts';
import { entries } from '../../database/tables/audit.ts';
import type { AuditEntry } from '../audit/audit.model.ts';
import { e, entryColumns, toEntry } from '../audit/entry.queries.ts';
import { changedAnyOf, isChanged } from './blame.queries.ts';
import type { FieldMap } from './field-map.ts';
import type { TableHistory } from './tracked-table.queries.ts';
import type { RecordRef } from './version.model.ts';
import { ofPresentIncarnation, ofPresentTable, records, stretchOf, versionOrder } from './version.queries.ts';

/** Which entry gave fields of a record their present values. */
export interface Writer {
  readonly entryId: string;
  readonly fields: readonly string[];
}

/**
 * The last writer of each field, newest first; fields that no entry of the row's present life states are left out. Each step goes on, back in
 * time, to the next entry that changed a field which is still open, so that no entry is looked at twice, and none that is older than needed.
 * `keys` first, and never null: most entries of a busy row hold none of the open columns. A DELETE above other entries ends the life as the creation does.
 * Index: entry_record.
 */
export function lastWriters(
  tenant: string,
  table: TableHistory,
  refs: readonly RecordRef[],
  map: FieldMap,
  fields: readonly string[],
): SQL {
  const names = columnsOf(map, fields);
  const list = (values: readonly string[]) => sql`${textArray(values)}::text::text[]`;
  return sql`/* provenance.writers */
    with recursive step (place, record_key, up_to, open, id, fields) as (
      select r.place, r.record_key, r.up_to, ${list(fields)}, null::bigint, null::text[] from ${records(refs)}
      union all
      select s.place, s.record_key, w.id - 1, case when w.is_last then '{}' else array(select unnest(s.open) except select unnest(w.fields)) end, w.id, w.fields
        from step s
       cross join lateral (select array(select distinct n.name from unnest(${list(names.map(([name]) => name))}, ${list(names.map(([, field]) => field))}) n(name, field)
          where n.field = any(s.open)) as keys) k
       cross join lateral (
         select e.id, e.operation = 'INSERT' or (e.operation = 'DELETE' and s.id is not null) as is_last, array(
             select distinct f.field from jsonb_each(e.after || coalesce(e.personal_after, '{}')) c
              cross join lateral jsonb_array_elements_text(${json(map.byVersion)}::text::jsonb -> e.schema_version::text -> c.key) f(field)
              where f.field = any(s.open) and (e.operation = 'INSERT' or ${isChanged(table)})) as fields
           from audit.shown_entry e
          where ${ofPresentTable(tenant, table, sql`s`)}
            and (e.operation in ('INSERT', 'DELETE')
              or (e.operation = 'UPDATE' and (e.after ?| k.keys or e.personal_after ?| k.keys) is true and ${changedAnyOf(table, map, sql`s.open`)}))
          order by e.id desc limit 1) w
       where cardinality(s.open) > 0)
    select place::int, id::text as id, to_jsonb(fields) as fields from step where id is not null and cardinality(fields) > 0`;
}

export function toWriter(row: Row): Writer {
  return { entryId: row['id'] as string, fields: row['fields'] as string[] };
}

/** An entry, and whether it fulfils what was asked of it: creations and deletions are given in any case. */
export interface FoundChange {
  readonly entry: AuditEntry;
  readonly fits: boolean;
}

/** Entries that changed a row; of a field those that changed it. */
export interface LifeRequest {
  /** Null for all fields, then without `where`. */
  readonly field: string | null;
  /** A condition over `e` that entries must fulfil, too. */
  readonly where?: SQL;
  readonly limit: number;
}

/**
 * The newest entries that changed records, newest first, at most `limit` of each record, down to its newest creation; deletions are always
 * among them, so that the reader sees where a life ends. One entry a step: for more at once the planner, which takes a record for a few rows,
 * reads all of them and sorts (of 20,000 entries for 0.3 s). Index: entry_record.
 */
export function changesOfRecords(
  tenant: string,
  table: TableHistory,
  refs: readonly RecordRef[],
  map: FieldMap,
  request: LifeRequest,
): SQL {
  const { field, where, limit } = request;
  if (field === null) return newestChanges(tenant, table, refs, limit);
  const keys = textArray(columnsOf(map, [field]).map(([name]) => name));
  const changed = sql`(e.after ?| ${keys}::text::text[] or e.personal_after ?| ${keys}::text::text[]) is true and ${changedAnyOf(table, map, sql`${textArray([field])}::text::text[]`)}`;
  const fits = where ? sql`${changed} and ${where}` : changed;
  return sql`/* provenance.changes */
    with recursive step (place, record_key, up_to, id, fits, is_created, told) as (
      select r.place, r.record_key, r.up_to, null::bigint, true, false, 0 from ${records(refs)}
      union all
      select s.place, s.record_key, c.id - 1, c.id, c.fits, c.is_created, s.told + 1
        from step s
       cross join lateral (
         select e.id, coalesce(${where ?? sql`true`}, false) as fits, e.operation = 'INSERT' as is_created from audit.shown_entry e
          where ${ofPresentTable(tenant, table, sql`s`)} and (e.operation in ('INSERT', 'DELETE') or (e.operation = 'UPDATE' and ${fits}))
          order by e.id desc limit 1) c
       where s.told < ${limit}::int and not s.is_created)
    select s.place::int as record_place, s.fits, ${entryColumns}
      from step s join ${entries} e on ${e.tenant} = ${tenant} and ${e.id} = s.id
     order by s.place, s.id desc`;
}

/** Those of all fields, whatever life they are of. Index: entry_record. */
function newestChanges(tenant: string, table: TableHistory, refs: readonly RecordRef[], limit: number): SQL {
  const stretch = stretchOf(tenant, table, versionOrder('DESC'), { after: null, before: null, backward: false, limit });
  return sql`/* provenance.changes */
    select r.place::int as record_place, item.* from ${records(refs)}
     cross join lateral (
       select ${entryColumns} from ${entries} e
        where ${stretch.where} and ${ofPresentIncarnation(table)} and e.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by ${stretch.order} limit ${limit}) item
     order by r.place, item.id desc`;
}

/** The first change of each record that the log holds, whatever table it was in then. Index: entry_record. */
export function firstChanges(tenant: string, table: TableHistory, refs: readonly RecordRef[]): SQL {
  return sql`/* provenance.firstChanges */
    select r.place::int as record_place, item.* from ${records(refs)}
     cross join lateral (
       select ${entryColumns} from ${entries} e
        where e.tenant = ${tenant} and e.table_key = ${table.tableKey}::int and e.record_key = r.record_key and e.operation in ('INSERT', 'UPDATE', 'DELETE')
        order by ${e.id} limit 1) item`;
}

/** Entries by record, in the order of the records. */
export function toChanges(refs: readonly RecordRef[], rows: readonly Row[]): FoundChange[][] {
  const found = refs.map((): FoundChange[] => []);
  for (const row of rows) found[Number(row['record_place']) - 1]?.push({ entry: toEntry(row), fits: row['fits'] !== false });
  return found;
}

/** Columns, under all names they had, that are part of these fields. */
function columnsOf({ byVersion }: FieldMap, fields: readonly string[]): [column: string, field: string][] {
  const pairs = new Map<string, [string, string]>();
  for (const columns of Object.values(byVersion))
    for (const [column, names] of Object.entries(columns))
      for (const field of names) if (fields.includes(field)) pairs.set(JSON.stringify([column, field]), [column, field]);
  return [...pairs.values()];
}
