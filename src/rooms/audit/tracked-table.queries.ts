import { type SQL, sql } from 'drizzle-orm';
import { type Row, textArray } from '../../database/database.ts';
import { entries, trackedTables as t } from '../../database/tables/audit.ts';
import type { EntityType } from '../commerce/commerce.model.ts';
import type { TableColumn, TableVersion, TrackedTable, TruncatePolicy } from './audit.model.ts';

/** Tables whose rows this tenant may own, tracked now or once. Row level security leaves out those of other tenants. */
export function allTables(tenant: string): SQL {
  return sql`/* audit.tables */ select ${columns} from ${t} where ${visible(tenant)} order by ${t.tableName}`;
}

export const tableColumns: SQL = sql`${t.tableKey}, ${t.tableName}, ${t.entityType}, to_jsonb(${t.keyColumns}) as key_columns, ${t.entityKeyColumn},
    ${t.tenantColumn}, to_jsonb(${t.ignoredColumns}) as ignored_columns, to_jsonb(${t.maskedColumns}) as masked_columns,
    to_jsonb(${t.personalColumns}) as personal_columns, to_jsonb(${t.reasonRequiredColumns}) as reason_required_columns, ${t.statusColumn},
    ${t.transitions}, ${t.truncatePolicy}, ${t.schemaVersion}, ${t.trackedSince}, ${t.untrackedAt}`;
const columns = tableColumns;

/** Columns of tables as they were; `keys` are pairs of table key and version. */
export function tableVersions(tenant: string, keys: readonly (readonly [tableKey: number, schemaVersion: number])[]): SQL {
  return sql`/* audit.tables.versions */ select v.table_key, v.schema_version, v.incarnation, v.columns, to_jsonb(v.key_columns) as key_columns
    from unnest(${textArray(keys.map(([key]) => key))}::text::int[], ${textArray(keys.map(([, version]) => version))}::text::int[]) as wanted(table_key, schema_version)
    join audit.table_version v using (table_key, schema_version)
    join ${t} on ${t.tableKey} = v.table_key and ${visible(tenant)}`;
}

/** Entries of this tenant by table. It reads the index of all its entries: ask only when it is shown. */
export function entryCounts(tenant: string, tableKeys: readonly number[]): SQL {
  return sql`/* audit.tables.entryCount */ select ${entries.tableKey}, count(*) as count from ${entries}
    where ${entries.tenant} = ${tenant} and ${entries.tableKey} = any(${textArray(tableKeys)}::text::int[]) group by ${entries.tableKey}`;
}

export function capturing(tenant: string, tableKeys: readonly number[]): SQL {
  return sql`/* audit.tables.isCapturing */ select ${t.tableKey}, audit.is_capturing(${t.tableKey}) as capturing from ${t}
    where ${visible(tenant)} and ${t.tableKey} = any(${textArray(tableKeys)}::text::int[])`;
}

function visible(tenant: string): SQL {
  return sql`(${t.tenant} is null or ${t.tenant} = ${tenant})`;
}

export function toTable(row: Row): TrackedTable {
  return {
    tableKey: row['table_key'] as number,
    tableName: row['table_name'] as string,
    entityType: row['entity_type'] as EntityType,
    keyColumns: row['key_columns'] as string[],
    entityKeyColumn: row['entity_key_column'] as string | null,
    tenantColumn: row['tenant_column'] as string | null,
    ignoredColumns: row['ignored_columns'] as string[],
    maskedColumns: row['masked_columns'] as string[],
    personalColumns: row['personal_columns'] as string[],
    reasonRequiredColumns: row['reason_required_columns'] as string[],
    statusColumn: row['status_column'] as string | null,
    transitions: row['transitions'] as TrackedTable['transitions'],
    truncatePolicy: row['truncate_policy'] as TruncatePolicy,
    schemaVersion: row['schema_version'] as number,
    trackedSince: row['tracked_since'] as string,
    untrackedAt: row['untracked_at'] as string | null,
  };
}

export function toTableVersion(row: Row): TableVersion {
  return {
    tableKey: row['table_key'] as number,
    schemaVersion: row['schema_version'] as number,
    incarnation: row['incarnation'] as number,
    columns: row['columns'] as TableColumn[],
    keyColumns: row['key_columns'] as string[],
  };
}
