import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import type { Owner, Row } from '../../database/database.ts';
import { databaseFacts, entryCount, entryPage, indexFacts, rowCount, tableNames } from './bundle.queries.ts';
import { csvLine } from './csv-line.ts';
import { writeZip } from './zip.ts';

export interface BundleOptions {
  /** Folder that the bundle is put into; made when it is not there. */
  readonly output: string;
  /** Newest entries at most. */
  readonly auditLimit: number;
  readonly isCompressed: boolean;
  /** Null: of all. */
  readonly tenant: string | null;
  /** Whether people are named. */
  readonly withPersonal: boolean;
  /** Variables and what they are set to, secrets left out. */
  readonly settings: Readonly<Record<string, string>>;
  readonly now: Date;
  /** Called while entries are written. */
  readonly progress?: (written: number, wanted: number) => void;
}

const entriesPerPage = 1_000;
const columns = ['id', 'timestamp', 'operation', 'sku', 'details', 'user', 'run_id', 'tenant'] as const;

/** Writes a bundle to look into elsewhere and gives its path. What was begun is removed when it fails. */
export async function writeBundle(owner: Owner, options: BundleOptions): Promise<string> {
  const stamp = options.now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_');
  const id = `debug_bundle_${stamp}`;
  const folder = join(options.output, id);
  await mkdir(options.output, { recursive: true });
  await mkdir(folder, { mode: 0o700 });
  try {
    await fill(owner, folder, id, options);
    if (!options.isCompressed) return folder;
    await writeZip(
      `${folder}.zip`,
      [...contents, 'manifest.json'].map((name) => [`${id}/${name}`, join(folder, name)] as const),
    );
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  await rm(folder, { recursive: true });
  return `${folder}.zip`;
}

const contents = ['audit_log.csv', 'database_stats.json', 'system_info.json', 'settings.json', 'README.txt'] as const;

async function fill(owner: Owner, folder: string, id: string, options: BundleOptions): Promise<void> {
  const { tenant, settings, now } = options;
  const write = (name: (typeof contents)[number] | 'manifest.json', value: unknown) =>
    writeFile(join(folder, name), typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  const [database] = await owner.run(databaseFacts);
  const [known] = await owner.run(entryCount(tenant));
  const total = Number(known?.['count']);
  const exported = await writeEntries(owner, join(folder, 'audit_log.csv'), options, Math.min(total, options.auditLimit));
  const counts: Record<string, number> = {};
  for (const { name } of await owner.run<{ name: string }>(tableNames)) {
    const [row] = await owner.run(rowCount(name));
    counts[name] = Number(row?.['count']);
  }
  const schemaVersion = Number(database?.['migration'] ?? 0);
  const tablesCount = Object.keys(counts).length;
  await write('database_stats.json', {
    schema_version: schemaVersion,
    tables_count: tablesCount,
    row_counts: counts,
    indices: await owner.run(indexFacts),
  });
  const versions = {
    node_version: process.version,
    postgresql_version: database?.['version'],
    platform: `${platform()} ${release()} ${arch()}`,
  };
  await write('system_info.json', {
    ...versions,
    database_kind: owner.kind,
    cpus: cpus().length,
    memory_mb: Math.round(totalmem() / 2 ** 20),
  });
  await write('settings.json', settings);
  await write('README.txt', readme(id, options.withPersonal));
  const files = Object.fromEntries(await Promise.all(contents.map(async (name) => [name, await fingerprint(join(folder, name))] as const)));
  await write('manifest.json', {
    ...{ bundle_id: id, created_at: now.toISOString(), database_path: database?.['name'], tenant, schema_version: schemaVersion },
    ...{ tables_count: tablesCount, total_rows: Object.values(counts).reduce((sum, count) => sum + count, 0) },
    ...{
      audit_records_count: total,
      audit_records_exported: exported,
      database_size_mb: Math.round(Number(database?.['bytes']) / 2 ** 14) / 64,
    },
    ...versions,
    ...{ settings_included: true, personal_included: options.withPersonal, files },
  });
}

/** Page by page, newest first; gives how many were written. */
async function writeEntries(
  owner: Owner,
  path: string,
  { tenant, withPersonal, progress }: BundleOptions,
  wanted: number,
): Promise<number> {
  const out = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  out.write(csvLine(columns));
  let written = 0;
  for (let before: string | null = null; written < wanted; ) {
    const rows: Row[] = await owner.run(entryPage(tenant, before, Math.min(entriesPerPage, wanted - written)));
    if (rows.length === 0) break;
    const lines = rows.map((row) => csvLine(columns.map((column) => (column === 'user' && !withPersonal ? '***' : row[column]))));
    if (!out.write(lines.join(''))) await once(out, 'drain');
    before = String(rows.at(-1)?.['id']);
    written += rows.length;
    progress?.(written, wanted);
  }
  out.end();
  await once(out, 'close');
  return written;
}

async function fingerprint(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return { bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

function readme(id: string, withPersonal: boolean): string {
  return `${basename(id)}

audit_log.csv        the newest entries of the trail, newest first (UTF-8; a spreadsheet opens it)
database_stats.json  rows of each table, version of the schema, indexes
system_info.json     versions and machine
settings.json        the configuration; of secrets only whether they are set
manifest.json        what was counted, and the SHA-256 of every other file

${withPersonal ? 'It names people: pass it on with care.' : 'People are not named; details may still hold what the application wrote there.'}
To check it: sha256sum audit_log.csv, and compare with manifest.json.
`;
}
