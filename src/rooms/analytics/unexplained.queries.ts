import { type SQL, sql } from 'drizzle-orm';
import { textArray } from '../../database/database.ts';
import { entries, trackedTables as t } from '../../database/tables/audit.ts';
import type { Period } from '../../shared/time-range.ts';
import { e, occurredIn } from '../audit/entry.queries.ts';
import { hasReason } from '../audit/entry-filter.queries.ts';
import type { EntryList } from '../audit/entry-pages.queries.ts';

/**
 * Updates of these tables that changed a column which needs a reason, and that have none of any kind. That a masked column changed is known
 * by its being stored.
 */
export function unexplained(tenant: string, tableKeys: readonly number[], period: Period): EntryList {
  const image = (open: SQL, personal: SQL) => sql`(coalesce(${open}, '{}') || coalesce(${personal}, '{}'))`;
  const before = image(sql`${e.before}`, sql`${e.personalBefore}`);
  const after = image(sql`${e.after}`, sql`${e.personalAfter}`);
  const changed = sql`exists (select 1 from unnest(${t.reasonRequiredColumns}) as required(name)
      where ${before} ? required.name and (${before} -> required.name is distinct from ${after} -> required.name or ${before} -> required.name = '"***"'))`;
  // Found by time, then read by id: in the order of the list the whole trail would be searched for a period of long ago.
  return {
    name: 'analytics.unexplainedChanges',
    direction: 'DESC',
    where: sql`${e.tenant} = ${tenant} and ${e.id} = any(array(
      select ${e.id} from ${entries} e join ${t} on ${t.tableKey} = ${e.tableKey}
       where ${e.tenant} = ${tenant} and ${occurredIn(period)} and ${e.operation} = 'UPDATE'
         and ${e.tableKey} = any(${textArray(tableKeys)}::text::int[]) and ${changed} and not ${hasReason(tenant)}))`,
  };
}
