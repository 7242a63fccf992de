import { type SQL, sql } from 'drizzle-orm';
import { json, type Row, textArray } from '../../database/database.ts';
import { mask } from '../audit/changes.ts';
import type { FieldMap } from './field-map.ts';
import type { TableHistory } from './tracked-table.queries.ts';
import type { RecordRef } from './version.model.ts';

/** What the present life of a row says about one field. */
export interface BlameFacts {
  readonly field: string;
  /** The entry that wrote its value last. */
  readonly entryId: string;
  /** Changes after the row's creation. */
  readonly changeCount: number;
}

/**
 * Whether the entry `e` changed its column `c`: an UPDATE stores the columns of a group together, and whole rows after a schema change (those
 * have their key). A mask hides what became of a value, but it is stored only where the value changed.
 */
function isChanged(table: TableHistory): SQL {
  const keyColumns = textArray([...new Set(table.versions.flatMap((version) => version.keyColumns))]);
  return sql`(c.value <> coalesce((e.before || coalesce(e.personal_before, '{}')) -> c.key, 'null')
            or (c.value = to_jsonb(${mask}::text) and not e.after ?| ${keyColumns}::text::text[]))`;
}

/**
 * The entries that changed one of these fields; NULL in a new row counts as no change. For `where` of a statement over entries `e`.
 */
export function changedOneOf(table: TableHistory, map: FieldMap, fields: readonly string[]): SQL {
  return sql`exists (
    select 1 from jsonb_each(coalesce(e.after, '{}') || coalesce(e.personal_after, '{}')) c
     where ${json(map.byVersion)}::text::jsonb -> e.schema_version::text -> c.key ?| ${textArray(fields)}::text::text[]
       and (case when e.operation = 'INSERT' then c.value <> 'null' else ${isChanged(table)} end))`;
}

/**
 * Last change and number of changes of each field, from the row's creation on (else from where the log of its present incarnation begins).
 * Index: entry_record.
 */
export function blameFacts(tenant: string, table: TableHistory, refs: readonly RecordRef[], map: FieldMap): SQL {
  const incarnation = table.versions.at(-1)?.incarnation;
  const first = table.versions.find((version) => version.incarnation === incarnation)?.schemaVersion ?? 0;
  const ofRecord = sql`e.tenant = ${tenant} and e.table_key = ${table.tableKey}::int and e.record_key = r.record_key and e.schema_version >= ${first}::int and e.id <= r.up_to`;
  return sql`/* provenance.blame */
    select r.place::int, m.field, m.id::text as id, m.count::int
      from unnest(${textArray(refs.map(({ recordKey }) => recordKey))}::text::text[], ${textArray(refs.map(({ upTo }) => upTo ?? '9223372036854775807'))}::text::bigint[])
             with ordinality as r(record_key, up_to, place)
     cross join lateral (
       select f.field, max(e.id) as id, count(distinct e.id) filter (where e.operation = 'UPDATE') as count
         from audit.entry e
        cross join lateral jsonb_each(e.after || coalesce(e.personal_after, '{}')) c
        cross join lateral jsonb_array_elements_text(${json(map.byVersion)}::text::jsonb -> e.schema_version::text -> c.key) f(field)
        where ${ofRecord} and e.operation in ('INSERT', 'UPDATE') and (e.operation = 'INSERT' or ${isChanged(table)})
          and e.id >= coalesce((select e.id from audit.entry e where ${ofRecord} and e.operation = 'INSERT' order by e.id desc limit 1), 0)
        group by 1) m`;
}

export function toBlameFacts(row: Row): BlameFacts {
  return { field: row['field'] as string, entryId: row['id'] as string, changeCount: row['count'] as number };
}
