import type { Command } from './command.ts';
import { withOwner } from './owner.ts';

export const untrack: Command = {
  name: 'untrack',
  summary: "Stop capturing a table's changes; what was captured stays.",
  usage: 'whence untrack TABLE\n\nUses DATABASE_OWNER_URL; without DATABASE_URL the embedded database in WHENCE_DATA_DIR.',
  positionals: [1, 1],
  async run({ positionals: [tableName = ''], environment, out }) {
    const { untrack: untrackTable } = await import('../rooms/audit/tracking.queries.ts');
    await withOwner(environment, (owner) => owner.run(untrackTable(tableName)));
    out(`${tableName} is no longer tracked; what was captured stays.`);
    return 0;
  },
};
