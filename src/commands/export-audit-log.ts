import { rm } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { ConfigError } from '../shared/errors.ts';
import { count, openProgress } from '../shared/progress.ts';
import { type Invocation, UsageError } from './command.ts';
import { formatsOf, neededText, numberOf, textOf } from './option.ts';
import { withOwner } from './owner.ts';

export const auditLogUsage = [
  'audit-log: what happened long ago, as a table; the trail keeps it.',
  '  --out FILE         where it is written, never over another file; gzipped where the name ends in .gz',
  '  --format NAME      csv, json, ndjson or parquet (csv)',
  '  --older-than DAYS  entries that happened so long ago, 0 for all (365)',
  '  --tenant NAME      whose entries (demo)',
  '  --with-personal    name people, too; personal columns of rows are left out in any case',
  'Uses DATABASE_OWNER_URL; without DATABASE_URL the embedded database in WHENCE_DATA_DIR.',
];

/** Writes the entries of one state of the trail, in its order, and says how many they are and the SHA-256 of the file. */
export async function exportAuditLog({ options, environment, out, stop }: Invocation): Promise<number> {
  const path = resolve(neededText(options, 'out'));
  const [format = 'csv', ...others] = formatsOf(textOf(options, 'format'));
  if (others.length > 0) throw new UsageError('--format is one of them here.');
  const days = numberOf(options, 'older-than', 0, 36_500) ?? 365;
  const before = new Date(Date.now() - days * 86_400_000).toISOString();
  const { archiveColumns, entriesBefore } = await import('../rooms/vault/bundle-entries.ts');
  const { archiveCount } = await import('../rooms/vault/bundle.queries.ts');
  const { BundleFiles } = await import('../rooms/vault/bundle-files.ts');
  const { inSnapshot } = await import('../rooms/vault/bundle-source.ts');
  const { tableFile } = await import('../rooms/vault/table-file.ts');
  const files = new BundleFiles(dirname(path), { signal: stop });
  const written = await withOwner(environment, (owner) =>
    inSnapshot(owner, textOf(options, 'tenant') ?? 'demo', async (source) => {
      const total = Number((await source.run(archiveCount(source, before)))[0]?.['count']);
      const progress = openProgress({ label: 'audit-log', total, unit: 'entries', stream: process.stderr });
      let rows = 0;
      const entries = entriesBefore(source, { before, withPersonal: options['with-personal'] === true }, (more) => {
        rows += more;
        progress.at(rows);
      });
      try {
        await files.write(basename(path), tableFile(format, archiveColumns, entries));
      } catch (error) {
        const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
        if (!isThere) await rm(path, { force: true }); // half of it
        if (error instanceof Error && 'syscall' in error) throw new ConfigError(`--out: ${error.message}.`);
        throw error;
      } finally {
        progress.end();
      }
      return rows;
    }),
  );
  const { sha256, bytes } = files.written.get(basename(path)) ?? { sha256: '', bytes: 0 };
  out(`${path}: ${count(written)} entries, ${count(bytes)} bytes, sha256 ${sha256}`);
  return 0;
}
