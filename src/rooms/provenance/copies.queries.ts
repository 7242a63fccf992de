import { type SQL, sql } from 'drizzle-orm';
import { textArray } from '../../database/database.ts';
import { entries } from '../../database/tables/audit.ts';
import { e, entryColumns } from '../audit/entry.queries.ts';
import type { TableHistory } from './tracked-table.queries.ts';
import type { RecordRef } from './version.model.ts';
import { ofPresentTable, records } from './version.queries.ts';

/** For each record the newest entry, up to its `upTo`, that states a column or ends the record's life. Index: entry_record. */
export function lastStatements(tenant: string, table: TableHistory, refs: readonly RecordRef[], column: string): SQL {
  const keys = sql`${textArray([column])}::text::text[]`;
  return sql`/* provenance.sources */
    select r.place::int as record_place, item.* from ${records(refs)}
     cross join lateral (
       select ${entryColumns} from ${entries} e
        where ${ofPresentTable(tenant, table)}
          and (e.operation in ('INSERT', 'DELETE') or (e.operation = 'UPDATE' and (e.after ?| ${keys} or e.personal_after ?| ${keys}) is true))
        order by ${e.id} desc limit 1) item`;
}
