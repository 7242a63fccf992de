import { configFrom, type Environment } from '../config.ts';
import { type Variable, variables } from '../config-variables.ts';
import { openProgress } from '../shared/progress.ts';
import type { Command } from './command.ts';
import { numberOf, textOf } from './option.ts';
import { withOwner } from './owner.ts';

export const bundle: Command = {
  name: 'bundle',
  summary: 'Write a debug bundle: newest entries, statistics, versions, settings without secrets.',
  usage: `whence bundle [--output DIR] [--audit-limit N] [--compress] [--tenant NAME] [--with-personal]

  --output DIR      where debug_bundle_YYYYMMDD_HHMMSS is put (debug_bundles)
  --audit-limit N   newest entries at most, up to 10000000 (1000)
  --compress        one ZIP archive instead of a folder
  --tenant NAME     entries of this tenant alone; of all when left out
  --with-personal   name people, too

Uses DATABASE_OWNER_URL; without DATABASE_URL the embedded database in WHENCE_DATA_DIR.`,
  options: {
    output: { type: 'string' },
    'audit-limit': { type: 'string' },
    compress: { type: 'boolean' },
    tenant: { type: 'string' },
    'with-personal': { type: 'boolean' },
  },
  async run({ options, environment, out }) {
    const auditLimit = numberOf(options, 'audit-limit', 0, 10_000_000) ?? 1_000;
    configFrom(environment); // a wrong variable is told before anything is written
    const { writeBundle } = await import('../rooms/vault/bundle.ts');
    let shown: ReturnType<typeof openProgress> | undefined;
    const path = await withOwner(environment, (owner) =>
      writeBundle(owner, {
        ...{ output: textOf(options, 'output') ?? 'debug_bundles', auditLimit, isCompressed: options['compress'] === true },
        ...{ tenant: textOf(options, 'tenant') ?? null, withPersonal: options['with-personal'] === true },
        ...{ settings: settingsOf(environment), now: new Date() },
        progress(written, total) {
          shown ??= openProgress({ label: 'Writing the audit log', total, unit: 'entries', stream: process.stderr });
          shown.at(written);
        },
      }).finally(() => shown?.end()),
    );
    out(path);
    return 0;
  },
};

/** What each variable is set to; of secrets only that they are. */
function settingsOf(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries<Variable>(variables).map(([name, { secret, alias, default: usual }]) => {
      const value = environment[name] ?? (alias ? environment[alias] : undefined);
      return [name, value === undefined ? `not set (${usual})` : secret ? '***' : value];
    }),
  );
}
