import { type SQL, sql } from 'drizzle-orm';
import { json, textArray } from '../../database/database.ts';
import { mask } from '../../shared/mask.ts';
import type { FieldMap } from './field-map.ts';
import type { TableHistory } from './tracked-table.queries.ts';
import type { RecordRef } from './version.model.ts';
import { ofPresentTable, records } from './version.queries.ts';

/**
 * Whether the entry `e` changed its column `c`: an UPDATE stores the columns of a group together, and whole rows after a schema change (those
 * have their key). A mask hides what became of a value, but it is stored only where the value changed.
 */
export function isChanged(table: TableHistory): SQL {
  const keyColumns = textArray([...new Set(table.versions.flatMap((version) => version.keyColumns))]);
  return sql`(c.value <> coalesce((e.before || coalesce(e.personal_before, '{}')) -> c.key, 'null')
            or (c.value = to_jsonb(${mask}::text) and not e.after ?| ${keyColumns}::text::text[]))`;
}

/**
 * The entries that changed one of these fields; NULL in a new row counts as no change. For `where` of a statement over entries `e`.
 */
export function changedOneOf(table: TableHistory, map: FieldMap, fields: readonly string[]): SQL {
  return changedAnyOf(table, map, sql`${textArray(fields)}::text::text[]`);
}

/** The same for an array of names that the statement holds. */
export function changedAnyOf(table: TableHistory, map: FieldMap, fields: SQL): SQL {
  return sql`exists (
    select 1 from jsonb_each(coalesce(e.after, '{}') || coalesce(e.personal_after, '{}')) c
     where ${json(map.byVersion)}::text::jsonb -> e.schema_version::text -> c.key ?| ${fields}
       and (case when e.operation = 'INSERT' then c.value <> 'null' else ${isChanged(table)} end))`;
}

/**
 * Number of changes of each field after the row's creation (else from where the log of its present incarnation begins). It reads every entry
 * of the row's present life. Index: entry_record.
 */
export function changeCounts(tenant: string, table: TableHistory, refs: readonly RecordRef[], map: FieldMap): SQL {
  const ofRecord = ofPresentTable(tenant, table);
  return sql`/* provenance.blame.counts */
    select r.place::int, m.field, m.count::int
      from ${records(refs)}
     cross join lateral (
       select f.field, count(distinct e.id)::int as count
         from audit.shown_entry e
        cross join lateral jsonb_each(e.after || coalesce(e.personal_after, '{}')) c
        cross join lateral jsonb_array_elements_text(${json(map.byVersion)}::text::jsonb -> e.schema_version::text -> c.key) f(field)
        where ${ofRecord} and e.operation = 'UPDATE' and ${isChanged(table)}
          and e.id >= coalesce((select e.id from audit.shown_entry e where ${ofRecord} and e.operation = 'INSERT' order by e.id desc limit 1), 0)
        group by 1) m`;
}
