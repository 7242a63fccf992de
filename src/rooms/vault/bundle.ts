import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { ConfigError } from '../../shared/errors.ts';
import { type DatabaseOptions, writeDatabase } from './bundle-database.ts';
import { BundleFiles } from './bundle-files.ts';
import { bundleReadme } from './bundle-readme.ts';
import type { BundleSource } from './bundle-source.ts';

export interface BundleOptions extends DatabaseOptions {
  /** Folder that the bundle is put into; made when it is not there. */
  readonly output: string;
  readonly isCompressed: boolean;
  /** Variables and what they are set to, secrets left out. */
  readonly settings: Readonly<Record<string, string>>;
  readonly now: Date;
  /** What ended the process, when that is why there is a bundle. */
  readonly crash?: string;
  /** Bytes of all files together, at most; without it as many as there are. */
  readonly limitBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

export type Manifest = Readonly<Record<string, unknown>>;

/** Writes a bundle to look into elsewhere, without a source one of the machine alone. What was begun is removed when it fails. */
export async function writeBundle(source: BundleSource | null, options: BundleOptions): Promise<{ path: string; manifest: Manifest }> {
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

async function writeZip(path: string, files: readonly (readonly [string, string])[], { signal, now }: BundleOptions): Promise<void> {
  const archive = new ZipFile();
  const packed = archive.outputStream as Readable; // it says less of itself
  archive.on('error', (error) => packed.destroy(error as Error));
  for (const [name, source] of files) archive.addFile(source, name, { mtime: now, mode: 0o100600 });
  archive.end();
  try {
    await pipeline(packed, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function fill(source: BundleSource | null, files: BundleFiles, id: string, options: BundleOptions): Promise<Manifest> {
  const { settings, now, withPersonal, withBackup, crash } = options;
  const found = source && (await writeDatabase(source, files, options));
  const versions = {
    node_version: process.version,
    postgresql_version: found?.version ?? null,
    platform: `${platform()} ${release()} ${arch()}`,
  };
  const machine = { database_kind: source?.kind ?? null, cpus: cpus().length, memory_mb: Math.round(totalmem() / 2 ** 20) };
  await files.writeJson('system_info.json', { ...versions, ...machine });
  await files.writeJson('settings.json', settings);
  if (crash !== undefined) await files.write('crash.txt', [`${crash}\n`]);
  await files.write('README.txt', [bundleReadme(id, files.names, withPersonal || withBackup)]);
  const manifest = {
    ...{ bundle_id: id, created_at: now.toISOString() },
    ...found?.counted,
    ...versions,
    ...{ settings_included: true, personal_included: withPersonal || withBackup, backup_included: source !== null && withBackup },
    files: Object.fromEntries(files.written),
  };
  await writeFile(join(files.folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  return manifest;
}
