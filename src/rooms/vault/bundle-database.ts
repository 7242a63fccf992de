import { type Backup, backupOf } from './backup.ts';
import { databaseFacts, entryCount, indexFacts, rowCount, tableNames } from './bundle.queries.ts';
import { entryColumns, newestEntries } from './bundle-entries.ts';
import type { BundleFiles } from './bundle-files.ts';
import type { BundleSource } from './bundle-source.ts';
import { type TableFormat, tableFile } from './table-file.ts';

export interface DatabaseOptions {
  /** Newest entries at most. */
  readonly auditLimit: number;
  /** Whether people are named. */
  readonly withPersonal: boolean;
  /** Forms of the audit log beside CSV. */
  readonly formats?: readonly TableFormat[];
  /** Whether everything is in it that another database needs to be the same, people included. */
  readonly withBackup: boolean;
  /** Rows written so far and in all, entries in each of their forms and backup together. */
  readonly progress?: (written: number, wanted: number) => void;
}

interface DatabasePart {
  /** Of PostgreSQL. */
  readonly version: string;
  /** For the manifest. */
  readonly counted: Readonly<Record<string, unknown>>;
}

/** audit_log.csv and its other forms, database_stats.json, and database_backup.sql.gz when it is wanted. */
export async function writeDatabase(source: BundleSource, files: BundleFiles, options: DatabaseOptions): Promise<DatabasePart> {
  const { withPersonal, withBackup, auditLimit, formats = [], progress = () => {} } = options;
  const forms = [...new Set<TableFormat>(['csv', ...formats])];
  const [database] = await source.run(databaseFacts(source));
  const [known] = await source.run(entryCount(source));
  const backup = withBackup ? await backupOf(source) : null;
  const [total, newest] = [Number(known?.['count']), String(known?.['newest'])];
  const wanted = Math.min(total, auditLimit);
  let [exported, restorable] = [0, 0];
  const tell = () => progress(exported + restorable, forms.length * wanted + (backup?.rows ?? 0));
  for (const format of forms) {
    const entries = newestEntries(source, { newest, wanted, withPersonal }, (rows) => {
      exported += rows;
      tell();
    });
    await files.write(`audit_log.${format}`, tableFile(format, entryColumns, entries));
  }
  if (backup) {
    const lines = backup.lines((rows) => {
      restorable += rows;
      tell();
    });
    await files.write('database_backup.sql.gz', lines);
  }
  const counts = await countRows(source);
  const facts = { schema_version: Number(database?.['migration'] ?? 0), tables_count: Object.keys(counts).length };
  await files.writeJson('database_stats.json', { ...facts, row_counts: counts, indices: await source.run(indexFacts(source)) });
  const bytes = database?.['bytes'] as number | null | undefined;
  const size = typeof bytes === 'number' ? Math.round(bytes / 2 ** 14) / 64 : null;
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return {
    version: String(database?.['version']),
    counted: {
      ...{ database_path: database?.['name'], tenant: source.tenant, ...facts, total_rows: rows, database_size_mb: size },
      ...{ audit_records_count: total, audit_records_exported: exported / forms.length },
      ...toldOf(backup, restorable),
    },
  };
}

async function countRows(source: BundleSource): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const row of await source.run(tableNames(source))) {
    const name = String(row['name']);
    counts[name] = Number((await source.run(rowCount(name)))[0]?.['count']);
  }
  return counts;
}

function toldOf(backup: Backup | null, rows: number): object {
  return backup ? { backup_rows: rows, backup_left_out: backup.leftOut } : {};
}
