import { createInterface } from 'node:readline/promises';
import { ConfigError } from '../shared/errors.ts';
import type { Command } from './command.ts';
import { withOwner } from './owner.ts';

export const uninstall: Command = {
  name: 'uninstall',
  summary: 'Take capture off this database; the trail stays unless told otherwise.',
  usage: `whence uninstall [--with-trail] [--yes]

  --with-trail  also drop the trail, the vault, the shop and everything else that migrations made: nothing of it can be had back
  --yes         do not ask

Tracked tables lose their triggers and keep their rows. The roles whence_* belong to the whole cluster and stay.

Uses DATABASE_OWNER_URL; without DATABASE_URL the embedded database in WHENCE_DATA_DIR.`,
  options: { 'with-trail': { type: 'boolean' }, yes: { type: 'boolean' } },
  async run({ options, environment, out, err }) {
    const withTrail = options['with-trail'] === true;
    const queries = await import('../rooms/vault/upkeep.queries.ts');
    return await withOwner(environment, async (owner) => {
      const tables = (await owner.run(queries.captured)).map((row) => String(row['table_name']));
      const plan = `${tables.length} tables are no longer captured${withTrail ? ', and the trail, the vault and the shop are dropped for good' : '; the trail stays'}.`;
      if (options['yes'] !== true && !(await agreed(plan, withTrail ? 'drop' : 'yes'))) {
        err('Nothing was done.');
        return 1;
      }
      await owner.transaction(async (tx) => {
        for (const name of queries.eventTriggerNames) await tx.run(queries.dropEventTrigger(name));
        for (const table of tables) await tx.run(queries.untrack(table));
        if (!withTrail) return;
        await tx.run(queries.dropWrappers);
        await tx.run(queries.dropSchemas);
      });
      out(plan);
      return 0;
    });
  },
};

/** Asks the person at the terminal. @throws ConfigError when nobody is there. */
async function agreed(plan: string, word: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new ConfigError('uninstall asks first; without a terminal say --yes.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`${plan} Type "${word}" to go on: `)).trim() === word;
  } finally {
    terminal.close();
  }
}
