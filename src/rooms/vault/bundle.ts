import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ConfigError } from '../../shared/errors.ts';
import { backupOf } from './backup.ts';
import { databaseFacts, entryCount, indexFacts, rowCount, tableNames } from './bundle.queries.ts';
import { entryLines } from './bundle-entries.ts';
import { BundleFiles } from './bundle-files.ts';
import { bundleReadme } from './bundle-readme.ts';
import type { BundleSource } from './bundle-source.ts';
import { zipped } from './zip.ts';

export interface BundleOptions {
  /** Folder that the bundle is put into; made when it is not there. */
  readonly output: string;
  /** Newest entries at most. */
  readonly auditLimit: number;
  readonly isCompressed: boolean;
  /** Whether people are named. */
  readonly withPersonal: boolean;
  /** Whether everything is in it that another database needs to be the same, people included. */
  readonly withBackup: boolean;
  /** Variables and what they are set to, secrets left out. */
  readonly settings: Readonly<Record<string, string>>;
  readonly now: Date;
  /** What ended the process, when that is why there is a bundle. */
  readonly crash?: string;
  /** Bytes of all files together, at most; without it as many as there are. */
  readonly limitBytes?: number;
  /** Rows written so far and in all, entries and backup together. */
  readonly progress?: (written: number, wanted: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export type Manifest = Readonly<Record<string, unknown>>;

/** Writes a bundle to look into elsewhere. What was begun is removed when it fails. */
export async function writeBundle(source: BundleSource, options: BundleOptions): Promise<{ path: string; manifest: Manifest }> {
  const stamp = options.now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_');
  const id = `debug_bundle_${stamp}`;
  const folder = join(options.output, id);
  try {
    await mkdir(options.output, { recursive: true });
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    throw faultOfDisk(error);
  }
  try {
    const files = new BundleFiles(folder, options);
    const manifest = await fill(source, files, id, options);
    if (!options.isCompressed) return { path: folder, manifest };
    await writeZip(
      `${folder}.zip`,
      [...files.names, 'manifest.json'].map((name) => [`${id}/${name}`, join(folder, name)] as const),
      options,
    );
    await rm(folder, { recursive: true });
    return { path: `${folder}.zip`, manifest };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw faultOfDisk(error);
  }
}

/** Inside a transaction a bare fault of the disk would be taken for a lost connection. */
function faultOfDisk(error: unknown): unknown {
  return error instanceof Error && 'path' in error && 'syscall' in error
    ? new ConfigError(`The bundle cannot be written: ${error.message}.`)
    : error;
}

async function writeZip(path: string, files: readonly (readonly [string, string])[], { signal }: BundleOptions): Promise<void> {
  try {
    await pipeline(zipped(files), createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function fill(source: BundleSource, files: BundleFiles, id: string, options: BundleOptions): Promise<Manifest> {
  const { settings, now, withPersonal, withBackup, crash, auditLimit, progress = () => {} } = options;
  const [database] = await source.run(databaseFacts(source));
  const [known] = await source.run(entryCount(source));
  const total = Number(known?.['count']);
  const backup = withBackup ? await backupOf(source) : null;
  const wanted = Math.min(total, auditLimit);
  let written = 0;
  const wrote = (rows: number) => {
    written += rows;
    progress(written, wanted + (backup?.rows ?? 0));
  };
  let [exported, restorable] = [0, 0];
  const newest = String(known?.['newest']);
  await files.write(
    'audit_log.csv',
    entryLines(source, { newest, wanted, withPersonal }, (rows) => {
      exported += rows;
      wrote(rows);
    }),
  );
  const counts: Record<string, number> = {};
  for (const row of await source.run(tableNames(source))) {
    const name = String(row['name']);
    counts[name] = Number((await source.run(rowCount(name)))[0]?.['count']);
  }
  if (backup) {
    const lines = backup.lines((_, rows) => {
      restorable += rows;
      wrote(rows);
    });
    await files.write('database_backup.sql.gz', lines);
  }
  const facts = { schema_version: Number(database?.['migration'] ?? 0), tables_count: Object.keys(counts).length };
  await files.writeJson('database_stats.json', { ...facts, row_counts: counts, indices: await source.run(indexFacts(source)) });
  const versions = {
    node_version: process.version,
    postgresql_version: database?.['version'],
    platform: `${platform()} ${release()} ${arch()}`,
  };
  const machine = { database_kind: source.kind, cpus: cpus().length, memory_mb: Math.round(totalmem() / 2 ** 20) };
  await files.writeJson('system_info.json', { ...versions, ...machine });
  await files.writeJson('settings.json', settings);
  if (crash !== undefined) await files.write('crash.txt', [`${crash}\n`]);
  await files.write('README.txt', [bundleReadme(id, { withPersonal, withBackup, hasCrash: crash !== undefined })]);
  const bytes = database?.['bytes'] as number | null | undefined;
  const manifest = {
    ...{ bundle_id: id, created_at: now.toISOString(), database_path: database?.['name'], tenant: source.tenant, ...facts },
    ...{ total_rows: Object.values(counts).reduce((sum, count) => sum + count, 0) },
    ...{ audit_records_count: total, audit_records_exported: exported },
    database_size_mb: typeof bytes === 'number' ? Math.round(bytes / 2 ** 14) / 64 : null,
    ...versions,
    ...{ settings_included: true, personal_included: withPersonal || withBackup, backup_included: withBackup },
    ...(backup ? { backup_rows: restorable, backup_left_out: backup.leftOut } : {}),
    files: Object.fromEntries(files.written),
  };
  await writeFile(join(files.folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  return manifest;
}
