import { type SQL, sql } from 'drizzle-orm';
import { type Row, textArray } from '../../database/database.ts';
import { trackedTables as t } from '../../database/tables/audit.ts';
import type { TableVersion, TrackedTable } from '../audit/audit.model.ts';
import { tableColumns, toTable } from '../audit/tracked-table.queries.ts';
import type { KeyColumn } from './record-key.ts';

/** A table whose changes are, or were, captured, with its columns over time. */
export interface TableHistory extends TrackedTable {
  /** Oldest first; never empty. */
  readonly versions: readonly TableVersion[];
}

/** Tables by name, in no order; names that are not tracked for this tenant are left out. */
export function tableHistories(tenant: string, tableNames: readonly string[]): SQL {
  return sql`/* provenance.tables */ select ${tableColumns}, (
        select jsonb_agg(jsonb_build_object('tableKey', v.table_key, 'schemaVersion', v.schema_version, 'incarnation', v.incarnation,
            'columns', v.columns, 'keyColumns', v.key_columns) order by v.schema_version)
          from audit.table_version v where v.table_key = ${t.tableKey}) as versions
    from ${t} where ${t.tableName} = any(${textArray(tableNames)}::text::text[]) and (${t.tenant} is null or ${t.tenant} = ${tenant})`;
}

export function toTableHistory(row: Row): TableHistory {
  return { ...toTable(row), versions: row['versions'] as TableVersion[] };
}

/** Columns of the key, without the tenant, with their present types. */
export function keyColumnsOf(table: TableHistory): KeyColumn[] {
  const newest = table.versions.at(-1)?.columns ?? [];
  return table.keyColumns.map((name) => ({ name, type: newest.find((column) => column.name === name)?.type ?? 'text' }));
}
