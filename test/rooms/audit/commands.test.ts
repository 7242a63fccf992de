import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Command } from '../../../src/commands/command.ts';
import { tables } from '../../../src/commands/tables.ts';
import { track } from '../../../src/commands/track.ts';
import { untrack } from '../../../src/commands/untrack.ts';
import { openOwner } from '../../../src/database/open.ts';
import { onEachDatabase, type TestDatabase } from '../../support/databases.ts';

/** What a command prints; it runs in this process, on the database or on an embedded one of its own. */
async function run(
  command: Command,
  environment: Record<string, string>,
  positionals: string[] = [],
  options: Record<string, string | boolean | string[]> = {},
): Promise<string> {
  const lines: string[] = [];
  const exitCode = await command.run({
    positionals,
    options,
    environment,
    out: (line) => lines.push(line),
    err: (line) => lines.push(line),
    stop: new AbortController().signal,
  });
  expect(exitCode).toBe(0);
  return lines.join('\n');
}

function place({ url }: TestDatabase): {
  environment: Record<string, string>;
  open: () => ReturnType<typeof openOwner>;
  remove: () => void;
} {
  if (url)
    return { environment: { DATABASE_URL: url, DATABASE_OWNER_URL: url }, open: () => openOwner({ ownerUrl: url }), remove: () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'whence-commands-'));
  return {
    environment: { WHENCE_DATA_DIR: folder },
    open: () => openOwner({ dataDirectory: folder }),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

onEachDatabase(
  'tables are tracked, listed and untracked from the command line',
  async (context) => {
    const { environment, open, remove } = place(context);
    try {
      expect(await run(tables, environment)).toMatch(
        /^TABLE +KEY +TENANT +CAPTURING +SINCE +OPTIONS\ncommerce\.customers +id +column tenant +yes/,
      );
      const owner = await open();
      await owner.run(
        `create table public.parcels (place text, number int, status text, note text, secret text, phone text, primary key (place, number))`,
      );
      await owner.close();
      const options = {
        tenant: 'demo',
        ignore: 'note',
        mask: 'secret',
        personal: 'phone,',
        truncate: 'refuse',
        'status-column': 'status',
        transition: ['NEW:SENT', 'SENT:DONE'],
      };
      expect(await run(track, environment, ['public.parcels'], options)).toBe('public.parcels is tracked.');
      expect(await run(tables, environment)).toMatch(
        /\npublic\.parcels +place, number +all rows: demo +yes +\S+ +ignored: note; masked: secret; personal: phone; truncate refused; status: status$/,
      );
      const listed = JSON.parse(await run(tables, environment, [], { json: true }));
      expect(listed.at(-1)).toMatchObject({
        table_name: 'public.parcels',
        is_capturing: true,
        transitions: [
          { from: 'NEW', to: 'SENT' },
          { from: 'SENT', to: 'DONE' },
        ],
      });
      await expect(run(track, environment, ['public.nothing'])).rejects.toThrow(/There is no table public.nothing/);
      await expect(run(track, environment, ['public.parcels'], { mask: 'nope' })).rejects.toThrow(/has no column nope/);
      await expect(run(track, environment, ['public.parcels'], { truncate: 'perhaps' })).rejects.toThrow(/--truncate is keep or refuse/);
      await expect(run(track, environment, ['public.parcels'], { transition: ['NEW'] })).rejects.toThrow(/--transition is FROM:TO/);
      expect(await run(untrack, environment, ['public.parcels'])).toContain('no longer tracked');
      await expect(run(untrack, environment, ['public.parcels'])).rejects.toThrow(/is not tracked/);
      expect(await run(tables, environment)).not.toContain('parcels');
    } finally {
      remove();
    }
  },
  { fresh: true, timeoutMs: 120_000 },
);
