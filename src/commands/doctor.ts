import { configFrom } from '../config.ts';
import type { Owner } from '../database/database.ts';
import type { Command } from './command.ts';
import { neat } from './neat.ts';

interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'FAULT';
  readonly detail: string;
}

export const doctor: Command = {
  name: 'doctor',
  summary: 'Look whether everything is as it should be, and say what to do.',
  usage: `whence doctor [--json]

Connection, rights, version, migrations, event triggers, capture of every tracked table, indexes, clock and, where one works, the worker.
The exit code is 1 when something is at fault; warnings are things that work in a lesser way.

Uses DATABASE_OWNER_URL, else DATABASE_URL, else the embedded database in WHENCE_DATA_DIR. It changes nothing.`,
  options: { json: { type: 'boolean' } },
  async run({ options, environment, out }) {
    const { databaseUrl, databaseOwnerUrl, dataFolder } = configFrom(environment);
    const { openOwner } = await import('../database/open.ts');
    const found: Finding[] = [];
    const started = performance.now();
    let owner: Owner | undefined;
    try {
      owner = await openOwner({ url: databaseUrl ?? undefined, ownerUrl: databaseOwnerUrl ?? undefined, dataDirectory: dataFolder });
      found.push(...(await examined(owner, started)));
    } catch (error) {
      found.push({ check: 'connection', state: 'FAULT', detail: error instanceof Error ? error.message : String(error) });
    } finally {
      await owner?.close();
    }
    const rows = found.map(({ check, state, detail }) => [check, state, detail]);
    out(options['json'] === true ? JSON.stringify(found, null, 2) : neat([['CHECK', 'STATE', 'DETAIL'], ...rows]));
    return found.some(({ state }) => state === 'FAULT') ? 1 : 0;
  },
};

async function examined(owner: Owner, started: number): Promise<Finding[]> {
  const queries = await import('../rooms/vault/upkeep.queries.ts');
  const { migrationsFolder, readMigrations } = await import('../database/migrate.ts');
  const [server] = await owner.run(queries.server);
  const clockMs = Number(server?.['clock_ms']) - Date.now();
  const found: Finding[] = [
    {
      check: 'connection',
      state: 'ok',
      detail: `${owner.kind}, PostgreSQL ${server?.['version']}, ${Math.round(performance.now() - started)} ms`,
    },
    judged('clock', Math.abs(clockMs) < 5_000, 'warning', `The database is ${(clockMs / 1000).toFixed(1)} s from this machine.`),
    judged(
      'rights',
      server?.['is_owner'] === true,
      'warning',
      `${server?.['account']} ${server?.['is_owner'] === true ? 'may' : 'may not'} become whence_owner: needed to migrate and to track.`,
    ),
  ];
  const newest = readMigrations(migrationsFolder()).at(-1)?.number ?? 0;
  const applied = await migrationApplied(owner);
  const isCurrent = applied === newest;
  found.push(judged('migrations', isCurrent, 'FAULT', `${applied} of ${newest} applied${isCurrent ? '.' : ': run whence migrate.'}`));
  if (!isCurrent) return found;
  const triggers = await owner.run(queries.eventTriggers);
  const missing = triggers.filter(({ state }) => state === null || state === 'D').map(({ name }) => String(name));
  found.push(
    judged(
      'event triggers',
      missing.length === 0,
      'warning',
      missing.length === 0
        ? 'DDL is captured, and capture follows it.'
        : `${missing.join(', ')} missing or disabled: a superuser makes them (create event trigger, as in drizzle/0007 and 0021). The rest works.`,
    ),
  );
  const tables = await owner.run(queries.captured);
  const blind = tables.filter((row) => row['is_capturing'] !== true).map((row) => String(row['table_name']));
  found.push(
    judged(
      'capture',
      blind.length === 0,
      'FAULT',
      blind.length === 0 ? `${tables.length} tables are captured.` : `Not captured: ${blind.join(', ')}; whence track mends them.`,
    ),
  );
  const indexes = await owner.run(queries.indexes);
  const broken = indexes.filter((row) => row['is_valid'] !== true).map((row) => String(row['name']));
  const unused = indexes.filter((row) => row['scans'] === 0);
  found.push(
    judged(
      'indexes',
      broken.length === 0,
      'FAULT',
      broken.length === 0
        ? `${indexes.length} are valid, ${unused.length} were not used since statistics began.`
        : `Not valid: ${broken.join(', ')}; reindex them.`,
    ),
  );
  const [worker] = await owner.run(queries.workerLag);
  const lag = worker?.['lag'] as number | null | undefined;
  if (lag !== null && lag !== undefined)
    found.push(judged('worker', lag < 60, 'warning', `The feed was last brought up to date ${lag.toFixed(1)} s ago.`));
  return found;
}

function judged(check: string, isWell: boolean, otherwise: 'warning' | 'FAULT', detail: string): Finding {
  return { check, state: isWell ? 'ok' : otherwise, detail };
}

/** Number of the newest migration; 0 before the first. */
async function migrationApplied(owner: Owner): Promise<number> {
  const [known] = await owner.run(`select to_regclass('whence.migration') is not null as is_there`);
  if (known?.['is_there'] !== true) return 0;
  const [row] = await owner.run('select coalesce(max(number), 0) as number from whence.migration');
  return Number(row?.['number']);
}
