import { type Command, UsageError } from './command.ts';
import { numberOf, textOf } from './option.ts';
import { withOwner } from './owner.ts';

export const cleanup: Command = {
  name: 'cleanup',
  summary: 'Remove operations from the vault that ended long ago.',
  usage: `whence cleanup --days DAYS [--tenant NAME]

  --days DAYS    how long operations are kept after they ended, 1 or more
  --tenant NAME  of this tenant alone; of all when left out

The trail stays as it is, and keeps that this was done. Operations that still run are kept.

Uses DATABASE_OWNER_URL; without DATABASE_URL the embedded database in WHENCE_DATA_DIR.`,
  options: { days: { type: 'string' }, tenant: { type: 'string' } },
  async run({ options, environment, out }) {
    const days = numberOf(options, 'days', 1, 36_500);
    if (days === undefined) throw new UsageError('--days is missing.');
    const { cleanUp } = await import('../rooms/vault/upkeep.queries.ts');
    const [row] = await withOwner(environment, (owner) =>
      owner.transaction((tx) => tx.run(cleanUp(textOf(options, 'tenant') ?? '', days))),
    );
    out(`${String(row?.['rows'])} rows removed.`);
    return 0;
  },
};
