import { configFrom } from '../config.ts';
import { openProgress } from '../shared/progress.ts';
import type { Command } from './command.ts';
import { formatsOf, numberOf, textOf } from './option.ts';
import { withOwner } from './owner.ts';

export const bundle: Command = {
  name: 'bundle',
  summary: 'Write a debug bundle: newest entries, statistics, versions, settings without secrets.',
  usage: `whence bundle [--output DIR] [--audit-limit N] [--format NAMES] [--compress] [--backup] [--tenant NAME] [--with-personal]

  --output DIR      where debug_bundle_YYYYMMDD_HHMMSS is put (debug_bundles)
  --audit-limit N   newest entries at most, up to 10000000 (1000)
  --format NAMES    audit_log.csv also as json, ndjson or parquet; commas between
  --compress        one ZIP archive instead of a folder
  --backup          with database_backup.sql.gz, which whence restore takes; it names people
  --tenant NAME     entries and rows of this tenant alone; of all when left out
  --with-personal   name people, too

Uses DATABASE_OWNER_URL; without DATABASE_URL the embedded database in WHENCE_DATA_DIR.`,
  options: {
    output: { type: 'string' },
    'audit-limit': { type: 'string' },
    format: { type: 'string' },
    compress: { type: 'boolean' },
    backup: { type: 'boolean' },
    tenant: { type: 'string' },
    'with-personal': { type: 'boolean' },
  },
  async run({ options, environment, out, stop }) {
    const auditLimit = numberOf(options, 'audit-limit', 0, 10_000_000) ?? 1_000;
    const formats = formatsOf(textOf(options, 'format'));
    const { settings } = configFrom(environment); // a wrong variable is told before anything is written
    const { writeBundle } = await import('../rooms/vault/bundle.ts');
    const { inSnapshot } = await import('../rooms/vault/bundle-source.ts');
    let shown: ReturnType<typeof openProgress> | undefined;
    const { path } = await withOwner(environment, (owner) =>
      inSnapshot(owner, textOf(options, 'tenant') ?? null, (source) =>
        writeBundle(source, {
          ...{ output: textOf(options, 'output') ?? 'debug_bundles', auditLimit, isCompressed: options['compress'] === true },
          ...{ formats, withPersonal: options['with-personal'] === true, withBackup: options['backup'] === true },
          ...{ settings, now: new Date(), signal: stop },
          progress(written, total) {
            shown ??= openProgress({ label: 'Writing the bundle', total, unit: 'rows', stream: process.stderr });
            shown.at(written);
          },
        }),
      ).finally(() => shown?.end()),
    );
    out(path);
    return 0;
  },
};
