import { type SQL, sql } from 'drizzle-orm';
import { textArray } from '../../database/database.ts';
import type { TableHistory } from './tracked-table.queries.ts';
import type { RecordRef } from './version.model.ts';

const newestEntry = '9223372036854775807';

/** Records as rows `r(record_key, up_to, place)`. */
export function recordRows(refs: readonly RecordRef[]): SQL {
  const keys = textArray(refs.map(({ recordKey }) => recordKey));
  const ends = textArray(refs.map(({ upTo }) => upTo ?? newestEntry));
  return sql`unnest(${keys}::text::text[], ${ends}::text::bigint[]) with ordinality as r(record_key, up_to, place)`;
}

/** Entries `e` of the record of a row like those of `recordRows`, in the present incarnation of its table. */
export function ofPresentTable(tenant: string, table: TableHistory, row: SQL = sql`r`): SQL {
  const incarnation = table.versions.at(-1)?.incarnation;
  const first = table.versions.find((version) => version.incarnation === incarnation)?.schemaVersion ?? 0;
  return sql`e.tenant = ${tenant} and e.table_key = ${table.tableKey}::int and e.record_key = ${row}.record_key and e.schema_version >= ${first}::int and e.id <= ${row}.up_to`;
}
