import { type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { json, type Row, textArray } from '../../database/database.ts';
import { exportFiles } from '../../database/tables/access.ts';
import type { PagedList } from '../../shared/page-read.ts';
import type { ExportFile, ExportFormat, ExportStatus } from './export.model.ts';

const x = alias(exportFiles, 'x');

// A file that is over its time is gone, and so is one whose server has stopped saying that it works on it.
const isOrphan = sql`${x.status} in ('PENDING', 'RUNNING') and ${x.touchedAt} < now() - interval '2 minutes'`;
const statusNow = sql`case when ${isOrphan} then 'FAILED' when ${x.status} = 'READY' and ${x.expiresAt} <= now() then 'EXPIRED' else ${x.status} end`;
const columns = sql`${x.id}, ${x.format}, ${statusNow} as status, ${x.progress}, ${x.isPersonal}, ${x.fileName}, ${x.byteSize}, ${x.sha256}, ${x.manifest},
  case when ${isOrphan} then 'The server that made it has stopped.' else ${x.errorMessage} end as error_message, ${x.createdAt}, ${x.expiresAt}`;

/** Newest first. Index: export_created. */
export function exportList(tenant: string): PagedList<ExportFile> {
  return {
    name: 'reports.exports',
    columns,
    from: sql`${exportFiles} x`,
    where: sql`${x.tenant} = ${tenant}`,
    order: [
      { column: { name: 'created', sql: sql`${x.createdAt}`, type: 'timestamptz', rowColumn: 'created_at' }, direction: 'DESC' },
      { column: { name: 'id', sql: sql`${x.id}::text`, type: 'text', rowColumn: 'id' }, direction: 'DESC' },
    ],
    toRecord: toExport,
  };
}

export function exportsById(tenant: string, ids: readonly string[]): SQL {
  return sql`/* reports.exports.byId */ select ${columns} from ${exportFiles} x
    where ${x.tenant} = ${tenant} and ${x.id} = any(${textArray(ids)}::text::uuid[])`;
}

/** One row: how many files of this tenant are being made. */
export function unfinished(tenant: string): SQL {
  return sql`/* reports.exports.unfinished */ select count(*) as count from ${exportFiles} x
    where ${x.tenant} = ${tenant} and ${x.status} in ('PENDING', 'RUNNING') and not (${isOrphan})`;
}

/** One row: the id of the new file. */
export function addExport(
  tenant: string,
  { format, isPersonal, actor }: { format: ExportFormat; isPersonal: boolean; actor: string },
): SQL {
  return sql`/* reports.exports.add */ insert into ${exportFiles} (tenant, format, is_personal, actor)
    values (${tenant}, ${format}, ${isPersonal}::boolean, ${actor}) returning id`;
}

/** The trail keeps who takes what out. */
export function recordExport(details: object): SQL {
  return sql`/* reports.exports.record */ select audit.record_event('EXPORT_CREATED', ${json(details)}::text::jsonb) as entry`;
}

/** Rows (id) of files that make room: all but the newest `keep` that are ready. They end now. */
export function expireOlder(tenant: string, keep: number): SQL {
  return sql`/* reports.exports.expire */ update ${exportFiles} x set status = 'EXPIRED' where ${x.tenant} = ${tenant} and ${x.id} in (
    select o.id from ${exportFiles} o where o.tenant = ${tenant} and o.status = 'READY' order by o.created_at desc offset ${keep}) returning ${x.id}`;
}

/** What ended long ago is not told any more. */
export function forgetOld(tenant: string, days: number): SQL {
  return sql`/* reports.exports.forget */ delete from ${exportFiles} x where ${x.tenant} = ${tenant} and ${x.createdAt} < now() - ${days} * interval '1 day'`;
}

export function markProgress(tenant: string, id: string, progress: number): SQL {
  return sql`/* reports.exports.progress */ update ${exportFiles} x set status = 'RUNNING', progress = ${progress}::float8, touched_at = clock_timestamp()
    where ${x.tenant} = ${tenant} and ${x.id} = ${id}::text::uuid and ${x.status} in ('PENDING', 'RUNNING')`;
}

export interface Made {
  readonly fileName: string;
  readonly byteSize: number;
  readonly sha256: string;
  readonly manifest: object;
}

export function markReady(tenant: string, id: string, { fileName, byteSize, sha256, manifest }: Made, seconds: number): SQL {
  return sql`/* reports.exports.ready */ update ${exportFiles} x set status = 'READY', progress = 1, file_name = ${fileName}, byte_size = ${byteSize}::bigint,
      sha256 = ${sha256}, manifest = ${json(manifest)}::text::jsonb, touched_at = clock_timestamp(), expires_at = clock_timestamp() + ${seconds} * interval '1 second'
    where ${x.tenant} = ${tenant} and ${x.id} = ${id}::text::uuid`;
}

export function markFailed(tenant: string, id: string, message: string): SQL {
  return sql`/* reports.exports.failed */ update ${exportFiles} x set status = 'FAILED', error_message = ${message}, touched_at = clock_timestamp()
    where ${x.tenant} = ${tenant} and ${x.id} = ${id}::text::uuid`;
}

export function toExport(row: Row): ExportFile {
  return {
    id: row['id'] as string,
    format: row['format'] as ExportFormat,
    status: row['status'] as ExportStatus,
    progress: row['progress'] as number,
    isPersonal: row['is_personal'] as boolean,
    fileName: row['file_name'] as string | null,
    byteSize: row['byte_size'] as string | null,
    sha256: row['sha256'] as string | null,
    manifest: row['manifest'] as ExportFile['manifest'],
    errorMessage: row['error_message'] as string | null,
    createdAt: row['created_at'] as string,
    expiresAt: row['expires_at'] as string | null,
  };
}
